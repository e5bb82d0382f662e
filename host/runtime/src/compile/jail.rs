//! What the compiling child may still do: compute, ask for memory, write its answer.

use landlock::{ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetStatus};
use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

/// Bounds processor time and address space, and forbids core files (they would hold the component).
///
/// # Errors
/// When the system refuses, which it does for no process that only lowers its limits.
pub(super) fn limit(cpu_seconds: u64, memory_bytes: u64) -> std::io::Result<()> {
    let set = |resource, value| {
        let limit = Rlimit {
            current: Some(value),
            maximum: Some(value),
        };
        setrlimit(resource, limit).map_err(std::io::Error::from)
    };
    set(Resource::Cpu, cpu_seconds)?;
    set(Resource::As, memory_bytes)?;
    set(Resource::Core, 0)
}

/// Takes files, network and new programs away. Answers what this system cannot take away: old kernels
/// and some containers lack one or the other, and the limits above hold everywhere.
pub(super) fn lock() -> Vec<&'static str> {
    let mut missing = Vec::new();
    if !no_files() {
        missing.push("Landlock");
    }
    if !few_calls() {
        missing.push("seccomp");
    }
    missing
}

fn no_files() -> bool {
    let restricted = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(ABI::V5)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self);
    matches!(restricted, Ok(status) if status.ruleset != RulesetStatus::NotEnforced)
}

/// Everything that a compilation on one thread does. The rest fails with `EPERM`.
const CALLS: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sigaltstack,
    libc::SYS_tgkill,
    libc::SYS_write,
    libc::SYS_writev,
];

fn few_calls() -> bool {
    let Ok(arch) = std::env::consts::ARCH.try_into() else {
        return false;
    };
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let rules = CALLS.iter().map(|call| (*call, Vec::new())).collect();
    SeccompFilter::new(rules, refuse, SeccompAction::Allow, arch)
        .and_then(BpfProgram::try_from)
        .is_ok_and(|filter| seccompiler::apply_filter(&filter).is_ok())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    /// Set in the process that locks itself in.
    const INSIDE: &str = "AIM_TEST_INSIDE_THE_JAIL";

    /// What a locked process can still do, as names.
    fn possible() -> Vec<&'static str> {
        let mut possible = Vec::new();
        if std::fs::File::open("/etc/passwd").is_ok() {
            possible.push("open");
        }
        if std::net::UdpSocket::bind("127.0.0.1:0").is_ok() {
            possible.push("socket");
        }
        if Command::new("/bin/true").spawn().is_ok() {
            possible.push("execve");
        }
        if std::thread::Builder::new().spawn(|| {}).is_ok() {
            possible.push("thread");
        }
        possible
    }

    /// Runs itself once more, because a process cannot leave the jail.
    #[test]
    fn nothing_but_computing_is_possible_inside() {
        if std::env::var_os(INSIDE).is_some() {
            assert_eq!(possible(), ["open", "socket", "execve", "thread"]);
            let missing = super::lock();
            let possible = possible();
            let good = possible.is_empty() && missing.iter().all(|part| *part == "Landlock");
            std::process::exit(if good { 0 } else { 1 });
        }
        let inside = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "compile::jail::tests::nothing_but_computing_is_possible_inside",
            ])
            .env(INSIDE, "1")
            .output()
            .unwrap();
        assert!(inside.status.success(), "{inside:?}");
    }
}
