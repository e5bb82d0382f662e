//! Each limit, broken by a component, while a well-behaved neighbour goes on answering.

use std::time::Duration;

use aim_runtime::Limits;
use aim_runtime::limits::{
    HOSTCALL_BYTES_MAX, RANDOM_BYTES_MAX, REQUEST_BODIES_PER_SERVICE_MAX, RESPONSE_BODY_BYTES_MAX,
};
use axum::body::Body;
use http::Request;

use crate::support::{Host, OK, handler, host};

fn short() -> Limits {
    Limits {
        request_time: Duration::from_millis(500),
        ..Limits::default()
    }
}

/// A host with `attacker` and a neighbour; what the attacker's citizen gets, and the developer's codes.
async fn attack(limits: Limits, component: &[u8]) -> (u16, Vec<String>) {
    let host = host(limits).await;
    host.deploy("neighbour", &handler(&[], "", OK)).await;
    host.deploy("attacker", component).await;
    let (attacked, neighbour) = tokio::join!(host.get("attacker", "/"), answers(&host, 20));
    assert!(neighbour, "the neighbour stopped answering");
    let page = attacked.status == 200 || attacked.body.contains("<main");
    assert!(page, "not a page: {}", attacked.body);
    assert!(
        answers(&host, 5).await,
        "the neighbour stopped answering afterwards"
    );
    (attacked.status, host.codes("attacker"))
}

async fn answers(host: &Host, times: usize) -> bool {
    for _ in 0..times {
        if host.get("neighbour", "/").await.status != 200 {
            return false;
        }
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn loop_ends_at_the_deadline() {
    let component = handler(&[], "", "(loop $forever (br $forever)) unreachable");
    assert_eq!(
        attack(short(), &component).await,
        (504, vec!["deadline".to_owned()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn loop_in_the_start_function_ends_too() {
    let start = "(func $start (loop $forever (br $forever))) (start $start)";
    assert_eq!(attack(short(), &handler(&[], start, OK)).await.0, 504);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_bounded() {
    let grow = "(if (i32.ne (memory.grow (i32.const 200)) (i32.const -1)) (then (return (call $respond
                  (i32.const 200) (i32.const 64) (i32.const 2))))) unreachable";
    let limits = Limits {
        memory_bytes: 4 << 20,
        ..short()
    };
    assert_eq!(
        attack(limits, &handler(&[], "", grow)).await,
        (502, vec!["memory-limit".to_owned()])
    );
    // The same component within the limit: the control is what refused.
    assert_eq!(attack(short(), &handler(&[], "", grow)).await, (200, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_bounded() {
    let grow =
        "(if (i32.ne (table.grow (ref.null func) (i32.const 1000000)) (i32.const -1)) (then (return (call
                  $respond (i32.const 200) (i32.const 64) (i32.const 2))))) unreachable";
    let component = handler(&[], "(table 1 funcref)", grow);
    assert_eq!(
        attack(short(), &component).await,
        (502, vec!["memory-limit".to_owned()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn recursion_is_bounded() {
    let deeper = "(func $deeper (param i32) (result i32)
                    (i32.add (call $deeper (i32.add (local.get 0) (i32.const 1))) (local.get 0)))";
    let component = handler(&[], deeper, &format!("(drop (call $deeper (i32.const 0))) {OK}"));
    assert_eq!(
        attack(short(), &component).await,
        (502, vec!["stack-overflow".to_owned()])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn output_is_bounded() {
    let flood = |bytes: usize| {
        let handle = format!(
            "(drop (memory.grow (i32.const 100)))
             (call $respond (i32.const 200) (i32.const 64) (i32.const {bytes}))"
        );
        handler(&[], "", &handle)
    };
    // What one call may copy, and within that, what a body may have: each control by itself.
    for (bytes, code) in [
        (HOSTCALL_BYTES_MAX + 1, "host-call-limit"),
        (RESPONSE_BODY_BYTES_MAX + 1, "bad-response"),
    ] {
        assert_eq!(
            attack(short(), &flood(bytes)).await,
            (502, vec![code.to_owned()]),
            "{bytes}"
        );
    }
    let all = flood(RESPONSE_BODY_BYTES_MAX);
    assert_eq!(attack(short(), &all).await, (200, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn argument_of_a_host_call_is_bounded() {
    let import =
        r#"(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))"#;
    let say = format!(
        "(drop (memory.grow (i32.const 100)))
         (call $log (i32.const 3) (i32.const 64) (i32.const 1) (i32.const 64) (i32.const 4194304)) {OK}"
    );
    let component = handler(&["wasi:logging/logging@0.1.0-draft"], import, &say);
    let (status, codes) = attack(short(), &component).await;
    assert_eq!((status, codes), (502, vec!["host-call-limit".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn randomness_is_bounded() {
    let import = r#"(import "wasi:random/random@0.2.0" "get-random-bytes" (func $random (param i64 i32)))"#;
    for (bytes, status) in [
        (u64::MAX, 502),
        (RANDOM_BYTES_MAX + 1, 502),
        (RANDOM_BYTES_MAX, 200),
    ] {
        let ask = format!("(call $random (i64.const {bytes}) (i32.const 128)) {OK}");
        let component = handler(&["wasi:random/random@0.2.0"], import, &ask);
        assert_eq!(attack(short(), &component).await.0, status, "{bytes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn response_outside_http_is_refused() {
    for status in ["99", "199", "600", "1000"] {
        let respond = format!("(call $respond (i32.const {status}) (i32.const 64) (i32.const 2))");
        let (got, codes) = attack(short(), &handler(&[], "", &respond)).await;
        assert_eq!((got, codes), (502, vec!["bad-response".to_owned()]), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_at_once_are_told_to_come_back() {
    let host = host(Limits {
        requests_per_service: 1,
        ..short()
    })
    .await;
    host.deploy("neighbour", &handler(&[], "", OK)).await;
    host.deploy(
        "attacker",
        &handler(&[], "", "(loop $forever (br $forever)) unreachable"),
    )
    .await;
    let attacks = futures::future::join_all((0..4).map(|_| host.get("attacker", "/")));
    let (attacked, neighbour) = tokio::join!(attacks, answers(&host, 5));
    assert!(neighbour);
    let mut statuses: Vec<_> = attacked.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [503, 503, 503, 504]);
    for busy in attacked.iter().filter(|answer| answer.status == 503) {
        assert_eq!(busy.headers["retry-after"], "1");
    }
}

/// As many as may send to one service at once, each of whom never ends.
#[tokio::test(flavor = "multi_thread")]
async fn slow_senders_hold_nobodys_turn_and_shut_nobody_elses_form() {
    let host = host(Limits {
        requests_per_service: 1,
        ..short()
    })
    .await;
    host.deploy("attacked", &handler(&[], "", OK)).await;
    host.deploy("neighbour", &handler(&[], "", OK)).await;
    let post = |service: &'static str, body: Body| host.send(service, Request::post("/").body(body).unwrap());
    let never = || Body::from_stream(futures::stream::pending::<Result<bytes::Bytes, std::io::Error>>());
    // Twice as many as all services together may be sent.
    let mut slow: Vec<_> = (0..512).map(|_| Box::pin(post("attacked", never()))).collect();
    for sending in slow.iter_mut().take(REQUEST_BODIES_PER_SERVICE_MAX) {
        assert!(futures::poll!(sending).is_pending());
    }
    for sending in &mut slow {
        // The others wait for a place, or are told to come back.
        let _ = futures::poll!(sending);
    }
    assert_eq!(host.get("attacked", "/").await.status, 200);
    assert_eq!(post("neighbour", Body::from("a=b")).await.status, 200);
    assert_eq!(post("attacked", Body::from("a=b")).await.status, 503);
    assert!(futures::poll!(&mut slow[0]).is_pending());
}
