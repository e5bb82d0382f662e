//! What may be deployed, what replaces what, and what is loaded from disk.

use std::sync::Arc;

use aim_gov::grant::Capability;
use aim_gov::invocation::ServiceId;
use aim_runtime::{DeployError, Finding, Limits};
use axum::body::Body;
use http::Request;

use crate::support::{OK, artefacts, asks, bytes, handler, host, service, start};

fn says(letter: char) -> Vec<u8> {
    let code = u32::from(letter);
    handler(
        &[],
        "",
        &format!(
            "(i32.store8 (i32.const 64) (i32.const {code}))
             (call $respond (i32.const 200) (i32.const 64) (i32.const 1))"
        ),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn other_bytes_than_approved_are_refused_and_the_old_version_stays() {
    let host = host(Limits::default()).await;
    let (old, new) = (says('1'), says('2'));
    host.deploy("swap", &old).await;
    let approved = service("swap", &old, &[]);
    let refused = host.runtime.deploy(Arc::new(approved), bytes(&new)).await;
    assert!(matches!(refused, Err(DeployError::Digest { .. })), "{refused:?}");
    assert_eq!(host.get("swap", "/").await.body, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn component_with_ungranted_imports_is_not_deployed() {
    let host = host(Limits::default()).await;
    let component = handler(
        &["wasi:random/random@0.2.0"],
        r#"(import "wasi:random/random@0.2.0" "get-random-u64" (func (result i64)))"#,
        OK,
    );
    let granted_nothing = service("greedy", &component, &[Capability::Logging]);
    let refused = host
        .runtime
        .deploy(Arc::new(granted_nothing), bytes(&component))
        .await;
    assert!(
        matches!(refused, Err(DeployError::NotGranted("random"))),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn core_module_is_not_deployed() {
    let host = host(Limits::default()).await;
    let refused = host
        .runtime
        .deploy(Arc::new(service("elf", b"\x7fELF", &[])), bytes(b"\x7fELF"))
        .await;
    let Err(DeployError::Inspect(findings)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(findings, [Finding::Elf]);
}

#[tokio::test(flavor = "multi_thread")]
async fn replacement_loses_no_request() {
    let host = Arc::new(host(Limits::default()).await);
    host.deploy("live", &says('1')).await;
    let asking = tokio::spawn({
        let host = host.clone();
        async move {
            let mut seen = String::new();
            while !seen.ends_with("22") {
                let answer = host.get("live", "/").await;
                assert_eq!(answer.status, 200);
                seen.push_str(&answer.body);
            }
            seen
        }
    });
    host.deploy("live", &says('2')).await;
    let seen = asking.await.unwrap();
    assert!(!seen.contains("21"), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn suspended_service_is_a_page_at_once_and_a_removed_one_is_gone() {
    let host = host(Limits::default()).await;
    host.deploy("bad", &says('1')).await;
    let id = ServiceId("bad".to_owned());
    host.runtime.suspend(&id);
    assert!(host.runtime.service(&id).unwrap().is_stopped());
    assert_eq!(host.get("bad", "/").await.status, 503);
    host.deploy("bad", &says('2')).await;
    assert_eq!(host.get("bad", "/").await.body, "2");
    host.runtime.remove(&id);
    assert_eq!(host.get("bad", "/").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn suspension_stops_the_version_before_as_well() {
    let host = host(Limits::default()).await;
    let id = ServiceId("bad".to_owned());
    host.deploy("bad", &says('1')).await;
    // As a request under way holds it.
    let before = host.runtime.service(&id).unwrap();
    host.deploy("bad", &says('2')).await;
    assert!(!before.is_stopped());
    host.runtime.suspend(&id);
    assert!(before.is_stopped());
    host.deploy("bad", &says('2')).await;
    assert!(before.is_stopped(), "what was stopped stays so");
    assert_eq!(host.get("bad", "/").await.body, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn suspension_stops_requests_that_are_on_their_way() {
    let host = host(Limits::default()).await;
    host.deploy("bad", &says('1')).await;
    let (sender, body) = futures::channel::mpsc::unbounded::<Result<bytes::Bytes, std::io::Error>>();
    let request = Request::post("/").body(Body::from_stream(body)).unwrap();
    let sending = host.send("bad", request);
    tokio::pin!(sending);
    assert!(futures::poll!(&mut sending).is_pending());
    host.runtime.suspend(&ServiceId("bad".to_owned()));
    drop(sender);
    assert_eq!(sending.await.status, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_version_has_no_new_allowance_of_calls() {
    const ALLOWED: &str = "1";
    const LIMIT_EXCEEDED: &str = "7";
    let host = host(Limits::default()).await;
    let component = asks(1);
    let get = async || host.get_as("asks", "/", host.citizen("OTEST01")).await.body;
    let deploy = async || {
        let mut service = service("asks", &component, Capability::ALL);
        service.grant.boundary.calls_per_minute_max = 2;
        host.runtime
            .deploy(service.into(), bytes(&component))
            .await
            .unwrap();
    };
    deploy().await;
    for _ in 0..2 {
        assert_eq!(get().await, ALLOWED);
    }
    assert_eq!(get().await, LIMIT_EXCEEDED);
    deploy().await;
    assert_eq!(get().await, LIMIT_EXCEEDED);
    host.apis.platform.clock.advance_ms(61_000);
    assert_eq!(get().await, ALLOWED);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_makes_only_so_many_government_calls() {
    const LOGIN_REQUIRED: &str = "0";
    const TOO_MANY_REQUESTS: &str = "<";
    let host = host(Limits::default()).await;
    host.deploy("some", &asks(256)).await;
    assert_eq!(host.get("some", "/").await.body, LOGIN_REQUIRED);
    host.deploy("more", &asks(257)).await;
    assert_eq!(host.get("more", "/").await.body, TOO_MANY_REQUESTS);
    let logs = host.logs("more");
    let refused = logs
        .iter()
        .find(|line| line.context == "calls-per-request")
        .unwrap();
    assert!(refused.message.starts_with("identity.current: "), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_call_leaves_a_line_for_the_developer() {
    let payments = "aim:gov/payments@0.1.0";
    let import = format!(r#"(import "{payments}" "get" (func $get (param i32 i32 i32)))"#);
    let ask = format!("(call $get (i32.const 64) (i32.const 2) (i32.const 2048)) {OK}");
    let host = host(Limits::default()).await;
    host.deploy("asks", &handler(&[payments], &import, &ask)).await;
    assert_eq!(host.get("asks", "/").await.body, "ok");
    let logs = host.logs("asks");
    let [refused] = &logs[..] else { panic!("{logs:?}") };
    assert_eq!(refused.context, "not-found");
    assert!(refused.message.starts_with("payments.get: "), "{refused:?}");
}

/// The one compiled component in a host's folder.
fn artefact(host: &crate::support::Host) -> std::path::PathBuf {
    let folder = std::fs::read_dir(artefacts(host.folder.path())).unwrap();
    folder
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "aot"))
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_artefact_is_never_loaded() {
    let host = host(Limits::default()).await;
    let component = says('1');
    host.deploy("one", &component).await;
    let path = artefact(&host);
    let good = std::fs::read(&path).unwrap();
    for at in [0, 32, good.len() / 2, good.len() - 1] {
        let mut forged = good.clone();
        forged[at] ^= 1;
        std::fs::write(&path, &forged).unwrap();
        let runtime = start(host.folder.path(), Limits::default(), host.apis.clone());
        runtime
            .deploy(Arc::new(service("one", &component, &[])), bytes(&component))
            .await
            .unwrap();
        assert_eq!(
            std::fs::read(&path).unwrap(),
            good,
            "compiled again and written anew"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn good_artefact_is_loaded_and_not_compiled_again() {
    let host = host(Limits::default()).await;
    let component = says('1');
    host.deploy("one", &component).await;
    let before = std::fs::metadata(artefact(&host)).unwrap().modified().unwrap();
    let runtime = start(host.folder.path(), Limits::default(), host.apis.clone());
    runtime
        .deploy(Arc::new(service("one", &component, &[])), bytes(&component))
        .await
        .unwrap();
    assert_eq!(
        std::fs::metadata(artefact(&host)).unwrap().modified().unwrap(),
        before
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_host_takes_no_more_requests() {
    let host = host(Limits::default()).await;
    host.deploy("last", &says('1')).await;
    assert!(host.runtime.stop().await);
    assert_eq!(host.get("last", "/").await.status, 503);
}
