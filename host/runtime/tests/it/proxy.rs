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
    proxy_with_data(more, "", handle)
}

/// The same with further data.
fn proxy_with_data(more: &str, data: &str, handle: &str) -> Vec<u8> {
    let module = format!(
        r#"(module {more}
        (import "wasi:http/types@0.2.0" "[constructor]fields" (func $new-fields (result i32)))
        (import "wasi:http/types@0.2.0" "[method]fields.append"
          (func $append (param i32 i32 i32 i32 i32 i32)))
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
        (data (i32.const 300) "content-length")
        (data (i32.const 320) "10000000")
        (data (i32.const 330) "content-type")
        (data (i32.const 350) "text/html")
        {data}
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "wasi:http/incoming-handler@0.2.0#handle") (param $request i32) (param $out i32)
          (local $fields i32) (local $response i32) (local $body i32) (local $stream i32) {handle}))"#
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
async fn wasi_http_component_is_recognised_and_answers() {
    assert_eq!(inspect(&proxy("")).unwrap().kind, Kind::WasiHttp);
    let host = serving(&format!("{BEGIN} {WRITE} {WRITE} {END}")).await;
    for _ in 0..10 {
        assert_eq!(read(&host).await, (200, b"okok".to_vec(), true));
    }
    assert_eq!(host.codes("proxy"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_after_the_response_does_not_hold_the_browser() {
    let endless = format!("{BEGIN} {WRITE} {END} (loop $forever (br $forever))");
    let host = serving_for(DRAIN_TIME / 4, &endless).await;
    assert_eq!(read(&host).await, (200, b"ok".to_vec(), true));
    // It goes on: its end would be the deadline, which the log would show.
    assert_eq!(host.codes("proxy"), [""; 0]);
    // It is ended all the same, and its place is free again before the host stops.
    assert!(host.runtime.stop().await);
    assert_eq!(host.codes("proxy"), ["deadline"]);
}

/// Begins a response that declares a length, of so many digits of 10000000.
fn begin_declared(digits: u32) -> String {
    let (_, begun) = BEGIN.split_once('\n').unwrap();
    format!(
        "(local.set $fields (call $new-fields))
         (call $append (local.get $fields) (i32.const 300) (i32.const 14) (i32.const 320) (i32.const {digits})
           (i32.const 16))
         (local.set $response (call $new-response (local.get $fields)))
         {begun}"
    )
}

/// Gives others their turn between the response's beginning and its end, as the clock of the guests does now and then.
const PAUSE: &str = "(call $block (call $timer (i64.const 15000000)))";
const TIMER: &str = r#"
    (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $timer (param i64) (result i32)))
    (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))"#;

#[tokio::test(flavor = "multi_thread")]
async fn body_shorter_than_declared_is_a_page_whenever_its_end_comes() {
    let host = host(Limits::default()).await;
    for (declared, length) in [(2, 10), (8, 10_000_000)] {
        let begin = begin_declared(declared);
        for (end, code) in [
            (END, "bad-response"),
            ("", "bad-response"),
            ("unreachable", "trap"),
        ] {
            for pause in ["", PAUSE] {
                let handle = format!("{begin} {WRITE} {pause} {WRITE} {pause} {end}");
                host.deploy("proxy", &proxy_with(TIMER, &handle)).await;
                let answer = host.get("proxy", "/").await;
                assert_eq!(answer.status, 502, "{handle}");
                let lines = host.logs("proxy");
                let line = lines.last().unwrap();
                assert_eq!(line.context, code, "{handle}");
                if code == "bad-response" {
                    let told = format!("the body ended after 4 of the {length} bytes");
                    assert!(line.message.starts_with(&told), "{}", line.message);
                }
            }
        }
    }
    // As long as it says.
    let writes = WRITE.repeat(5);
    let whole = format!("{} {writes} {PAUSE} {END}", begin_declared(2));
    host.deploy("whole", &proxy_with(TIMER, &whole)).await;
    assert_eq!(host.get("whole", "/").await.body, "okokokokok");
}

/// The head has left; the browser must learn that the rest is missing, and get what was written.
#[tokio::test(flavor = "multi_thread")]
async fn body_that_ends_early_in_the_middle_is_handed_out_before_it_breaks_off() {
    use futures::FutureExt as _;

    let flood = "(call $write (local.get $stream) (i32.const 0) (i32.const 4096) (i32.const 16))".repeat(20);
    let host = serving(&format!("{} {flood} {END}", begin_declared(8))).await;
    let request = Request::get("/").body(Body::empty()).unwrap();
    let id = ServiceId("proxy".to_owned());
    let mut response = host.runtime.handle(&id, None, request).await;
    assert_eq!(response.status(), 200);
    let mut sent = 0;
    loop {
        // A server sends what it holds where the body has nothing ready, and drops it where the body fails.
        let frame = response.body_mut().frame().now_or_never();
        match frame {
            Some(Some(Ok(frame))) => sent += frame.into_data().unwrap().len(),
            Some(other) => panic!("it failed at once: {other:?}"),
            None if sent == 20 * 4096 => break,
            None => tokio::task::yield_now().await,
        }
    }
    assert!(response.body_mut().frame().await.unwrap().is_err());
    assert_eq!(host.codes("proxy"), ["bad-response"]);
}

/// Two pieces of one tag, with a pause between them.
#[tokio::test(flavor = "multi_thread")]
async fn streamed_page_is_filtered_piece_by_piece() {
    let host = host(Limits::default()).await;
    let (_, begun) = BEGIN.split_once('\n').unwrap();
    let data = r#"
        (data (i32.const 400) "<p>first</p><a href=https://evil.exa")
        (data (i32.const 450) "mple/?data>x</a><link rel=preconnect href=//evil.example>")
        (data (i32.const 520) "93")"#;
    // One whose length is declared is read to its end first, and filtered as a whole.
    let declared =
        "(call $append (local.get $fields) (i32.const 300) (i32.const 14) (i32.const 520) (i32.const 2)
               (i32.const 16))";
    for (name, length) in [("pieces", ""), ("whole", declared)] {
        let handle = format!(
            "(local.set $fields (call $new-fields))
             (call $append (local.get $fields) (i32.const 330) (i32.const 12) (i32.const 350) (i32.const 9)
               (i32.const 16))
             {length}
             (local.set $response (call $new-response (local.get $fields)))
             {begun}
             (call $write (local.get $stream) (i32.const 400) (i32.const 36) (i32.const 16))
             {PAUSE}
             (call $write (local.get $stream) (i32.const 450) (i32.const 57) (i32.const 16))
             {PAUSE} {END}"
        );
        // Imports come before data in a module's text.
        host.deploy(name, &proxy_with_data(TIMER, data, &handle)).await;
        let answer = host.get(name, "/").await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.body, "<p>first</p><a href=\"/.aim/leave?to=https%3A%2F%2Fevil.example%2F%3Fdata\">x</a> ",
            "{name}"
        );
        assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(host.codes(name), ["html-removed"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_response_becomes_an_error_page() {
    let host = serving("").await;
    assert_eq!(host.get("proxy", "/").await.status, 502);
    assert_eq!(host.codes("proxy"), ["no-response"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_before_the_response_is_a_page_and_after_it_breaks_the_body_off() {
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
async fn loop_is_a_page_before_the_response_and_breaks_the_body_off_after_it() {
    let host = serving("(loop $forever (br $forever))").await;
    assert_eq!(read(&host).await.0, 504);
    assert_eq!(host.codes("proxy"), ["deadline"]);
    let host = serving(&format!("{BEGIN} {WRITE} (loop $forever (br $forever))")).await;
    assert_eq!(read(&host).await, (200, b"ok".to_vec(), false));
    assert_eq!(host.codes("proxy"), ["deadline"]);
}

/// Its reader takes nothing, so nobody asks the body for more: the deadline holds all the same.
#[tokio::test(flavor = "multi_thread")]
async fn browser_that_does_not_read_ends_the_service_at_the_deadline() {
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
async fn request_names_the_scheme_of_the_services_origin() {
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
async fn guest_that_sleeps_until_an_instant_wakes_up() {
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
async fn status_outside_http_is_refused() {
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
async fn stream_without_end_is_cut() {
    let flood = "(loop $more (call $write (local.get $stream) (i32.const 0) (i32.const 4096) (i32.const 16)) (br $more))";
    let host = serving(&format!("{BEGIN} {flood}")).await;
    let (status, body, whole) = read(&host).await;
    assert_eq!((status, whole), (200, false));
    assert!(body.len() <= 16 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_that_goes_away_ends_the_service() {
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
