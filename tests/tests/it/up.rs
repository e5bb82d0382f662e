//! `aim up` as an operator meets it: how it stops, and what it says when it cannot start.

use std::fs::Permissions;
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use aim_gov::db::{Db, sqlite_address};
use aim_tests::instance::{Instance, Start};
use aim_tests::{http, paths};
use sqlx::Executor as _;
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
async fn taken_port_is_named() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let dir = tempfile::tempdir().unwrap();
    let output = up(dir.path(), &["--port", &port]).await;
    assert_refused(
        &output,
        &format!("cannot listen on 127.0.0.1:{port}"),
        "choose another port with `--port`",
    );
}

/// Where `localhost` is `::1` first, the address that is printed would lead to the other program.
#[tokio::test]
async fn port_taken_on_the_other_loopback_address_is_named() {
    let taken = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let dir = tempfile::tempdir().unwrap();
    let output = up(dir.path(), &["--port", &port, "--before-ready", "false"]).await;
    assert_refused(
        &output,
        &format!("cannot listen on [::1]:{port}"),
        "choose another port with `--port`",
    );
}

#[tokio::test]
async fn both_addresses_of_localhost_are_served() {
    let platform = Instance::start().await.unwrap();
    let client = http::plain().unwrap();
    for address in ["127.0.0.1", "[::1]"] {
        let url = format!("http://{address}:{}/healthz", platform.port);
        let answer = client.get(&url).send().await.unwrap();
        assert!(answer.status().is_success(), "{url}: {}", answer.status());
    }
    let port = platform.port;
    let stopped = platform.stop().await.unwrap();
    assert!(stopped.status.success());
    // What to do with a program that cannot resolve `*.localhost`.
    let told = |line: &String| line.contains(&format!("Host: NAME.localhost:{port}"));
    assert!(stopped.log.iter().any(told), "{:?}", stopped.log);
    assert!(TcpStream::connect((Ipv6Addr::LOCALHOST, port)).is_err());
}

/// What an address gives a meaning to is only a letter in a folder's name.
#[tokio::test]
async fn database_is_in_the_folder_that_was_named() {
    let desk = tempfile::tempdir().unwrap();
    for name in ["a?b", "a#b", "100%25", "x%41y", "my data", "əşya"] {
        let dir = desk.path().join(name);
        let output = up(&dir, &["--port", "0", "--before-ready", "false"]).await;
        assert_refused(&output, "`false` failed", "exit status: 1");
        assert!(dir.join("aim.sqlite").is_file(), "no database in `{name}`");
    }
    assert_eq!(std::fs::read_dir(desk.path()).unwrap().count(), 6);
}

#[tokio::test]
async fn two_platforms_do_not_share_their_data() {
    let first = Instance::start().await.unwrap();
    let output = up(&first.dir, &["--port", "0"]).await;
    assert_refused(&output, "another platform runs on the data in", "`--dir`");
    assert!(first.stop().await.unwrap().status.success());
}

#[tokio::test]
async fn failed_preparation_stops_the_platform() {
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

/// Every file and folder below this one, with its permissions.
fn modes(folder: &Path) -> Vec<(PathBuf, u32)> {
    let mut all = vec![(folder.to_path_buf(), mode(folder))];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(modes(&path));
        } else {
            all.push((path.clone(), mode(&path)));
        }
    }
    all
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn database(dir: &Path) -> Db {
    let address = sqlite_address(&dir.join("aim.sqlite"));
    Db::open(&address).await.unwrap()
}

async fn secrets(dir: &Path) -> Vec<String> {
    let db = database(dir).await;
    let mut reader = db.reader().await.unwrap();
    sqlx::query_scalar("SELECT secret FROM identity_secret")
        .fetch_all(&mut *reader)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_an_older_version_are_sealed_at_the_next_start() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("data");
    let start = || Start {
        dir: Some(dir.clone()),
        ..Start::default()
    };
    let platform = Instance::start_with(start()).await.unwrap();
    assert!(platform.stop().await.unwrap().status.success());
    // As it was before there was a key.
    std::fs::remove_file(dir.join("secrets.key")).unwrap();
    let mut tx = database(&dir).await.begin().await.unwrap();
    for statement in [
        "DELETE FROM identity_secret WHERE name = 'id-token-key'",
        "DELETE FROM identity_key",
        "UPDATE identity_secret SET secret = 'plain-' || name",
    ] {
        tx.execute(statement).await.unwrap();
    }
    tx.commit().await.unwrap();
    let platform = Instance::start_with(start()).await.unwrap();
    assert!(platform.stop().await.unwrap().status.success());
    let sealed = secrets(&dir).await;
    assert!(sealed.len() >= 3, "{sealed:?}");
    assert!(
        sealed.iter().all(|secret| secret.starts_with("sealed-1:")),
        "{sealed:?}"
    );
    // The file that the secrets were sealed with is not there, and no new one takes its place in silence.
    std::fs::rename(dir.join("secrets.key"), parent.path().join("lost.key")).unwrap();
    let output = up(&dir, &["--port", "0"]).await;
    assert_refused(
        &output,
        "was not sealed with the key",
        "put back the `secrets.key`",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn data_is_its_owners_alone_and_its_keys_are_not_in_the_database() {
    let parent = tempfile::tempdir().unwrap();
    // As on a machine where nobody has set anything up: everybody may look into what is made.
    std::fs::set_permissions(parent.path(), Permissions::from_mode(0o755)).unwrap();
    let dir = parent.path().join("data");
    let start = Start {
        dir: Some(dir.clone()),
        ..Start::default()
    };
    let platform = Instance::start_with(start).await.unwrap();
    let all = modes(&dir);
    for (path, mode) in &all {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(*mode, expected, "{}", path.display());
    }
    for name in ["aim.sqlite", "secrets.key", "artefacts/mac.key"] {
        assert!(
            all.iter().any(|(path, _)| *path == dir.join(name)),
            "{name}: {all:?}"
        );
    }
    if rustix::process::geteuid().is_root() {
        let mut other = std::process::Command::new("cat");
        other.arg(dir.join("aim.sqlite")).uid(65_534).gid(65_534);
        assert!(
            !other.output().unwrap().status.success(),
            "another user reads the database"
        );
    }
    assert!(platform.stop().await.unwrap().status.success());
    let sealed = secrets(&dir).await;
    assert!(sealed.len() >= 3, "{sealed:?}");
    assert!(
        sealed.iter().all(|secret| secret.starts_with("sealed-1:")),
        "{sealed:?}"
    );

    let file = dir.join("aim.sqlite");
    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let output = up(&dir, &["--port", "0"]).await;
    let command = format!("`chmod -R go= '{}'`", dir.display());
    assert_refused(&output, &format!("`{}`", file.display()), &command);

    // Nor may others read a database that is elsewhere.
    std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    let elsewhere = parent.path().join("elsewhere.sqlite");
    std::fs::write(&elsewhere, b"").unwrap();
    std::fs::set_permissions(&elsewhere, Permissions::from_mode(0o644)).unwrap();
    let address = sqlite_address(&elsewhere);
    let output = up(&dir, &["--port", "0", "--database", &address]).await;
    let command = format!("`chmod -R go= '{}'`", elsewhere.display());
    assert_refused(&output, &format!("`{}`", elsewhere.display()), &command);
}
