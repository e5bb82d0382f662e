//! Requests in, responses out.

use aim_gov::grant::Capability;
use aim_runtime::{Kind, Limits, inspect};
use axum::body::Body;
use http::Request;

use crate::support::{OK, handler, host};

#[tokio::test(flavor = "multi_thread")]
async fn handler_answers_and_each_answer_has_its_number() {
    let host = host(Limits::default()).await;
    host.deploy("hello", &handler(&[], "", OK)).await;
    let first = host.get("hello", "/").await;
    assert_eq!((first.status, first.body.as_str()), (200, "ok"));
    assert_eq!(first.headers["x-content-type-options"], "nosniff");
    let second = host.get("hello", "/").await;
    assert_ne!(first.headers["x-request-id"], second.headers["x-request-id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_page_is_filtered() {
    // A list of one header: the addresses and lengths of its name and its value.
    let data = r#"
        (data (i32.const 288) "\40\01\00\00\0c\00\00\00\54\01\00\00\09\00\00\00")
        (data (i32.const 320) "content-type")
        (data (i32.const 340) "text/html")
        (data (i32.const 400) "<p>first</p><link rel=preconnect href=//evil.example>")"#;
    let handle = "(i32.store (i32.const 20) (i32.const 288)) (i32.store (i32.const 24) (i32.const 1))
                  (call $respond (i32.const 200) (i32.const 400) (i32.const 53))";
    let host = host(Limits::default()).await;
    host.deploy("page", &handler(&[], data, handle)).await;
    let answer = host.get("page", "/").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "<p>first</p> "));
    assert_eq!(host.codes("page"), ["html-removed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_cleared_between_requests() {
    let host = host(Limits::default()).await;
    // Answers with the byte at 70,000 and then writes there.
    let count = "(i32.store8 (i32.const 64) (i32.add (i32.const 48) (i32.load8_u (i32.const 70000))))
                 (i32.store8 (i32.const 70000) (i32.const 1))
                 (call $respond (i32.const 200) (i32.const 64) (i32.const 1))";
    host.deploy("count", &handler(&[], "", count)).await;
    for _ in 0..50 {
        assert_eq!(host.get("count", "/").await.body, "0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn request_arrives_whole() {
    let host = host(Limits::default()).await;
    let echo_path = "(call $respond (i32.const 200) (local.get $path) (local.get $path_length))";
    host.deploy("path", &handler(&[], "", echo_path)).await;
    assert_eq!(host.get("path", "/a/b?c=%C9%99").await.body, "/a/b?c=%C9%99");
    let echo_body = "(call $respond (i32.const 200) (local.get $body) (local.get $body_length))";
    host.deploy("body", &handler(&[], "", echo_body)).await;
    let large = "ə".repeat(500_000);
    let request = Request::post("/").body(Body::from(large.clone())).unwrap();
    assert!(host.send("body", request).await.body == large);
    let request = Request::post("/")
        .body(Body::from(vec![0; (1 << 20) + 1]))
        .unwrap();
    let refused = host.send("body", request).await;
    assert_eq!(refused.status, 413);
    let [line] = &host.logs("body")[..] else {
        panic!("one line")
    };
    assert_eq!(line.context, "request-too-large");
    assert!(refused.body.contains(&line.request.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn log_lines_reach_the_developer_with_the_request_id() {
    let host = host(Limits::default()).await;
    let import =
        r#"(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))"#;
    let say =
        format!("(call $log (i32.const 3) (i32.const 64) (i32.const 1) (i32.const 64) (i32.const 2)) {OK}");
    let component = handler(&["wasi:logging/logging@0.1.0-draft"], import, &say);
    let inspection = inspect(&component).unwrap();
    assert_eq!(inspection.kind, Kind::Handler);
    assert_eq!(inspection.capabilities, [Capability::Logging].into());
    host.deploy("talker", &component).await;
    let answer = host.get("talker", "/").await;
    let [line] = &host.logs("talker")[..] else {
        panic!("one line")
    };
    assert_eq!(
        (line.level.code(), line.context.as_str(), line.message.as_str()),
        ("warn", "o", "ok")
    );
    assert_eq!(line.request.id, answer.headers["x-request-id"].to_str().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_clock_stands_during_a_request() {
    let host = host(Limits::default()).await;
    let import = r#"(import "wasi:clocks/wall-clock@0.2.0" "now" (func $now (param i32)))"#;
    // The number of reads that differ from the first one, of a thousand.
    let read = r#"(call $now (i32.const 128))
        (i32.store8 (i32.const 64) (i32.const 48))
        (i32.store (i32.const 256) (i32.const 1000))
        (loop $again
          (call $now (i32.const 160))
          (if (i32.or
                (i64.ne (i64.load (i32.const 128)) (i64.load (i32.const 160)))
                (i32.ne (i32.load (i32.const 136)) (i32.load (i32.const 168))))
            (then (i32.store8 (i32.const 64) (i32.const 49))))
          (i32.store (i32.const 256) (i32.sub (i32.load (i32.const 256)) (i32.const 1)))
          (br_if $again (i32.load (i32.const 256))))
        (call $respond (i32.const 200) (i32.const 64) (i32.const 1))"#;
    host.deploy("clock", &handler(&["wasi:clocks/wall-clock@0.2.0"], import, read))
        .await;
    assert_eq!(host.get("clock", "/").await.body, "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_service_is_a_page() {
    let host = host(Limits::default()).await;
    let answer = host.get("nobody", "/").await;
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("<html lang=\"az\">"));
}
