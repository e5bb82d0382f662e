mod components;
mod exchange;
mod log_in;

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::*;

/// A folder with a configuration file that is its owner's alone, and a code for the citizens beside it.
struct Desk {
    folder: TempDir,
    variables: BTreeMap<String, String>,
}

/// What a public platform cannot do without.
const GOOD: &str = "public_url = \"https://aim.example\"\ntrusted_proxies = [\"127.0.0.1/32\"]\n\
                    data_dir = \"data\"\ncitizen_code_file = \"code\"\n";

impl Desk {
    fn new() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            variables: BTreeMap::new(),
        };
        desk.write("code", "482913\n", 0o600);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn read(&self, text: &str) -> Result<Resolved, Vec<String>> {
        self.write("aimd.toml", text, 0o600);
        self.read_again()
    }

    fn read_again(&self) -> Result<Resolved, Vec<String>> {
        let shorten = |finding: Finding| {
            let folder = format!("{}/", self.folder.path().display());
            finding.to_string().replace(&folder, "")
        };
        read(&self.path("aimd.toml"), &self.variables)
            .map_err(|findings| findings.into_iter().map(shorten).collect())
    }

    /// The only finding.
    fn finding(&self, text: &str) -> String {
        let mut findings = self.read(text).map(|_| ()).unwrap_err();
        assert_eq!(findings.len(), 1, "{findings:?}");
        findings.remove(0)
    }
}

/// The example with everything that has a default no longer commented out.
fn example_in_force() -> String {
    let has_value = |line: &str| {
        line.strip_prefix('#')
            .and_then(|line| line.split_once(" = "))
            .is_some_and(|(key, value)| {
                key.chars().all(|char| char.is_ascii_lowercase() || char == '_') && !value.is_empty()
            })
    };
    let lines = example();
    let lines = lines.lines().map(|line| {
        if has_value(line) {
            line.trim_start_matches('#')
        } else {
            line
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn example_is_a_configuration_with_every_default() {
    let desk = Desk::new()
        .with("AIMD_PUBLIC_URL", "https://aim.example")
        .with("AIMD_TRUSTED_PROXIES", "127.0.0.1/32, 10.0.0.0/8")
        .with("AIMD_CITIZEN_CODE_FILE", "code")
        .with("AIMD_DATA_DIR", "data");
    let written = desk.read(&example()).unwrap();
    let in_force = example_in_force();
    assert!(in_force.contains("\nrequests = 128\n"), "{in_force}");
    let again = desk.read(&in_force).unwrap();
    for resolved in [&written, &again] {
        assert_eq!(resolved.listen, ["127.0.0.1:8080".parse().unwrap()]);
        assert_eq!(resolved.config.connections.connections, 4096);
        assert_eq!(resolved.config.limits.requests, 128);
        assert!(
            resolved
                .config
                .trusted_proxies
                .contains("10.1.2.3".parse().unwrap())
        );
    }
    // Every key has a variable.
    assert_eq!(example().matches("environment variable `AIMD_").count(), 40);
}

#[test]
fn everything_that_is_wrong_is_said_at_once_with_its_place() {
    let desk = Desk::new()
        .with("AIMD_LIMITS_REQUESTS", "many")
        .with("AIMD_LISTENS", "x");
    let text = "operator_listen = \"here\"\n\
                public_url = \"http://aim.example/path\"\n\
                listen = [\"localhost\"]\n\
                data-dir = \"data\"\n\
                data_dir = \"data\"\n\
                \n\
                [limits]\n\
                memory_mib = 1\n\
                request_seconds = \"ten\"\n\
                [log]\n\
                filter = \"a=b=c\"\n\
                [lgo]\n\
                [traces]\n\
                endpoint = \"http://me:hunter2@collector.example\"\n\
                percent = 0\n";
    let findings = desk.read(text).map(|_| ()).unwrap_err();
    for (place, what) in [
        ("aimd.toml:1: operator_listen: ", "write it like"),
        ("aimd.toml:2: public_url: ", "a host alone"),
        ("aimd.toml:3: listen: ", "socket address"),
        (
            "aimd.toml:4: data-dir: ",
            "unknown field `data-dir`, expected one of `profile`",
        ),
        ("aimd.toml:8: limits.memory_mib: ", "must be 512 to 1048576"),
        ("aimd.toml:9: limits.request_seconds: ", "invalid type"),
        ("aimd.toml:11: log.filter: ", "write it like `info`"),
        ("aimd.toml:12: lgo: ", "unknown field `lgo`"),
        (
            "aimd.toml:14: traces.endpoint: ",
            "not the address of a collector",
        ),
        ("aimd.toml:15: traces.percent: ", "must be 1 to 100"),
        ("variable AIMD_LIMITS_REQUESTS: limits.requests: ", "invalid type"),
        ("variable AIMD_LISTENS: ", "not the variable of a setting"),
        (
            "aimd.toml: citizen_code_file: ",
            "missing; name a file with the six digits",
        ),
        ("aimd.toml: trusted_proxies: ", "set `trusted_proxies`"),
    ] {
        let found = findings
            .iter()
            .any(|finding| finding.starts_with(place) && finding.contains(what));
        assert!(found, "{place} {what}: {findings:#?}");
    }
    assert_eq!(findings.len(), 14, "{findings:#?}");
}

#[test]
fn variable_wins_over_the_file() {
    let desk = Desk::new()
        .with("AIMD_LISTEN", "127.0.0.1:9000,[::1]:9000")
        .with("AIMD_LIMITS_REQUESTS", "7")
        .with("AIMD_LOG_FORMAT", "json");
    let text =
        format!("{GOOD}listen = [\"127.0.0.1:1\"]\n[limits]\nrequests = 8\nrequests_per_service = 9\n");
    let resolved = desk.read(&text).unwrap();
    assert_eq!(resolved.listen.len(), 2);
    assert_eq!(resolved.config.limits.requests, 7);
    assert_eq!(resolved.config.limits.requests_per_service, 9);
    assert_eq!(resolved.log_format, LogFormat::Json);
}

#[test]
fn findings_do_not_tell_secrets() {
    let desk = Desk::new();
    for text in [
        "database.url = \"postgres://aim:hunter2@localhost/aim\nx = 1",
        "[database]\nurl = [\"hunter2\"]\n",
        "[database]\nurl = \"postgress://aim:hunter2@localhost/aim\"\n",
        "database.url = 'mysql://hunter2'\ndatabase.url = 'hunter2'\n",
        "hunter2\n",
    ] {
        let findings = desk.read(&format!("{GOOD}{text}")).map(|_| ()).unwrap_err();
        let said = format!("{findings:?}");
        assert!(!said.contains("hunter2"), "{said}");
        let has_line = ["aimd.toml:5: ", "aimd.toml:6: "]
            .iter()
            .any(|line| said.contains(line));
        assert!(has_line, "{said}");
    }
    desk.write("url", "mysql://hunter2", 0o600);
    let said = desk.finding(&format!("{GOOD}[database]\nurl_file = \"url\"\n"));
    assert!(
        said.contains("not a database address") && !said.contains("hunter2"),
        "{said}"
    );
    desk.write("code", "hunter2", 0o600);
    let said = desk.finding(GOOD);
    assert!(
        said.contains("exactly six digits") && !said.contains("hunter2"),
        "{said}"
    );
    desk.write("code", "482913", 0o600);
    let good = desk.read(&format!(
        "{GOOD}[database]\nurl = \"postgres://aim:hunter2@localhost/aim\"\n"
    ));
    let resolved = good.unwrap();
    assert!(resolved.config.database.expose_secret().contains("hunter2"));
    let said = format!("{resolved:?}");
    assert!(!said.contains("hunter2") && !said.contains("482913"), "{said}");
}

#[test]
fn file_with_a_secret_is_its_owners_alone() {
    let desk = Desk::new();
    let postgres = "postgres://aim:hunter2@localhost/aim";
    desk.write("url", postgres, 0o640);
    desk.write("key", &"k".repeat(32), 0o604);
    for (text, file) in [
        ("[database]\nurl_file = \"url\"\n", "url"),
        ("secrets_key_file = \"key\"\n", "key"),
    ] {
        let said = desk.finding(&format!("{GOOD}{text}"));
        assert!(
            said.contains("holds a secret") && said.contains("chmod 600"),
            "{said}"
        );
        desk.write(file, &fs::read_to_string(desk.path(file)).unwrap(), 0o400);
        desk.read(&format!("{GOOD}{text}")).unwrap();
    }
    // The configuration itself, once it holds a password.
    for (address, is_secret) in [
        (postgres, true),
        ("postgres://aim@localhost/aim?password=hunter2", true),
        ("postgres://aim@localhost/aim", false),
    ] {
        desk.write(
            "aimd.toml",
            &format!("{GOOD}[database]\nurl = \"{address}\"\n"),
            0o644,
        );
        let read = desk.read_again().map(|_| ());
        match is_secret {
            true => assert!(
                read.unwrap_err()[0].starts_with("aimd.toml:6: database.url: the file `aimd.toml` holds")
            ),
            false => read.unwrap(),
        }
    }
    desk.write("code", "482913", 0o644);
    assert!(
        desk.finding(GOOD)
            .contains("citizen_code_file: the file `code` holds a secret")
    );
}

#[test]
fn well_known_secrets_and_the_seed_are_refused_in_public() {
    let desk = Desk::new();
    let seeded = format!("{GOOD}seed = true\n");
    let said = desk.finding(&seeded);
    assert!(
        said.starts_with("aimd.toml:5: seed: the seed makes staff"),
        "{said}"
    );
    desk.write("code", "111111", 0o600);
    let said = desk.finding(GOOD);
    assert!(
        said.starts_with("aimd.toml:4: citizen_code_file: the code 111111 is well known"),
        "{said}"
    );
    // On one's own machine both are the default.
    let desk = desk.with("AIMD_PROFILE", "development");
    let resolved = desk.read(&seeded).unwrap();
    assert_eq!(resolved.config.seed.staff.len(), 3);
    let resolved = desk
        .read("data_dir = \"data\"\npublic_url = \"http://localhost:8080\"\n")
        .unwrap();
    assert_eq!(resolved.config.citizen_code.expose_secret(), "111111");
    assert_eq!(resolved.config.seed.staff.len(), 3);
}

#[test]
fn public_address_is_an_https_host() {
    let desk = Desk::new();
    for (address, what) in [
        ("http://aim.example", "must begin with https://"),
        ("ftp://aim.example", "must begin with https://"),
        ("https://192.0.2.1", "needs a host name"),
        ("https://[2001:db8::1]", "needs a host name"),
        ("https://user@aim.example", "a host alone"),
        ("https://aim.example/x", "a host alone"),
        ("https://aim.example?x", "a host alone"),
        ("aim.example", "write it like"),
    ] {
        let text = GOOD.replace("https://aim.example", address);
        let said = desk.finding(&text);
        assert!(
            said.starts_with("aimd.toml:1: public_url: ") && said.contains(what),
            "{said}"
        );
    }
    let said = desk.finding(&GOOD.replace("public_url", "#"));
    assert!(
        said.starts_with("aimd.toml: public_url: missing; name the address"),
        "{said}"
    );
}

#[test]
fn database_is_named_once_and_by_a_whole_path() {
    let desk = Desk::new();
    let said = desk.finding(&format!(
        "{GOOD}[database]\nurl = \"sqlite:/x\"\nurl_file = \"url\"\n"
    ));
    assert!(
        said.starts_with("aimd.toml:7: database.url_file: set either"),
        "{said}"
    );
    for address in ["sqlite:aim.sqlite", "aim.sqlite", ""] {
        let said = desk.finding(&format!("{GOOD}[database]\nurl = \"{address}\"\n"));
        assert!(said.contains("not a database address"), "{said}");
    }
    let resolved = desk.read(GOOD).unwrap();
    let database = resolved.config.database.expose_secret().to_owned();
    assert!(database.ends_with("/data/aim.sqlite"), "{database}");
}

#[test]
fn missing_file_is_named_with_what_to_do() {
    let desk = Desk::new();
    let said = desk.read_again().map(|_| ()).unwrap_err().remove(0);
    assert!(
        said.contains("aimd.toml: cannot be read") && said.contains("aimd config example"),
        "{said}"
    );
    let said = desk.finding(&GOOD.replace("\"code\"", "\"nowhere\""));
    assert!(
        said.contains("the file `nowhere` cannot be read: No such file"),
        "{said}"
    );
    let folder: &Path = &desk.path("data");
    fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.join("x"), "").unwrap();
    assert!(
        desk.finding(GOOD)
            .contains("data_dir: other users of this machine can get at")
    );
}

#[test]
fn loopback_without_a_trusted_proxy_is_refused_in_public() {
    let desk = Desk::new();
    let alone = GOOD.replace("trusted_proxies = [\"127.0.0.1/32\"]\n", "");
    assert!(desk.finding(&alone).contains("set `trusted_proxies`"));
    desk.read(&format!("{alone}listen = [\"192.0.2.1:443\"]\n"))
        .unwrap();
}

#[test]
fn certificate_and_key_are_a_pair() {
    let desk = Desk::new();
    let pair = || rcgen::generate_simple_self_signed(["aim.example".to_owned()]).unwrap();
    let (one, other) = (pair(), pair());
    desk.write("chain", &one.cert.pem(), 0o644);
    desk.write("key", &one.signing_key.serialize_pem(), 0o600);
    let both = format!("{GOOD}[tls]\ncertificate_file = \"chain\"\nkey_file = \"key\"\n");
    assert!(desk.read(&both).unwrap().config.tls.is_some());
    desk.write("key", &one.signing_key.serialize_pem(), 0o640);
    assert!(desk.finding(&both).contains("the file `key` holds a secret"));
    for (text, what) in [
        (other.signing_key.serialize_pem(), "cannot be used together: "),
        ("hunter2".to_owned(), "holds no private key in PEM form"),
    ] {
        desk.write("key", &text, 0o600);
        let said = desk.finding(&both);
        assert!(said.contains(what) && !said.contains("hunter2"), "{said}");
    }
    desk.write("chain", "", 0o644);
    assert!(desk.finding(&both).contains("holds no certificate in PEM form"));
    let said = desk.finding(&both.replace("\"chain\"", "\"nowhere\""));
    assert!(
        said.contains("the file `nowhere` cannot be read: No such file"),
        "{said}"
    );
    let said = desk.finding(&both.replace("key_file = \"key\"\n", ""));
    assert!(said.contains("tls.key_file: missing"), "{said}");
    let said = desk.finding(&both.replace("certificate_file = \"chain\"\n", ""));
    assert!(said.contains("tls.certificate_file: missing"), "{said}");
}
