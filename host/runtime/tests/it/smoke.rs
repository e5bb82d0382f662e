//! Vetting runs.

use std::sync::Arc;

use aim_runtime::{Limits, SmokeRequest};

use crate::support::{OK, bytes, handler, host, service};

#[tokio::test(flavor = "multi_thread")]
async fn a_vetting_run_shows_answers_and_failures_and_deploys_nothing() {
    let host = host(Limits::default()).await;
    let import =
        r#"(import "wasi:logging/logging@0.1.0-draft" "log" (func $log (param i32 i32 i32 i32 i32)))"#;
    // Traps on every path longer than one character.
    let handle = format!(
        "(call $log (i32.const 3) (i32.const 64) (i32.const 1) (i32.const 64) (i32.const 2))
         (if (i32.gt_u (local.get $path_length) (i32.const 1)) (then unreachable)) {OK}"
    );
    let component = handler(&["wasi:logging/logging@0.1.0-draft"], import, &handle);
    let service = Arc::new(service("new", &component, &aim_gov::grant::Capability::ALL));
    let requests = vec![SmokeRequest::get("/", None), SmokeRequest::get("/x", None)];
    let report = host
        .runtime
        .smoke(service.clone(), bytes(&component), requests, host.apis.clone())
        .await
        .unwrap();
    let [good, bad] = &report.answers[..] else {
        panic!("{report:?}")
    };
    assert_eq!(
        (good.status, good.body.as_str(), good.failure(), good.logs.len()),
        (200, "ok", None, 1)
    );
    assert_eq!(
        (bad.status, bad.failure(), bad.logs.len()),
        (502, Some("trap"), 2)
    );
    assert!(host.runtime.service(&service.id).is_none());
    assert_eq!(host.get("new", "/").await.status, 404);
}
