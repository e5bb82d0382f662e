use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::thread;

use crate::support::Desk;

/// The registry's answer for a valid token.
const WHO: &str =
    r#"{"organisation":"Su MMC","token":"laptop","expires_at":"2027-01-01T00:00:00Z","more":true}"#;

/// A registry that answers one request with this status and JSON, and returns the request's head.
fn registry(status: &'static str, body: &'static str) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}");
        write!(stream, "{head}\r\nconnection: close\r\n\r\n{body}").unwrap();
        String::from_utf8(request).unwrap()
    });
    (url, served)
}

#[test]
fn good_token_is_kept_for_its_owner_alone() {
    let desk = Desk::new();
    let (url, served) = registry("200 OK", WHO);
    let ran = desk.aim_with(["login", &url], &[("AIM_TOKEN", "aim_good")]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stdout
            .starts_with(&format!("logged in to {url}/ for Su MMC\n")),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("aim_good"), "{}", ran.stdout);
    assert!(
        served
            .join()
            .unwrap()
            .contains("authorization: Bearer aim_good\r\n")
    );
    let path = desk.path("config/aim/login.toml");
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!("registry = \"{url}/\"\ntoken = \"aim_good\"\n")
    );
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn token_does_not_go_to_another_registry() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("config/aim")).unwrap();
    fs::write(
        desk.path("config/aim/login.toml"),
        "registry = \"https://one.example\"\ntoken = \"t\"\n",
    )
    .unwrap();
    let ran = desk.aim_with(["status", "sub_1"], &[("AIM_REGISTRY", "https://two.example")]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("you are not logged in to this registry"),
        "{}",
        ran.stderr
    );
}

#[test]
fn refused_token_is_not_kept() {
    let desk = Desk::new();
    let (url, served) = registry(
        "401 Unauthorized",
        r#"{"code":"token-unknown","detail":"This token is not in force here"}"#,
    );
    let ran = desk.aim(["login", &url, "--token", "aim_old"]);
    assert_eq!(ran.code, Some(5), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("error: This token is not in force here [token-unknown]\n  help: make a new token"),
        "{}",
        ran.stderr
    );
    let request = served.join().unwrap();
    assert!(
        request.starts_with("GET /api/v1/whoami HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("authorization: Bearer aim_old\r\n"), "{request}");
    assert!(!desk.path("config/aim/login.toml").exists());
}

#[test]
fn registry_that_is_not_there_says_so() {
    let desk = Desk::new();
    // Bound and dropped: nothing listens on this port now.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let ran = desk.aim(["login", &format!("http://127.0.0.1:{port}"), "--token", "t"]);
    assert_eq!(ran.code, Some(4));
    assert!(
        ran.stderr
            .contains(&format!("cannot reach the registry at http://127.0.0.1:{port}/")),
        "{}",
        ran.stderr
    );
}

#[test]
fn address_must_be_one() {
    let ran = Desk::new().aim(["login", "localhost:8080", "--token", "t"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr
            .contains("`localhost:8080` is not an `http` or `https` address"),
        "{}",
        ran.stderr
    );
}

#[test]
fn publishing_needs_a_token() {
    let desk = Desk::new();
    assert_eq!(desk.aim(["new", "water-meter"]).code, Some(0));
    let ran = desk.aim(["publish", "water-meter"]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr
            .contains("error: you are not logged in to this registry\n  help: run `aim login`"),
        "{}",
        ran.stderr
    );
}

/// On a real terminal, which `script` provides: the typed token is not echoed.
#[test]
fn typed_token_is_not_shown() {
    let desk = Desk::new();
    let (url, served) = registry("200 OK", WHO);
    let mut terminal = Command::new("script")
        .arg("--quiet")
        .args(["--return", "--command"])
        .arg(format!("{} login {url}", env!("CARGO_BIN_EXE_aim")))
        .arg("/dev/null")
        .env("XDG_CONFIG_HOME", desk.path("config"))
        .env_remove("AIM_TOKEN")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut screen = terminal.stdout.take().unwrap();
    let mut seen = Vec::new();
    let mut byte = [0];
    while !seen.ends_with(b"(it is not shown): ") {
        screen.read_exact(&mut byte).unwrap();
        seen.push(byte[0]);
    }
    let mut keyboard = terminal.stdin.take().unwrap();
    keyboard.write_all(b"aim_typed\n").unwrap();
    screen.read_to_end(&mut seen).unwrap();
    assert!(terminal.wait().unwrap().success());
    let seen = String::from_utf8(seen).unwrap();
    assert!(seen.contains("for Su MMC"), "{seen}");
    assert!(!seen.contains("aim_typed"), "{seen}");
    assert!(served.join().unwrap().contains("Bearer aim_typed"));
}

/// On a closed network, a proxy is set for everything; this machine itself is not behind it.
#[test]
fn token_for_this_machine_does_not_go_to_a_proxy() {
    let (proxy, _asked) = registry("502 Bad Gateway", "{}");
    let (url, served) = registry("200 OK", WHO);
    let ran = Desk::new().aim_with(
        ["login", &url],
        &[
            ("AIM_TOKEN", "aim_good"),
            ("HTTP_PROXY", &proxy),
            ("http_proxy", &proxy),
            ("ALL_PROXY", &proxy),
            ("NO_PROXY", ""),
            ("no_proxy", ""),
        ],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(served.join().unwrap().contains("Bearer aim_good"));
}

#[test]
fn token_does_not_cross_the_network_in_clear() {
    let desk = Desk::new();
    let ran = desk.aim(["login", "http://sandbox.example", "--token", "t"]);
    assert_eq!(ran.code, Some(2));
    let said = "error: `http://sandbox.example` is not encrypted";
    assert!(ran.stderr.starts_with(said), "{}", ran.stderr);

    fs::create_dir_all(desk.path("config/aim")).unwrap();
    fs::write(
        desk.path("config/aim/login.toml"),
        "registry = \"http://sandbox.example\"\ntoken = \"t\"\n",
    )
    .unwrap();
    let ran = desk.aim(["status", "sub_1"]);
    assert!(ran.stderr.contains("is not encrypted"), "{}", ran.stderr);
}

#[test]
fn credentials_file_is_not_needed_with_both_variables() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("config/aim")).unwrap();
    fs::write(desk.path("config/aim/login.toml"), "not a login").unwrap();
    let (url, served) = registry(
        "404 Not Found",
        r#"{"code":"not-found","detail":"no such submission"}"#,
    );
    let variables = [("AIM_REGISTRY", url.as_str()), ("AIM_TOKEN", "aim_good")];
    let ran = desk.aim_with(["status", "sub_1"], &variables);
    assert_eq!(ran.code, Some(5), "{}", ran.stderr);
    assert!(served.join().unwrap().contains("Bearer aim_good"));
}

#[test]
fn project_that_was_never_published_says_so() {
    let desk = Desk::new();
    assert_eq!(desk.aim(["new", "water-meter", "--dir", "."]).code, Some(0));
    let (url, served) = registry(
        "404 Not Found",
        r#"{"code":"not-found","detail":"no such service"}"#,
    );
    let variables = [("AIM_REGISTRY", url.as_str()), ("AIM_TOKEN", "aim_good")];
    let ran = desk.aim_with(["status"], &variables);
    assert_eq!(ran.code, Some(5));
    assert_eq!(
        ran.stderr,
        "error: your organisation has published nothing of `water-meter` yet\n  help: run `aim publish`\n"
    );
    assert!(
        served
            .join()
            .unwrap()
            .starts_with("GET /api/v1/services/water-meter ")
    );
}

/// A desk with a stored login for `url`.
fn logged_in(url: &str) -> Desk {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("config/aim")).unwrap();
    fs::write(
        desk.path("config/aim/login.toml"),
        format!("registry = \"{url}\"\ntoken = \"aim_good\"\n"),
    )
    .unwrap();
    desk
}

#[test]
fn whoami_asks_the_registry() {
    let (url, served) = registry("200 OK", WHO);
    let ran = logged_in(&url).aim(["whoami"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for line in [
        format!("registry      {url}/\n"),
        "organisation  Su MMC\n".to_owned(),
        "token         laptop\n".to_owned(),
        "good until    2027-01-01T00:00:00Z\n".to_owned(),
    ] {
        assert!(ran.stdout.contains(&line), "{}", ran.stdout);
    }
    assert!(served.join().unwrap().contains("Bearer aim_good"));
    let ran = Desk::new().aim(["whoami"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("run `aim login`"), "{}", ran.stderr);
}

#[test]
fn logout_revokes_the_token_and_deletes_it() {
    let (url, served) = registry("204 No Content", "");
    let desk = logged_in(&url);
    let ran = desk.aim(["logout"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(
        ran.stdout,
        format!("logged out of {url}/: the token is revoked\n")
    );
    let request = served.join().unwrap();
    assert!(
        request.starts_with("DELETE /api/v1/token HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("Bearer aim_good"), "{request}");
    assert!(!desk.path("config/aim/login.toml").exists());
    let ran = desk.aim_with(["logout"], &[("AIM_TOKEN", "aim_other")]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "you were not logged in\n")
    );
    assert!(ran.stderr.contains("`AIM_TOKEN` is set"), "{}", ran.stderr);
}

#[test]
fn logout_of_a_token_that_ended_before_is_a_success() {
    let (url, _served) = registry("401 Unauthorized", r#"{"code":"token-required","detail":"over"}"#);
    let desk = logged_in(&url);
    let ran = desk.aim(["logout"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("the token had ended already"),
        "{}",
        ran.stdout
    );
}

#[test]
fn logout_without_the_registry_says_that_the_token_is_still_good() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let desk = logged_in(&format!("http://127.0.0.1:{port}"));
    let ran = desk.aim(["logout"]);
    assert_eq!(ran.code, Some(4));
    assert!(ran.stderr.contains("cannot reach the registry"), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("help: the token is deleted from this machine and still good"),
        "{}",
        ran.stderr
    );
    assert!(!desk.path("config/aim/login.toml").exists());
}
