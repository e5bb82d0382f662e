//! Restricts the compiling child: it may compute, allocate memory and write its answer.

use std::collections::BTreeMap;

use landlock::{ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetStatus};
use rustix::process::{Resource, Rlimit, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// Processor time in seconds from the signal about the limit to the kill of a process that ignores it. Without
/// time between them the kernel sends only the kill, which looks like a kill by somebody else.
const LAST_SECONDS: u64 = 5;

/// Limits processor time and address space, and forbids core files (they would contain the component).
///
/// # Errors
/// When the system refuses, which it never does for a process that lowers its limits.
pub(super) fn limit(cpu_seconds: u64, memory_bytes: u64) -> std::io::Result<()> {
    let set = |resource, current, maximum| {
        let limit = Rlimit {
            current: Some(current),
            maximum: Some(maximum),
        };
        setrlimit(resource, limit).map_err(std::io::Error::from)
    };
    set(
        Resource::Cpu,
        cpu_seconds,
        cpu_seconds.saturating_add(LAST_SECONDS),
    )?;
    set(Resource::As, memory_bytes, memory_bytes)?;
    set(Resource::Core, 0, 0)
}

/// Takes away files, network, new programs and signals to other processes. Returns whether Landlock is active
/// in addition to the filter of system calls, which suffices alone on kernels without Landlock.
///
/// # Errors
/// When the system calls cannot be filtered: a compiler that was taken over could then reach everything.
pub(super) fn lock() -> std::io::Result<bool> {
    let no_files = no_files();
    few_calls().map_err(|error| std::io::Error::other(format!("no compilation without seccomp: {error}")))?;
    Ok(no_files)
}

fn no_files() -> bool {
    let restricted = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(ABI::V5)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self);
    matches!(restricted, Ok(status) if status.ruleset != RulesetStatus::NotEnforced)
}

/// The system calls of a compilation on one thread. All others fail with `EPERM`.
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
    libc::SYS_write,
    libc::SYS_writev,
];

fn few_calls() -> Result<(), seccompiler::Error> {
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let mut rules: BTreeMap<_, _> = CALLS.iter().map(|call| (*call, Vec::new())).collect();
    // `abort` sends a signal to its own thread; other processes cannot be reached.
    let own = u64::from(std::process::id());
    let myself = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, own)
        .and_then(|itself| SeccompRule::new(vec![itself]))?;
    rules.insert(libc::SYS_tgkill, vec![myself]);
    let arch = std::env::consts::ARCH.try_into()?;
    let filter: BpfProgram = SeccompFilter::new(rules, refuse, SeccompAction::Allow, arch)?.try_into()?;
    seccompiler::apply_filter(&filter)
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Output};

    /// Set in the process that restricts itself.
    const INSIDE: &str = "AIM_TEST_INSIDE_THE_JAIL";

    /// The actions that are still possible for this process, whose parent is `parent`, as names.
    fn possible(parent: u32) -> Vec<&'static str> {
        let mut possible = Vec::new();
        if std::fs::File::open("/etc/passwd").is_ok() {
            possible.push("open");
        }
        if std::net::TcpListener::bind("127.0.0.1:0").is_ok() {
            possible.push("socket");
        }
        if Command::new("/bin/true").spawn().is_ok() {
            possible.push("execve");
        }
        if std::thread::Builder::new().spawn(|| {}).is_ok() {
            possible.push("thread");
        }
        // Signal 0 checks whether a process could be signalled.
        let signal = |process: u32| {
            #[expect(unsafe_code, reason = "SAFETY: three numbers, and no memory")]
            let sent = unsafe { libc::syscall(libc::SYS_tgkill, process, process, 0) };
            sent == 0
        };
        if signal(parent) {
            possible.push("signal");
        }
        if signal(std::process::id()) {
            possible.push("abort");
        }
        possible
    }

    const EVERYTHING: [&str; 6] = ["open", "socket", "execve", "thread", "signal", "abort"];

    /// Runs this test in a new process, because a process cannot leave the jail.
    fn inside(test: &str) -> Output {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("compile::jail::tests::{test}")])
            .env(INSIDE, "1")
            .output()
            .unwrap()
    }

    fn end(good: bool) -> ! {
        std::process::exit(if good { 0 } else { 1 })
    }

    #[test]
    fn jail_allows_nothing_but_computing() {
        if std::env::var_os(INSIDE).is_some() {
            let parent = std::os::unix::process::parent_id();
            assert_eq!(possible(parent), EVERYTHING);
            let locked = super::lock().is_ok();
            end(locked && possible(parent) == ["abort"]);
        }
        let inside = inside("jail_allows_nothing_but_computing");
        assert!(inside.status.success(), "{inside:?}");
    }

    /// The signal that ended a test process which did `job` within these limits.
    fn ended_by(test: &str, limits: (u64, u64), job: fn()) -> Option<i32> {
        if std::env::var_os(INSIDE).is_some() {
            super::limit(limits.0, limits.1).unwrap();
            job();
            end(true);
        }
        std::os::unix::process::ExitStatusExt::signal(&inside(test).status)
    }

    fn compute_forever() {
        loop {
            std::hint::spin_loop();
        }
    }

    fn take_two_gibibytes() {
        std::hint::black_box(vec![1_u8; 2 << 30]);
    }

    #[test]
    fn end_of_its_processor_time_has_a_signal_of_its_own() {
        let test = "end_of_its_processor_time_has_a_signal_of_its_own";
        let ended = ended_by(test, (1, u64::MAX), compute_forever);
        assert_eq!(ended, Some(libc::SIGXCPU));
    }

    #[test]
    fn memory_is_bounded() {
        let ended = ended_by("memory_is_bounded", (60, 1 << 30), take_two_gibibytes);
        assert_eq!(ended, Some(libc::SIGABRT));
    }

    #[test]
    fn landlock_alone_takes_files_and_ports_where_it_says_so() {
        if std::env::var_os(INSIDE).is_some() {
            let parent = std::os::unix::process::parent_id();
            assert_eq!(possible(parent), EVERYTHING);
            let without_files = super::no_files();
            let possible = possible(parent);
            end(without_files != possible.contains(&"open") && without_files != possible.contains(&"socket"));
        }
        let inside = inside("landlock_alone_takes_files_and_ports_where_it_says_so");
        assert!(inside.status.success(), "{inside:?}");
    }
}
