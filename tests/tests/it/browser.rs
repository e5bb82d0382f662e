//! What only a browser can tell: whether pages can be read by everyone, and work by hand.

use aim_tests::browser::Browser;
use axum::Router;
use axum::response::Html;
use axum::routing::get;

/// Without this, a checker that finds nothing anywhere would look like a site without faults.
#[tokio::test]
async fn checker_sees_what_is_wrong() {
    const FAULTY: &str =
        r#"<!doctype html><html><head><title></title></head><body><img src="x"><input></body></html>"#;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(
        async move { axum::serve(listener, Router::new().route("/", get(async || Html(FAULTY)))).await },
    );
    let browser = Browser::start("en").await.unwrap();
    browser.driver.goto(format!("http://{address}/")).await.unwrap();
    let rules: Vec<_> = browser
        .violations()
        .await
        .unwrap()
        .into_iter()
        .map(|found| found.id)
        .collect();
    for expected in ["image-alt", "label", "html-has-lang", "document-title"] {
        assert!(
            rules.iter().any(|rule| rule == expected),
            "{expected} is not in {rules:?}"
        );
    }
    browser.quit().await.unwrap();
}
