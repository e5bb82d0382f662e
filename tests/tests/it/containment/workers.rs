//! A service worker that a service left in a browser does not outlive the service.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aim_tests::browser::Browser;
use thirtyfour::prelude::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::ARRIVAL_MAX;
use crate::stage::{Stage, answering, manifest};

/// What the service left: it answers every page of the origin itself.
const WORKER: &str = "self.addEventListener('install', () => self.skipWaiting());\
     self.addEventListener('activate', (event) => event.waitUntil(clients.claim()));\
     self.addEventListener('fetch', (event) => event.respondWith(new Response('enter your card')))";

/// The port of an origin where first a page with a worker is, and then, when `platform` is raised, the platform at `port`.
async fn origin(port: u16, platform: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, port, platform.clone()));
        }
    });
    own
}

/// Answers one connection. Browsers open some before they need them, so the request decides who answers.
async fn answer(mut stream: TcpStream, port: u16, platform: Arc<AtomicBool>) {
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        if !matches!(stream.read_buf(&mut head).await, Ok(1..)) {
            return;
        }
    }
    // A browser hangs up when it likes.
    if platform.load(Ordering::SeqCst) {
        let mut platform = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        platform.write_all(&head).await.unwrap();
        let _ = copy_bidirectional(&mut stream, &mut platform).await;
        return;
    }
    let (kind, body) = match head.starts_with(b"GET /sw.js ") {
        true => ("text/javascript", WORKER),
        false => ("text/html", "<title>x</title>before"),
    };
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
}

async fn text(browser: &Browser, address: &str) -> String {
    browser.driver.goto(address).await.unwrap();
    let body = browser.driver.find(By::Tag("body")).await.unwrap();
    body.text().await.unwrap()
}

async fn run(browser: &Browser, script: &str) {
    let script =
        format!("const done = arguments[0]; {script}.then(() => done('ok'), (e) => done(String(e)))");
    browser.driver.execute_async(script, Vec::new()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn worker_from_before_ends_when_its_service_is_suspended() {
    let stage = Stage::start().await;
    let id = stage
        .deploy(&manifest("tea-house", "1.0.0", "[]"), &answering("tea"))
        .await;
    let platform = Arc::new(AtomicBool::new(false));
    let port = origin(stage.platform.port, platform.clone()).await;
    let address = format!("http://tea-house.localhost:{port}/");
    let browser = Browser::start("en").await.unwrap();
    assert_eq!(text(&browser, &address).await, "before");
    run(
        &browser,
        "navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)",
    )
    .await;
    assert_eq!(text(&browser, &address).await, "enter your card");

    stage.panel.first.act(&id, "suspend").await.unwrap();
    platform.store(true, Ordering::SeqCst);
    // Browsers ask for a worker's script a second after each page that it answered; here at once. The refusal ends it.
    run(
        &browser,
        "navigator.serviceWorker.getRegistration().then((known) => known.update())",
    )
    .await;
    let ended = async {
        while !text(&browser, &address)
            .await
            .contains("This service is suspended")
        {}
    };
    timeout(ARRIVAL_MAX, ended).await.unwrap();
    browser.quit().await.unwrap();
    stage.platform.stop().await.unwrap();
}
