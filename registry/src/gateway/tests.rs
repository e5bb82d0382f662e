use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};

use crate::testing::{Answer, Stage};

async fn visit(stage: &Stage, from: &str) -> Answer {
    let peer: SocketAddr = from.parse().unwrap();
    let request = Request::get("/")
        .header(header::HOST, "tea-house.localhost:8080")
        .header(header::ACCEPT_LANGUAGE, "en")
        .extension(ConnectInfo(peer));
    stage.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn address_that_floods_services_is_told_to_wait() {
    let stage = Stage::new().await;
    stage
        .app
        .started
        .store(true, std::sync::atomic::Ordering::Release);
    let mut answer = visit(&stage, "192.0.2.1:1").await;
    // Some come on top while the test sends.
    let mut left = 100 * crate::rate::VISITS_BURST.get();
    while answer.status == StatusCode::NOT_FOUND && left > 0 {
        answer = visit(&stage, "192.0.2.1:2").await;
        left -= 1;
    }
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.body);
    assert_eq!(answer.headers[header::RETRY_AFTER], "1");
    assert!(answer.body.contains("Requests come too fast"), "{}", answer.body);
    // Nobody else notices.
    let other = visit(&stage, "192.0.2.2:1").await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "{}", other.body);
}
