//! Components of the other kind, `wasi:http/incoming-handler`: whole answers, streams, and what breaks.

use std::time::Duration;

use aim_gov::invocation::ServiceId;
use aim_runtime::limits::DRAIN_TIME;
use aim_runtime::{Kind, Limits, inspect};
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::support::{Host, bytes, host, service};

/// Begins a response, and leaves its stream in `$stream` and its body in `$body`.
pub const BEGIN: &str = "(local.set $response (call $new-response (call $new-fields)))
    (call $response-body (local.get $response) (i32.const 16)) (local.set $body (i32.load (i32.const 20)))
    (call $respond (local.get $out) (i32.const 0) (local.get $response) (i32.const 0) (i64.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (call $body-write (local.get $body) (i32.const 16)) (local.set $stream (i32.load (i32.const 20)))";
/// Writes `ok`.
pub const WRITE: &str = "(call $write (local.get $stream) (i32.const 64) (i32.const 2) (i32.const 16))";
/// Ends the response.
pub const END: &str = "(call $drop-stream (local.get $stream))
    (call $finish (local.get $body) (i32.const 0) (i32.const 0) (i32.const 128))";

/// A component whose handler does this.
pub fn proxy(handle: &str) -> Vec<u8> {
    proxy_with("", handle)
}

/// The same with further imports.
fn proxy_with(more: &str, handle: &str) -> Vec<u8> {
    let module = format!(
        r#"(module {more}
        (import "wasi:http/types@0.2.0" "[constructor]fields" (func $new-fields (result i32)))
        (import "wasi:http/types@0.2.0" "[constructor]outgoing-response" (func $new-response (param i32) (result i32)))
        (import "wasi:http/types@0.2.0" "[method]incoming-request.scheme" (func $scheme (param i32 i32)))
        (import "wasi:http/types@0.2.0" "[method]outgoing-response.set-status-code"
          (func $set-status (param i32 i32) (result i32)))
        (import "wasi:http/types@0.2.0" "[method]outgoing-response.body" (func $response-body (param i32 i32)))
        (import "wasi:http/types@0.2.0" "[method]outgoing-body.write" (func $body-write (param i32 i32)))
        (import "wasi:http/types@0.2.0" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
        (import "wasi:http/types@0.2.0" "[static]response-outparam.set"
          (func $respond (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
        (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
          (func $write (param i32 i32 i32 i32)))
        (import "wasi:io/streams@0.2.0" "[resource-drop]output-stream" (func $drop-stream (param i32)))
        (memory (export "memory") 2)
        (data (i32.const 64) "ok")
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "wasi:http/incoming-handler@0.2.0#handle") (param $request i32) (param $out i32)
          (local $response i32) (local $body i32) (local $stream i32) {handle}))"#
    );
    let mut module = wat::parse_str(&module).unwrap();
    let mut resolve = Resolve::default();
    let package = resolve.push_str("proxy.wit", include_str!("proxy.wit")).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .encode()
        .unwrap()
}

async fn serving(handle: &str) -> Host {
    serving_for(Duration::from_millis(500), handle).await
}

async fn serving_for(request_time: Duration, handle: &str) -> Host {
    let limits = Limits {
        request_time,
        ..Limits::default()
    };
    let host = host(limits).await;
    host.deploy("proxy", &proxy(handle)).await;
    host
}

/// Status, body, and whether the body came to its end.
async fn read(host: &Host) -> (u16, Vec<u8>, bool) {
    let request = Request::get("/").body(Body::empty()).unwrap();
    let response = host
        .runtime
        .handle(&ServiceId("proxy".to_owned()), None, request)
        .await;
    let status = response.status().as_u16();
    let (mut body, mut bytes) = (response.into_body(), Vec::new());
    loop {
        match body.frame().await {
            None => return (status, bytes, true),
            Some(Err(_)) => return (status, bytes, false),
            Some(Ok(frame)) => bytes.extend(frame.into_data().unwrap()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_told_apart_and_answers() {
    assert_eq!(inspect(&proxy("")).unwrap().kind, Kind::WasiHttp);
    let host = serving(&format!("{BEGIN} {WRITE} {WRITE} {END}")).await;
    for _ in 0..10 {
        assert_eq!(read(&host).await, (200, b"okok".to_vec(), true));
    }
    assert_eq!(host.codes("proxy"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_does_after_the_response_does_not_hold_the_browser() {
    let endless = format!("{BEGIN} {WRITE} {END} (loop $forever (br $forever))");
    let host = serving_for(DRAIN_TIME / 4, &endless).await;
    assert_eq!(read(&host).await, (200, b"ok".to_vec(), true));
    // It goes on: its end would be the deadline, which the log would show.
    assert_eq!(host.codes("proxy"), [""; 0]);
    // It is ended all the same, and its place is free again before the host stops.
    assert!(host.runtime.stop().await);
    assert_eq!(host.codes("proxy"), ["deadline"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_response_is_a_page() {
    let host = serving("").await;
    assert_eq!(host.get("proxy", "/").await.status, 502);
    assert_eq!(host.codes("proxy"), ["no-response"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_before_the_response_is_a_page_and_after_it_breaks_the_body_off() {
    let host = serving("unreachable").await;
    assert_eq!(read(&host).await.0, 502);
    assert_eq!(host.codes("proxy"), ["trap"]);
    // The third write waits until the browser has read the first one.
    let host = serving(&format!(
        "{BEGIN} {WRITE} {WRITE} {WRITE} {WRITE} {WRITE} unreachable"
    ))
    .await;
    let (status, body, whole) = read(&host).await;
    assert_eq!((status, whole), (200, false));
    assert!(body.starts_with(b"ok"));
    assert_eq!(host.codes("proxy"), ["trap"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loop_is_a_page_before_the_response_and_breaks_the_body_off_after_it() {
    let host = serving("(loop $forever (br $forever))").await;
    assert_eq!(read(&host).await.0, 504);
    assert_eq!(host.codes("proxy"), ["deadline"]);
    let host = serving(&format!("{BEGIN} {WRITE} (loop $forever (br $forever))")).await;
    assert_eq!(read(&host).await, (200, b"ok".to_vec(), false));
    assert_eq!(host.codes("proxy"), ["deadline"]);
}

/// Its reader takes nothing, so nobody asks the body for more: the deadline holds all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_does_not_read_ends_the_service_at_the_deadline() {
    let host = serving(&format!("{BEGIN} {WRITE} {WRITE} {WRITE} {WRITE} {WRITE} {END}")).await;
    let request = Request::get("/").body(Body::empty()).unwrap();
    let id = ServiceId("proxy".to_owned());
    let mut response = host.runtime.handle(&id, None, request).await;
    assert_eq!(response.status(), 200);
    assert!(host.runtime.stop().await, "its place is free again");
    assert_eq!(host.codes("proxy"), ["deadline"]);
    assert!(response.body_mut().frame().await.unwrap().is_err());
    assert!(response.body_mut().frame().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_names_the_scheme_of_the_services_origin() {
    let host = host(Limits::default()).await;
    for (origin, scheme) in [
        ("http://proxy.localhost:8080", 0),
        ("https://proxy.example.az", 1),
    ] {
        let component = proxy(&format!(
            "(call $scheme (local.get $request) (i32.const 200))
             (if (i32.ne (i32.load8_u (i32.const 204)) (i32.const {scheme})) (then unreachable))
             {BEGIN} {WRITE} {END}"
        ));
        let mut service = service("proxy", &component, &[]);
        service.origin = origin.to_owned();
        host.runtime
            .deploy(service.into(), bytes(&component))
            .await
            .unwrap();
        assert_eq!(host.get("proxy", "/").await.body, "ok", "{origin}");
    }
}

/// Programs sleep until a moment, and sleep on where it has not come.
#[tokio::test(flavor = "multi_thread")]
async fn who_sleeps_until_a_moment_wakes_up() {
    let host = host(Limits::default()).await;
    let import = r#"
        (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $now (result i64)))
        (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $timer (param i64) (result i32)))
        (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))"#;
    let sleep = format!(
        "(i64.store (i32.const 200) (i64.add (call $now) (i64.const 15000000)))
         (loop $again
           (call $block (call $timer (i64.const 15000000)))
           (br_if $again (i64.lt_u (call $now) (i64.load (i32.const 200)))))
         {BEGIN} {WRITE} {END}"
    );
    host.deploy("sleeper", &proxy_with(import, &sleep)).await;
    assert_eq!(host.get("sleeper", "/").await.body, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_outside_http_is_refused() {
    let status = "(drop (call $set-status (local.get $response) (i32.const 700)))";
    let (made, begun) = BEGIN.split_once('\n').unwrap();
    let host = serving(&format!("{made} {status} {begun} {WRITE} {END}")).await;
    assert_eq!(host.get("proxy", "/").await.status, 502);
    assert_eq!(host.codes("proxy"), ["bad-response"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn resources_of_the_host_are_bounded() {
    let host = serving("(loop $more (drop (call $new-fields)) (br $more))").await;
    assert_eq!(host.get("proxy", "/").await.status, 502);
    assert_eq!(host.codes("proxy"), ["handle-limit"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_without_end_is_cut() {
    let flood = "(loop $more (call $write (local.get $stream) (i32.const 0) (i32.const 4096) (i32.const 16)) (br $more))";
    let host = serving(&format!("{BEGIN} {flood}")).await;
    let (status, body, whole) = read(&host).await;
    assert_eq!((status, whole), (200, false));
    assert!(body.len() <= 16 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_goes_away_ends_the_service() {
    let endless = format!("{BEGIN} {WRITE} (loop $forever (br $forever))");
    let host = serving_for(DRAIN_TIME * 2, &endless).await;
    let request = Request::get("/").body(Body::empty()).unwrap();
    let response = host
        .runtime
        .handle(&ServiceId("proxy".to_owned()), None, request)
        .await;
    assert_eq!(response.status(), 200);
    drop(response);
    // Waits for DRAIN_TIME: its own deadline would be later.
    assert!(host.runtime.stop().await);
}
