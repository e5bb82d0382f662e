//! `aimd` as an operator meets it.

mod agencies;

use aim_gov::clock::Clock;
use aim_registry::second_factor;
use aim_tests::actors::citizen::{Citizen, ORDINARY};
use aim_tests::aimd::{Aimd, CODE, Desk, said};
use aim_tests::browser::Browser;
use aim_tests::http::{self, Agent};
use aim_tests::instance::{Instance, Start};
use aim_tests::postgres::Postgres;
use rustix::process::Signal;
use thirtyfour::prelude::*;

/// A proxy on this machine that is trusted; the test's own connections come from elsewhere.
const PROXY: &str = "trusted_proxies = [\"127.0.0.2/32\"]";

#[tokio::test]
async fn example_is_printed_and_is_a_configuration() {
    let desk = Desk::new().unwrap();
    let printed = desk.run(&["config", "example"]).await.unwrap();
    assert!(printed.status.success());
    let example = String::from_utf8(printed.stdout).unwrap();
    assert!(example.contains("#public_url =\n"), "{example}");
    let settings = [
        ("#public_url =", "public_url = \"https://aim.example\""),
        ("#trusted_proxies = []", "trusted_proxies = [\"127.0.0.1/32\"]"),
        ("#data_dir = \"/var/lib/aimd\"", "data_dir = \"data\""),
        ("#citizen_code_file =", "citizen_code_file = \"code\""),
    ];
    let filled_in = settings.iter().fold(example, |text, (line, filled)| {
        assert!(text.contains(line), "{line}");
        text.replace(line, filled)
    });
    desk.write("aimd.toml", &filled_in).unwrap();
    let checked = desk.run(&["check"]).await.unwrap();
    assert!(checked.status.success(), "{}", said(&checked));
    assert!(!desk.path("data/aim.sqlite").exists(), "`check` made a database");
}

#[tokio::test]
async fn check_and_start_say_all_that_is_wrong() {
    let desk = Desk::new().unwrap();
    let text = "public_url = \"aim\"\ncolour = 1\n[database]\nurl = \"hunter2\"\n";
    desk.write("aimd.toml", text).unwrap();
    for arguments in [&["check"][..], &["migrate"], &[]] {
        let output = desk.run(arguments).await.unwrap();
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        for what in [
            "aimd.toml:1: public_url: ",
            "aimd.toml:2: colour: unknown field",
            "aimd.toml:4: database.url: not a database address",
            "citizen_code_file: missing",
            "trusted_proxies: listens on this machine alone",
        ] {
            assert!(said.contains(what), "{what}: {said}");
        }
        assert!(!said.contains("hunter2"), "{said}");
    }
}

/// Refused by everything that opens data, with these words.
async fn assert_refused(desk: &Desk, what: &str) {
    for arguments in [&["check"][..], &["migrate"], &[]] {
        let output = desk.run(arguments).await.unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(said(&output).contains(what), "{arguments:?}: {}", said(&output));
    }
}

#[tokio::test]
async fn well_known_code_is_refused_in_public() {
    let desk = Desk::new().unwrap();
    desk.configure(PROXY).unwrap();
    desk.write("code", "111111").unwrap();
    assert_refused(&desk, "the code 111111 is well known").await;
}

#[tokio::test]
async fn catalogues_to_harvest_are_checked_before_anything_starts() {
    let desk = Desk::new().unwrap();
    desk.configure(PROXY).unwrap();
    let data = desk.path("data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::set_permissions(&data, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    desk.write("data/open-data-sources.toml", "[[source]]\nname = \"baku\"\n")
        .unwrap();
    for arguments in [&["check"][..], &[]] {
        let output = desk.run(arguments).await.unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = said(&output);
        assert!(
            said.contains("`open-data-sources.toml` does not describe sources: missing field `kind`"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn seed_is_refused_in_public() {
    let desk = Desk::new().unwrap();
    desk.configure(&format!("{PROXY}\nseed = true")).unwrap();
    assert_refused(&desk, "the seed makes staff with a well-known password").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn well_known_password_is_refused_in_public() {
    let desk = Desk::new().unwrap();
    let sandbox = Instance::start_with(Start {
        dir: Some(desk.path("data")),
        ..Start::default()
    });
    assert!(sandbox.await.unwrap().stop().await.unwrap().status.success());
    desk.configure(PROXY).unwrap();
    let output = desk.run(&[]).await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(
        said.contains("`sandbox-2026`") && said.contains("aysel@aim.example"),
        "{said}"
    );
}

/// It serves at its address, whatever the host is called in the proxy's DNS.
async fn assert_serves(desk: &Desk) {
    let aimd = desk.serve().await.unwrap();
    let client = http::plain().unwrap();
    let page = |path: &str| {
        let url = format!("http://aim.localhost:{}{path}", aimd.address.port());
        client.get(url).send()
    };
    assert_eq!(page("/healthz").await.unwrap().status(), 200);
    let front = page("/en/").await.unwrap();
    assert_eq!(front.status(), 200);
    let second = desk.run(&["migrate"]).await.unwrap();
    assert!(
        said(&second).contains("another platform runs on the data"),
        "{}",
        said(&second)
    );
    assert!(aimd.stop().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn serves_from_an_empty_folder_on_sqlite() {
    let desk = Desk::new().unwrap();
    desk.configure(PROXY).unwrap();
    for _ in 0..2 {
        let migrated = desk.run(&["migrate"]).await.unwrap();
        assert!(migrated.status.success(), "{}", said(&migrated));
        assert!(desk.path("data/aim.sqlite").is_file());
    }
    let checked = desk.run(&["check"]).await.unwrap();
    assert!(checked.status.success(), "{}", said(&checked));
    assert_serves(&desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn serves_from_an_empty_folder_on_postgres() {
    let postgres = Postgres::start().await.unwrap();
    let desk = Desk::new().unwrap();
    desk.write("url", &postgres.database().await.unwrap()).unwrap();
    desk.configure(&format!("{PROXY}\ndatabase.url_file = \"url\""))
        .unwrap();
    let checked = desk.run(&["check"]).await.unwrap();
    assert!(checked.status.success(), "{}", said(&checked));
    assert_serves(&desk).await;
    desk.write("url", "postgres://nobody:hunter2@127.0.0.1:1/aim")
        .unwrap();
    let unreachable = desk.run(&["check"]).await.unwrap();
    let said = said(&unreachable);
    assert_eq!(unreachable.status.code(), Some(1));
    assert!(
        said.contains("could not be opened") && !said.contains("hunter2"),
        "{said}"
    );
}

/// What an operator's program reads.
async fn ask(aimd: &Aimd, path: &str) -> (u16, String) {
    let url = format!("http://{}{path}", aimd.operator);
    let answer = http::plain().unwrap().get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_port_tells_health_readiness_and_metrics() {
    let desk = Desk::new().unwrap();
    desk.configure(PROXY).unwrap();
    let aimd = desk.serve().await.unwrap();
    assert_eq!(ask(&aimd, "/healthz").await, (200, "ok\n".to_owned()));
    let ready = "services: ok\ndatabase: ok\nstore: ok\n";
    assert_eq!(ask(&aimd, "/readyz").await, (200, ready.to_owned()));
    // Nobody else is told.
    let client = http::plain().unwrap();
    for path in ["metrics", "readyz"] {
        let url = format!("http://aim.localhost:{}/{path}", aimd.address.port());
        assert_eq!(client.get(url).send().await.unwrap().status(), 404, "{path}");
    }
    let (status, metrics) = ask(&aimd, "/metrics").await;
    assert_eq!(status, 200);
    for line in [
        "# TYPE aim_http_requests_total counter",
        "aim_http_requests_total{status=\"4xx\"} 2",
        "aim_http_request_seconds_bucket{le=\"0.001\"}",
        "# TYPE aim_connections gauge",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    std::fs::rename(desk.path("data/objects"), desk.path("data/elsewhere")).unwrap();
    let (status, lines) = ask(&aimd, "/readyz").await;
    assert_eq!(status, 503);
    assert!(lines.contains("store: not ready"), "{lines}");
    assert!(aimd.stop().await.unwrap().success());
}

/// Runs `aimd staff add`.
async fn add(desk: &Desk, email: &str) -> std::process::Output {
    desk.run(&["staff", "add", email, "Nigar H\u{259}s\u{259}nova"])
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn first_director_gets_a_link_that_the_next_one_replaces() {
    let desk = Desk::new().unwrap();
    desk.configure(PROXY).unwrap();
    let wrong = add(&desk, "nigar").await;
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        said(&wrong).contains("e-mail address: [Email]"),
        "{}",
        said(&wrong)
    );
    let mut links = Vec::new();
    for _ in 0..2 {
        let added = add(&desk, "nigar@aim.example").await;
        assert!(added.status.success(), "{}", said(&added));
        let link = String::from_utf8(added.stdout).unwrap().trim().to_owned();
        let path = link.strip_prefix("https://aim.localhost").unwrap().to_owned();
        links.push(path);
    }
    let aimd = desk.serve().await.unwrap();
    let port = aimd.address.port();
    let at = |path: &str| format!("http://aim.localhost:{port}{path}");
    let client = http::plain().unwrap();
    let opened = client.get(at(&links[1])).send().await.unwrap();
    assert_eq!(opened.status(), 200);
    assert!(
        opened
            .text()
            .await
            .unwrap()
            .contains("Nigar H\u{259}s\u{259}nova")
    );
    let lost = client.get(at(&links[0])).send().await.unwrap();
    assert_ne!(lost.status(), 200, "a link that was replaced still opens");
    assert!(aimd.stop().await.unwrap().success());
}

/// The element that a page has once it is there.
async fn element(browser: &Browser, selector: &str) -> WebElement {
    let wanted = browser.driver.query(By::Css(selector));
    wanted.first().await.unwrap()
}

async fn fill_in(browser: &Browser, fields: &[(&str, &str)]) {
    for (field, text) in fields {
        element(browser, field).await.send_keys(*text).await.unwrap();
    }
    element(browser, "main form button").await.click().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn first_director_logs_in_with_a_browser() {
    const EMAIL: &str = "director@aim.example";
    const PASSWORD: &str = "a lantern over the harbour";
    let desk = Desk::new().unwrap();
    let url = desk.configure_sandbox("seed = false").unwrap();
    let added = add(&desk, EMAIL).await;
    let link = String::from_utf8(added.stdout).unwrap();
    let aimd = desk.serve().await.unwrap();
    let browser = Browser::start("en").await.unwrap();
    browser.driver.goto(link.trim()).await.unwrap();
    let secret = element(&browser, "main code").await.text().await.unwrap();
    let secret = secret.replace(' ', "");
    let now = Clock::system().now();
    let code = second_factor::code_at(&secret, now).unwrap();
    let chosen = [("#password", PASSWORD), ("#again", PASSWORD), ("#code", &code)];
    fill_in(&browser, &chosen).await;
    element(&browser, "main .panel.good").await;
    browser.driver.goto(format!("{url}/en/staff")).await.unwrap();
    // A code counts once; that of the next step counts already.
    let next = second_factor::code_at(&secret, now.plus_ms(30_000)).unwrap();
    fill_in(
        &browser,
        &[("#email", EMAIL), ("#password", PASSWORD), ("#code", &next)],
    )
    .await;
    element(&browser, "main a[href$='/staff/people']")
        .await
        .click()
        .await
        .unwrap();
    let people = element(&browser, "main table").await.text().await.unwrap();
    assert!(people.contains("Nigar H\u{259}s\u{259}nova"), "{people}");
    browser.quit().await.unwrap();
    assert!(aimd.stop().await.unwrap().success());
}

/// A certificate of the platform and its services; answers the client's copy of it.
fn certify(desk: &Desk) -> reqwest::Certificate {
    let names = ["aim.localhost".to_owned(), "*.aim.localhost".to_owned()];
    let pair = rcgen::generate_simple_self_signed(names).unwrap();
    desk.write("chain.pem", &pair.cert.pem()).unwrap();
    desk.write("key.pem", &pair.signing_key.serialize_pem()).unwrap();
    reqwest::Certificate::from_pem(pair.cert.pem().as_bytes()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_lets_citizens_log_in_and_reads_a_new_certificate_on_hangup() {
    let desk = Desk::new().unwrap();
    let first = certify(&desk);
    let tls = "tls.certificate_file = \"chain.pem\"\ntls.key_file = \"key.pem\"";
    desk.configure(&format!("{PROXY}\n{tls}")).unwrap();
    let mut aimd = desk.serve().await.unwrap();
    let port = aimd.address.port();
    let agent = |certificate: &reqwest::Certificate| Agent::over_tls("en", port, certificate).unwrap();
    let platform = "https://aim.localhost";
    let citizen = Citizen::with(agent(&first), platform, ORDINARY, "en", CODE);
    let page = citizen.log_in().await.unwrap();
    assert_eq!(page.url.host_str(), Some("aim.localhost"));
    let mine = citizen.page("/my/consents").await.unwrap().ok().unwrap();
    assert_eq!(mine.url.path(), "/en/my/consents", "not logged in");
    assert_eq!(mine.headers["strict-transport-security"], "max-age=31536000");

    let second = certify(&desk);
    aimd.signal(Signal::HUP).unwrap();
    aimd.logged("tls.reloaded").await.unwrap();
    let url = format!("{platform}/en/");
    assert!(
        agent(&first).get(&url).await.is_err(),
        "the old certificate is served"
    );
    agent(&second).get(&url).await.unwrap().ok().unwrap();

    let key_of_second = std::fs::read_to_string(desk.path("key.pem")).unwrap();
    let third = certify(&desk);
    for key in ["half of it", &key_of_second] {
        desk.write("key.pem", key).unwrap();
        aimd.signal(Signal::HUP).unwrap();
        aimd.logged("tls.reload").await.unwrap();
        assert!(agent(&third).get(&url).await.is_err());
        agent(&second).get(&url).await.unwrap().ok().unwrap();
    }
    assert!(aimd.stop().await.unwrap().success());
}
