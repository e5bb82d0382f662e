//! `aim up` as an operator meets it: how it stops, and what it says when it cannot start.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Output, Stdio};

use aim_tests::instance::Instance;
use aim_tests::paths;
use tokio::process::Command;

/// Runs `aim up` until it ends by itself.
async fn up(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(paths::aim().unwrap())
        .arg("up")
        .arg("--dir")
        .arg(dir)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap()
}

/// It ended because something on this machine was in the way, said what and what to do, and never that it
/// was ready.
fn assert_refused(output: &Output, what: &str, advice: &str) {
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(!out.contains("ready"), "{out}");
    assert!(err.contains(what) && err.contains(advice), "{err}");
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let dir = tempfile::tempdir().unwrap();
    let output = up(dir.path(), &["--port", &port]).await;
    assert_refused(
        &output,
        &format!("cannot listen on port {port}"),
        "choose another port with `--port`",
    );
}

#[tokio::test]
async fn two_platforms_do_not_share_their_data() {
    let first = Instance::start().await.unwrap();
    let output = up(&first.dir, &["--port", "0"]).await;
    assert_refused(&output, "another `aim up` runs on the data in", "`--dir`");
    assert!(first.stop().await.unwrap().status.success());
}

#[tokio::test]
async fn a_failed_preparation_stops_the_platform() {
    let dir = tempfile::tempdir().unwrap();
    let output = up(dir.path(), &["--port", "0", "--before-ready", "false"]).await;
    assert_refused(&output, "`false` failed", "exit status: 1");
    // It let go of the data.
    let missing = up(dir.path(), &["--port", "0", "--before-ready", "no-such-program"]).await;
    assert_refused(&missing, "cannot run `no-such-program`", "No such file");
}

#[tokio::test]
async fn ctrl_c_stops_it_cleanly() {
    let platform = Instance::start().await.unwrap();
    let stopped = platform.interrupt().await.unwrap();
    assert!(stopped.status.success(), "{:?}", stopped.status);
    let said = stopped
        .log
        .iter()
        .any(|line| line.contains("stopping: finishing the requests that run"));
    assert!(said, "{:?}", stopped.log);
}
