//! The compiling child, and how its failures are told apart.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use aim_gov::invocation::ServiceId;
use aim_runtime::limits::COMPILE_NICENESS;
use aim_runtime::{
    CompileError, CompilerCommand, DeployError, Digest, Limits, Runtime, RuntimeConfig, RuntimeError,
};

use crate::support::{Host, OK, artefacts, bytes, handler, hashed, host, service};

fn any() -> ServiceId {
    ServiceId("any".to_owned())
}

/// A runtime whose compiling child is this shell script.
fn with_child(host: &Host, script: &str) -> Runtime {
    let config = RuntimeConfig {
        data_dir: host.folder.path().join("other"),
        compiler: CompilerCommand {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
        },
        limits: Limits::default(),
    };
    Runtime::start(config, host.apis.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_fail_is_told_apart() {
    let host = host(Limits::default()).await;
    let failure = async |script: &str| {
        let component = handler(&[], "", OK);
        with_child(&host, script)
            .compile(&ServiceId("new".to_owned()), &hashed(&component))
            .await
            .unwrap_err()
    };
    let time = failure("kill -XCPU $$").await;
    assert!(matches!(time, CompileError::Time { cpu_seconds: 20 }), "{time:?}");
    for signal in ["KILL", "TERM"] {
        let killed = failure(&format!("kill -{signal} $$")).await;
        assert!(
            matches!(killed, CompileError::Interrupted),
            "{signal}: {killed:?}"
        );
    }
    let memory = failure("echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$").await;
    assert!(matches!(memory, CompileError::Memory { .. }), "{memory:?}");
    let crash = failure("echo oh no >&2; kill -SEGV $$").await;
    assert!(
        matches!(&crash, CompileError::Crashed { stderr, .. } if stderr == "oh no\n"),
        "{crash:?}"
    );
    let nothing = failure("exit 0").await;
    assert!(matches!(nothing, CompileError::Crashed { .. }), "{nothing:?}");
    let forged = failure("printf '\\0\\030\\0\\0\\0\\0\\0\\0\\0 this is no machine code'").await;
    assert!(matches!(forged, CompileError::Refused(_)), "{forged:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn compile_error_says_why() {
    let host = host(Limits::default()).await;
    let refused = host
        .runtime
        .compile(&ServiceId("new".to_owned()), &hashed(b"\0asm\x0d\0\x01\0\xff"))
        .await
        .unwrap_err();
    assert!(matches!(refused, CompileError::Refused(_)), "{refused:?}");
}

/// The first byte of its answer says that the child compiles. Nobody reads the rest, so it waits with a full
/// pipe while the kernel is asked how it is held.
#[test]
fn child_that_compiles_is_locked_in() {
    let functions = "(func (param i64) (result i64) (i64.mul (local.get 0) (i64.const 7)))".repeat(4_000);
    let component = wat::parse_str(format!("(component (core module {functions}))")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_compile-worker"))
        .env_clear()
        .envs([
            ("AIM_COMPILE_CPU_SECONDS", "77"),
            ("AIM_COMPILE_MEMORY_BYTES", "2147483648"),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut job = child.stdin.take().unwrap();
    job.write_all(&(component.len() as u64).to_le_bytes()).unwrap();
    job.write_all(&component).unwrap();
    drop(job);
    let mut answer = child.stdout.take().unwrap();
    answer.read_exact(&mut [0]).unwrap();
    let about = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap();
    let (status, limits, stat) = (about("status"), about("limits"), about("stat"));
    child.kill().unwrap();
    child.wait().unwrap();
    // 2: the calls go through a filter (Linux, Documentation/filesystems/proc.rst, "Seccomp").
    assert!(status.contains("\nSeccomp:\t2\n"), "{status}");
    assert!(status.contains("\nNoNewPrivs:\t1\n"), "{status}");
    let limit = |name: &str| {
        let soft = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        soft.split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(limit("Max cpu time"), "77");
    assert_eq!(limit("Max address space"), "2147483648");
    assert_eq!(limit("Max core file size"), "0");
    // The 19th field, of which the second is in brackets (proc_pid_stat(5)).
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let niceness: i32 = fields.split_whitespace().nth(16).unwrap().parse().unwrap();
    let own = rustix::process::getpriority_process(None).unwrap();
    assert_eq!(niceness, (own + COMPILE_NICENESS).min(19), "{stat}");
}

#[tokio::test(flavor = "multi_thread")]
async fn component_beyond_the_pool_is_refused_with_the_reason() {
    let host = host(Limits::default()).await;
    let instance = "(core instance (instantiate $m))";
    let component = wat::parse_str(format!(
        "(component (core module $m (memory 1)) {instance} {instance} {instance})"
    ))
    .unwrap();
    let refused = host
        .runtime
        .compile(&any(), &hashed(&component))
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, CompileError::Refused(why) if why.contains("3 Wasm linear memories")),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn code_that_nobody_needs_is_removed() {
    let host = host(Limits::default()).await;
    let (one, two) = (
        handler(&[], "", OK),
        handler(&[], "(global i32 (i32.const 7))", OK),
    );
    let other = ServiceId("other".to_owned());
    let keep = host.runtime.compile(&any(), &hashed(&one)).await.unwrap().digest;
    host.runtime.compile(&other, &hashed(&two)).await.unwrap();
    let files = || std::fs::read_dir(artefacts(host.folder.path())).unwrap().count();
    // The code, and its functions for the next version.
    assert_eq!(files(), 4);
    let needed = || [keep.to_string()].into();
    assert_eq!(host.runtime.keep_only(needed()).await.unwrap(), 2);
    assert_eq!((files(), host.runtime.keep_only(needed()).await.unwrap()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn artefacts_of_another_engine_are_removed_and_a_broken_key_is_an_error() {
    let host = host(Limits::default()).await;
    let home = host.folder.path().join("artefacts");
    let left = home.join("0123456789abcdef");
    std::fs::create_dir(&left).unwrap();
    std::fs::write(left.join("old.aot"), "code").unwrap();
    let start = || {
        let config = RuntimeConfig {
            data_dir: host.folder.path().to_owned(),
            compiler: CompilerCommand {
                program: "/bin/false".into(),
                args: Vec::new(),
            },
            limits: Limits::default(),
        };
        Runtime::start(config, host.apis.clone())
    };
    start().unwrap();
    assert!(!left.exists());
    std::fs::write(home.join("mac.key"), "short").unwrap();
    let refused = start();
    assert!(matches!(refused, Err(RuntimeError::Store(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn code_from_another_store_does_not_verify_here() {
    let host = host(Limits::default()).await;
    let component = handler(&[], "", OK);
    let stolen = service("stolen", &component, &[]);
    let compiled = host
        .runtime
        .compile(&stolen.id, &hashed(&component))
        .await
        .unwrap();
    let other = with_child(&host, "exit 1");
    let name = format!("{}.aot", compiled.digest.hex());
    let (here, there) = (
        artefacts(host.folder.path()),
        artefacts(&host.folder.path().join("other")),
    );
    std::fs::copy(here.join(&name), there.join(&name)).unwrap();
    let refused = other.deploy(stolen.into(), bytes(&component)).await;
    assert!(
        matches!(refused, Err(DeployError::Compile(CompileError::Crashed { .. }))),
        "{refused:?}"
    );
}

/// The child says 41 of 100 and then stops, so that there is time to look.
#[tokio::test(flavor = "multi_thread")]
async fn how_far_it_is_can_be_seen_until_it_ends() {
    let host = host(Limits::default()).await;
    let component = handler(&[], "", OK);
    let digest = Digest::of(&component).to_string();
    let runtime = with_child(
        &host,
        "printf '\\2\\014\\0\\0\\0\\0\\0\\0\\0\\051\\0\\0\\0\\144\\0\\0\\0\\0\\0\\0\\0'; kill -STOP $$",
    );
    assert_eq!(runtime.compiling(&digest), None);
    let compilation = {
        let (runtime, component) = (runtime.clone(), hashed(&component));
        tokio::spawn(async move { runtime.compile(&ServiceId("new".to_owned()), &component).await })
    };
    while runtime.compiling(&digest) != Some(41) {
        assert!(!compilation.is_finished());
        tokio::task::yield_now().await;
    }
    assert_eq!(runtime.compiling("sha256:another"), None);
    compilation.abort();
    assert!(compilation.await.unwrap_err().is_cancelled());
    assert_eq!(runtime.compiling(&digest), None);
}
