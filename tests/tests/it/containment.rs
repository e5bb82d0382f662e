//! A service's page carries nothing out of the browser, whatever it tries. Each way is tried twice in Chromium: from a
//! server that holds nobody back, where it has to arrive at another origin, and from a service, where it must not.

mod payloads;
mod ways;
mod workers;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use aim_tests::browser::Browser;
use aim_tests::guests;
use aim_tests::http;
use axum::Router;
use axum::extract::RawQuery;
use axum::response::Response;
use axum::routing::get;
use thirtyfour::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use self::ways::{Means, WAYS, Way};
use crate::stage::{Stage, manifest};

/// Far beyond what a browser may take: a test that waits longer is stuck.
const ARRIVAL_MAX: Duration = Duration::from_secs(30);

/// Another origin, which writes down every connection and what it asks for.
struct Elsewhere {
    origin: String,
    seen: watch::Receiver<Vec<String>>,
}

impl Elsewhere {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let (told, seen) = watch::channel(Vec::new());
        let told = Arc::new(told);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                told.send_modify(|seen| seen.push("connection".to_owned()));
                tokio::spawn(answer(stream, told.clone()));
            }
        });
        Self { origin, seen }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.borrow().clone()
    }

    /// Waits until what is awaited has come.
    async fn hears(&self, awaited: impl Fn(&str) -> bool) -> bool {
        let mut seen = self.seen.clone();
        let arrived = seen.wait_for(|seen| seen.iter().any(|one| awaited(one)));
        timeout(ARRIVAL_MAX, arrived).await.is_ok()
    }
}

/// Writes down what is asked and says that it is well, as often as the connection asks.
async fn answer(mut stream: TcpStream, told: Arc<watch::Sender<Vec<String>>>) {
    let mut head = Vec::new();
    while let Ok(1..) = stream.read_buf(&mut head).await {
        if !head.windows(4).any(|four| four == b"\r\n\r\n") {
            // What is not HTTP, such as the beginning of a TURN request, is seen too.
            if !head.starts_with(b"GET ") && !head.starts_with(b"POST ") {
                told.send_modify(|seen| seen.push("bytes".to_owned()));
            }
            continue;
        }
        let line = String::from_utf8_lossy(&head)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        told.send_modify(|seen| seen.push(line));
        head.clear();
        let said =
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
        // Whether the browser still listens is its own affair.
        let _ = stream.write_all(said.as_bytes()).await;
        return;
    }
}

/// A server that says what it is asked for, as the service `echo` does, and holds nobody back.
async fn unheld() -> String {
    async fn say(RawQuery(query): RawQuery) -> Response {
        let mut response = Response::builder();
        let mut body = String::new();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match &*name {
                "status" => response = response.status(value.parse::<u16>().unwrap()),
                "header" => {
                    let (name, value) = value.split_once(':').unwrap();
                    response = response.header(name, value);
                }
                "body" => body = value.into_owned(),
                _ => {}
            }
        }
        response.body(body.into()).unwrap()
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new().route("/say", get(say).post(say));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://unheld.localhost:{port}")
}

/// A platform that runs `tests/guests/echo`.
async fn echo_stage() -> Stage {
    let stage = Stage::start().await;
    let folder = guests::guest("echo");
    let component = guests::build(&folder).await.unwrap();
    let id = stage.developer.publish(&folder, Some(&component)).await.unwrap();
    stage.panel.approve(&stage.developer, &id).await.unwrap();
    stage
}

/// Opens the way's page and does what a citizen would do there.
async fn walk(browser: &Browser, from: &str, way: &Way, to: &str) {
    // A page that is downloaded is none to the driver, and one that goes on by itself is gone.
    let _ = browser.driver.goto(way.address(from, to)).await;
    if way.click
        && let Ok(element) = browser.driver.find(By::Id("go")).await
    {
        let _ = element.click().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn page_of_a_service_carries_nothing_to_another_origin() {
    let stage = echo_stage().await;
    let held = stage.platform.origin("echo");

    // Without the host, each way carries its data out: none of them is a mistake of this test.
    let from = unheld().await;
    let browser = Browser::start("en").await.unwrap();
    let mut idle = Vec::new();
    for way in WAYS {
        // A connection that an earlier way left open would be used again.
        let elsewhere = Elsewhere::start().await;
        walk(&browser, &from, way, &elsewhere.origin).await;
        let arrives = match way.means {
            Means::Request => elsewhere.hears(|one| one.contains(way.name)).await,
            Means::Connection => elsewhere.hears(|_| true).await,
            Means::NotHere => true,
        };
        if !arrives {
            idle.push(way.name);
        }
    }
    browser.quit().await.unwrap();
    assert!(idle.is_empty(), "these carry nothing anywhere: {idle:?}");

    let elsewhere = Elsewhere::start().await;
    let browser = Browser::start("en").await.unwrap();
    let mut arrived = BTreeMap::new();
    for way in WAYS {
        let known = elsewhere.seen().len();
        walk(&browser, &held, way, &elsewhere.origin).await;
        // The next page of the same origin is there: what this one began by itself has begun.
        let _ = browser.driver.goto(format!("{held}/")).await;
        let more = elsewhere.seen().split_off(known);
        if !more.is_empty() {
            arrived.insert(way.name, more);
        }
    }
    assert!(arrived.is_empty(), "{arrived:#?}");
    // The listener hears this browser, and nothing was on its way.
    let last = format!("{}/last", elsewhere.origin);
    browser.driver.goto(&last).await.unwrap();
    assert!(elsewhere.hears(|one| one.contains("/last")).await);
    let requests: Vec<_> = elsewhere
        .seen()
        .into_iter()
        .filter(|one| one != "connection")
        .collect();
    assert!(
        requests
            .iter()
            .all(|one| one.contains("/last") || one.contains("/favicon")),
        "{requests:?}"
    );
    browser.quit().await.unwrap();
    stage.platform.stop().await.unwrap();
}

/// The other half: what honest pages do still works under the policy.
#[tokio::test(flavor = "multi_thread")]
async fn link_to_another_site_goes_through_the_hosts_page() {
    let stage = echo_stage().await;
    let held = stage.platform.origin("echo");
    let elsewhere = Elsewhere::start().await;
    let browser = Browser::start("en").await.unwrap();
    let way = WAYS.iter().find(|way| way.name == "link").unwrap();
    walk(&browser, &held, way, &elsewhere.origin).await;
    let url = browser.driver.current_url().await.unwrap();
    assert_eq!(url.path(), "/.aim/leave");
    let text = browser
        .driver
        .find(By::Tag("main"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        text.contains("127.0.0.1") && text.contains("/link?data=5ABC123"),
        "{text}"
    );
    browser.picture("leave-1280").await.unwrap();
    assert!(elsewhere.seen().is_empty());
    // The citizen has read it, and goes on.
    browser
        .driver
        .find(By::Css("main li a"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    assert!(elsewhere.hears(|one| one.contains("/link?data=5ABC123")).await);
    browser.quit().await.unwrap();
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn authorization_reaches_a_service_that_was_granted_it_and_no_other() {
    let stage = Stage::start().await;
    let component = guests::build(&guests::guest("echo")).await.unwrap();
    let component = std::fs::read(component).unwrap();
    let plain = manifest("without-header", "1.0.0", "[]");
    stage.deploy(&plain, &component).await;
    let granted = format!(
        "{}[requests]\nauthorization = true\n",
        manifest("with-header", "1.0.0", "[]")
    );
    let id = stage.deploy(&granted, &component).await;
    for (service, seen) in [("without-header", "none"), ("with-header", "Bearer 1234")] {
        let said = http::plain()
            .unwrap()
            .get(format!("{}/authorization", stage.platform.origin(service)))
            .header("authorization", "Bearer 1234")
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        assert_eq!(said, seen, "{service}");
    }
    // Whoever approves it reads so.
    let page = stage.panel.first.submission(&id).await.unwrap();
    assert!(
        page.body.contains("It receives the `Authorization` header"),
        "{page}"
    );
    stage.platform.stop().await.unwrap();
}
