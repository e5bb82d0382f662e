//! What many or large requests of one service leave to the others.

use std::time::Duration;

use aim_runtime::limits::{LOG_LINE_BYTES_MAX, LOG_LINES_WAITING_MAX, MEMORY_ADMISSION_BYTES, MEMORY_SHARES};
use aim_runtime::{Limits, Source};

use crate::proxy::{BEGIN, END, WRITE, proxy};
use crate::support::{OK, handler, host};

/// Loops until its time is over.
const ENDLESS: &str = "(loop $forever (br $forever)) unreachable";
/// Counts to 100 million: tens of milliseconds of processor time.
const COUNT: &str = "(i32.store (i32.const 256) (i32.const 100000000))
    (loop $again
      (i32.store (i32.const 256) (i32.sub (i32.load (i32.const 256)) (i32.const 1)))
      (br_if $again (i32.load (i32.const 256))))";

fn seconds(request_time: u64) -> Limits {
    Limits {
        request_time: Duration::from_secs(request_time),
        ..Limits::default()
    }
}

/// As many loops as one service may have at once. Where they share threads with others, each answer of the
/// neighbour waits for a slice of most of them, and the loops end first.
#[tokio::test(flavor = "multi_thread")]
async fn loops_of_one_service_do_not_slow_others() {
    let host = host(seconds(3)).await;
    host.deploy("neighbour", &handler(&[], "", OK)).await;
    host.deploy("attacker", &handler(&[], "", ENDLESS)).await;
    let attacks = futures::future::join_all((0..16).map(|_| host.get("attacker", "/")));
    tokio::pin!(attacks);
    let neighbour = async {
        for _ in 0..300 {
            assert_eq!(host.get("neighbour", "/").await.status, 200);
        }
    };
    tokio::select! {
        biased;
        _ = &mut attacks => panic!("300 quick requests took longer than the loops"),
        () = neighbour => {}
    }
    assert!(attacks.await.iter().all(|answer| answer.status == 504));
}

/// One slice of it takes as long as a copy of its memory, which nothing interrupts.
#[tokio::test(flavor = "multi_thread")]
async fn copies_of_all_memory_end_at_the_deadline_and_do_not_slow_others() {
    let host = host(seconds(2)).await;
    let copy = "(drop (memory.grow (i32.const 2000)))
        (loop $forever
          (memory.copy (i32.const 65536) (i32.const 0) (i32.const 131000000)) (br $forever)) unreachable";
    host.deploy("neighbour", &handler(&[], "", OK)).await;
    host.deploy("attacker", &handler(&[], "", copy)).await;
    let attacks = futures::future::join_all((0..4).map(|_| host.get("attacker", "/")));
    tokio::pin!(attacks);
    let neighbour = async {
        for _ in 0..50 {
            assert_eq!(host.get("neighbour", "/").await.status, 200);
        }
    };
    tokio::select! {
        biased;
        _ = &mut attacks => panic!("50 quick requests took longer than the copies"),
        () = neighbour => {}
    }
    assert!(attacks.await.iter().all(|answer| answer.status == 504));
    assert_eq!(host.codes("attacker"), ["deadline"; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn long_request_calls_the_government_and_answers() {
    const LOGIN_REQUIRED: &str = "0";
    let host = host(Limits::default()).await;
    let import = r#"(import "aim:gov/identity@0.1.0" "current" (func $current (param i32)))"#;
    let ask = "(call $current (i32.const 128))
        (i32.store8 (i32.const 64) (i32.add (i32.const 48) (i32.load8_u (i32.const 132))))";
    let respond = "(call $respond (i32.const 200) (i32.const 64) (i32.const 1))";
    let handle = format!("{COUNT} {ask} {COUNT} {ask} {COUNT} {respond}");
    host.deploy("long", &handler(&["aim:gov/identity@0.1.0"], import, &handle))
        .await;
    let answers = futures::future::join_all((0..4).map(|_| host.get("long", "/"))).await;
    for answer in answers {
        assert_eq!((answer.status, answer.body.as_str()), (200, LOGIN_REQUIRED));
    }
    assert!(host.runtime.stop().await, "a place was not given back");
}

#[tokio::test(flavor = "multi_thread")]
async fn long_request_streams_its_answer() {
    let host = host(Limits::default()).await;
    let handle = format!("{BEGIN} {WRITE} {COUNT} {WRITE} {COUNT} {WRITE} {END} {COUNT}");
    host.deploy("long", &proxy(&handle)).await;
    let answers = futures::future::join_all((0..4).map(|_| host.get("long", "/"))).await;
    for answer in answers {
        assert_eq!((answer.status, answer.body.as_str()), (200, "okokok"));
    }
    assert!(host.runtime.stop().await, "a place was not given back");
    assert_eq!(host.codes("long"), [""; 0]);
}

/// A trap on the background threads is the same as any other.
#[tokio::test(flavor = "multi_thread")]
async fn long_request_that_traps_is_a_page() {
    let host = host(Limits::default()).await;
    host.deploy("long", &handler(&[], "", &format!("{COUNT} unreachable")))
        .await;
    assert_eq!(host.get("long", "/").await.status, 502);
    assert_eq!(host.codes("long"), ["trap"]);
}

/// The service's share of the memory is one request's; another service has its own.
#[tokio::test(flavor = "multi_thread")]
async fn memory_of_all_requests_is_bounded() {
    let limits = Limits {
        memory_total_bytes: 2 * MEMORY_SHARES * MEMORY_ADMISSION_BYTES,
        ..seconds(1)
    };
    let host = host(limits).await;
    // More than is left of the share if another request is to be taken in.
    let pages = MEMORY_ADMISSION_BYTES / 65_536 + 16;
    let grow = format!(
        "(if (i32.eq (local.get $path_length) (i32.const 1)) (then (return {OK})))
         (drop (memory.grow (i32.const {pages}))) {ENDLESS}"
    );
    host.deploy("large", &handler(&[], "", &grow)).await;
    host.deploy("neighbour", &handler(&[], "", OK)).await;
    let large = host.get("large", "/large");
    tokio::pin!(large);
    let full = async {
        while host.get("large", "/").await.status == 200 {}
        let answer = host.get("large", "/").await;
        assert_eq!(
            (answer.status, &answer.headers["retry-after"]),
            (503, &"1".parse().unwrap())
        );
        assert_eq!(host.get("neighbour", "/").await.status, 200);
    };
    tokio::select! {
        biased;
        _ = &mut large => panic!("the service's memory was never full"),
        () = full => {}
    }
    assert_eq!(large.await.status, 504);
    // It is given back with the instance, on a thread that is not this one.
    while host.get("large", "/").await.status == 503 {}
    assert_eq!(host.get("large", "/").await.status, 200);
}

/// Memory of this process that is not from files, in KiB.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let lines = status.lines();
    let sum = lines
        .filter(|line| line.starts_with("RssAnon:") || line.starts_with("RssShmem:"))
        .map(|line| line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap());
    sum.sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_given_back_when_a_request_ends() {
    const KEPT_KIB_MAX: u64 = 64 << 10;
    let host = host(Limits::default()).await;
    // 32 MiB, each page written.
    let fill = format!(
        "(drop (memory.grow (i32.const 512)))
         (memory.fill (i32.const 131072) (i32.const 7) (i32.const 33554432)) {OK}"
    );
    host.deploy("large", &handler(&[], "", &fill)).await;
    assert_eq!(host.get("large", "/").await.status, 200);
    let before = resident_kib();
    let crowd = futures::future::join_all((0..8).map(|_| host.get("large", "/"))).await;
    assert!(crowd.iter().all(|answer| answer.status == 200));
    let kept = resident_kib().saturating_sub(before);
    assert!(kept < KEPT_KIB_MAX, "{kept} KiB are held by nobody");
    for _ in 0..200 {
        assert_eq!(host.get("large", "/").await.status, 200);
    }
    let kept = resident_kib().saturating_sub(before);
    assert!(kept < KEPT_KIB_MAX, "{kept} KiB are held after 200 requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn storm_of_traps_fills_no_log() {
    let host = host(Limits::default()).await;
    let deeper = "(func $deeper (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then unreachable))
        (i32.add (call $deeper (i32.sub (local.get 0) (i32.const 1))) (local.get 0)))";
    let trap = "(drop (call $deeper (i32.const 1000))) unreachable";
    host.deploy("storm", &handler(&[], deeper, trap)).await;
    for _ in 0..LOG_LINES_WAITING_MAX + 200 {
        assert_eq!(host.get("storm", "/").await.status, 502);
    }
    let lines = host.logs("storm");
    assert_eq!(lines.len(), LOG_LINES_WAITING_MAX);
    for line in lines {
        assert_eq!((line.source, line.context.as_str()), (Source::Host, "trap"));
        assert!(line.message.len() <= LOG_LINE_BYTES_MAX + '…'.len_utf8());
    }
}
