//! Vetting runs.

use std::sync::Arc;
use std::time::Duration;

use aim_runtime::{DeployError, Limits, SmokeRequest};

use crate::proxy::{BEGIN, END, WRITE, proxy};
use crate::support::{Host, OK, handler, hashed, host, service};

/// What a vetting run of this component says about each of two requests: the status, and what went wrong.
async fn vetted(host: &Host, component: &[u8]) -> Vec<(u16, Option<String>)> {
    let service = Arc::new(service("new", component, aim_gov::grant::Capability::ALL));
    let requests = vec![SmokeRequest::get("/", None), SmokeRequest::get("/x", None)];
    let inspected = host.inspected(component).await;
    let report = host
        .runtime
        .smoke(service, &inspected, requests, Vec::new(), host.apis.clone())
        .await
        .unwrap();
    let answers = report.answers.iter();
    answers
        .map(|answer| (answer.status, answer.failure().map(str::to_owned)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn smoke_request_looks_like_a_browser() {
    let host = host(Limits::default()).await;
    let bare = format!("(if (i32.lt_u (local.get $headers_length) (i32.const 9)) (then unreachable)) {OK}");
    assert_eq!(
        vetted(&host, &handler(&[], "", &bare)).await,
        [(200, None), (200, None)]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_after_the_answer_is_the_smoke_runs() {
    let host = host(Limits {
        request_time: Duration::from_millis(500),
        ..Limits::default()
    })
    .await;
    let component = proxy(&format!("{BEGIN} {WRITE} {END} (loop $forever (br $forever))"));
    let late = (200, Some("deadline".to_owned()));
    assert_eq!(vetted(&host, &component).await, [late.clone(), late]);
}

#[tokio::test(flavor = "multi_thread")]
async fn crowd_of_citizens_is_not_the_components_fault() {
    let host = host(Limits {
        requests: 1,
        request_time: Duration::from_millis(500),
        ..Limits::default()
    })
    .await;
    let endless = handler(&[], "", "(loop $forever (br $forever)) unreachable");
    host.deploy("crowded", &endless).await;
    let component = handler(&[], "", OK);
    let id = aim_gov::invocation::ServiceId("any".to_owned());
    host.runtime.compile(&id, &hashed(&component)).await.unwrap();
    let (crowd, answers) = tokio::join!(host.get("crowded", "/"), vetted(&host, &component));
    assert_eq!(crowd.status, 504);
    assert_eq!(answers, [(200, None), (200, None)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn host_that_stops_is_not_the_components_fault() {
    let host = host(Limits::default()).await;
    let component = handler(&[], "", OK);
    let inspected = host.inspected(&component).await;
    assert!(host.runtime.stop().await);
    let service = Arc::new(service("new", &component, &[]));
    let requests = vec![SmokeRequest::get("/", None)];
    let report = host
        .runtime
        .smoke(service, &inspected, requests, Vec::new(), host.apis.clone())
        .await;
    assert!(matches!(report, Err(DeployError::Busy)), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn vetting_run_shows_answers_and_failures_and_deploys_nothing() {
    let host = host(Limits::default()).await;
    let import =
        r#"(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))"#;
    // Traps on every path longer than one character.
    let handle = format!(
        "(call $log (i32.const 3) (i32.const 64) (i32.const 1) (i32.const 64) (i32.const 2))
         (if (i32.gt_u (local.get $path_length) (i32.const 1)) (then unreachable)) {OK}"
    );
    let component = handler(&["wasi:logging/logging@0.1.0-draft"], import, &handle);
    let service = Arc::new(service("new", &component, aim_gov::grant::Capability::ALL));
    let requests = vec![SmokeRequest::get("/", None), SmokeRequest::get("/x", None)];
    let inspected = host.inspected(&component).await;
    let report = host
        .runtime
        .smoke(
            service.clone(),
            &inspected,
            requests,
            Vec::new(),
            host.apis.clone(),
        )
        .await
        .unwrap();
    let [good, bad] = &report.answers[..] else {
        panic!("{report:?}")
    };
    assert_eq!((good.status, good.failure(), good.logs.len()), (200, None, 1));
    assert_eq!(
        (bad.status, bad.failure(), bad.logs.len()),
        (502, Some("trap"), 2)
    );
    assert!(host.runtime.service(&service.id).is_none());
    assert_eq!(host.get("new", "/").await.status, 404);
}
