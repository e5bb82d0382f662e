//! Calls of services to other systems: what is not approved is refused, and a system that never answers
//! holds nobody up but the one who called it.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use aim_gov::grant::Capability;
use aim_runtime::{ComponentBytes, Limits, SmokeRequest};
use aim_tests::bench::engine::{self, Set};
use aim_tests::guests;
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::stage::answering;

/// Far beyond what a call of another system may take: a test that waits longer is stuck.
const CALL_MAX: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn system_that_never_answers_holds_up_nobody_else() {
    // It takes connections and says nothing, for ever.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let (connected, mut connections) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = silent.accept().await {
            connected.send(stream).unwrap();
        }
    });

    let dir = tempfile::tempdir().unwrap();
    let limits = Limits {
        outbound_private: BTreeSet::from([IpAddr::V4(Ipv4Addr::LOCALHOST), "::1".parse().unwrap()]),
        ..Limits::default()
    };
    let runtime = engine::start_with(dir.path(), limits).await.unwrap();
    let component = std::fs::read(guests::build(&guests::guest("outbound")).await.unwrap()).unwrap();
    let approved = Set {
        capabilities: BTreeSet::from([Capability::Outbound]),
        outbound_hosts: BTreeSet::from([format!("localhost:{port}")]),
    };
    let caller = engine::deploy_with(&runtime, 1, Bytes::from(component), approved)
        .await
        .unwrap();
    let neighbour = engine::deploy(&runtime, 2, Bytes::from(answering("well")))
        .await
        .unwrap();

    let call = {
        let (runtime, caller) = (runtime.clone(), caller.clone());
        let path = format!("/localhost:{port}");
        tokio::spawn(async move { engine::ask_at(&runtime, &caller, &path).await })
    };
    // It calls, and waits: only then is the neighbour asked.
    let _open = timeout(CALL_MAX, connections.recv()).await.unwrap().unwrap();
    assert_eq!(engine::ask(&runtime, &neighbour).await.unwrap(), "well");
    assert!(!call.is_finished());
    let said = timeout(CALL_MAX, call).await.unwrap().unwrap().unwrap();
    assert!(said.starts_with(b"failed "), "{said:?}");

    for elsewhere in ["/example.org:80", "/169.254.169.254:80", "/localhost:1"] {
        let said = engine::ask_at(&runtime, &caller, elsewhere).await.unwrap();
        assert!(
            String::from_utf8_lossy(&said).contains("HttpRequestDenied"),
            "{elsewhere}: {said:?}"
        );
    }
}

/// Nobody has approved it yet: it must reach nobody, and nobody must hear that it is being vetted.
#[tokio::test(flavor = "multi_thread")]
async fn component_that_is_being_vetted_calls_nobody() {
    let open = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    open.set_nonblocking(true).unwrap();
    let port = open.local_addr().unwrap().port();
    let dir = tempfile::tempdir().unwrap();
    let limits = Limits {
        outbound_private: BTreeSet::from([IpAddr::V4(Ipv4Addr::LOCALHOST), "::1".parse().unwrap()]),
        ..Limits::default()
    };
    let runtime = engine::start_with(dir.path(), limits).await.unwrap();
    let component = std::fs::read(guests::build(&guests::guest("outbound")).await.unwrap()).unwrap();
    let asked_for = Set {
        capabilities: BTreeSet::from([Capability::Outbound]),
        outbound_hosts: BTreeSet::from([format!("localhost:{port}")]),
    };
    let service = engine::service(1, &component, asked_for);
    let request = SmokeRequest::get(format!("/localhost:{port}"), None);
    let throw_away = tempfile::tempdir().unwrap();
    let apis = engine::apis(throw_away.path()).await.unwrap();
    let component = ComponentBytes::new(component.into());
    let inspected = runtime.inspect(component).await.unwrap();
    let report = runtime
        .smoke(service.into(), &inspected, vec![request], Vec::new(), apis)
        .await
        .unwrap();
    let [answer] = &report.answers[..] else {
        panic!("{report:?}")
    };
    assert_eq!((answer.status, answer.failure()), (200, None));
    let [call] = &answer.calls.first[..] else {
        panic!("{answer:?}")
    };
    assert_eq!(
        (call.target.as_deref(), call.outcome),
        (Some("GET localhost"), "allowed")
    );
    let connected = open.accept().map_err(|error| error.kind());
    assert!(
        matches!(connected, Err(std::io::ErrorKind::WouldBlock)),
        "it was called: {connected:?}"
    );
}

/// The name is approved, but it leads to an address inside: the name's owner may have done that later.
#[tokio::test(flavor = "multi_thread")]
async fn approved_name_that_leads_inside_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = engine::start(dir.path()).await.unwrap();
    let component = std::fs::read(guests::build(&guests::guest("outbound")).await.unwrap()).unwrap();
    let approved = Set {
        capabilities: BTreeSet::from([Capability::Outbound]),
        outbound_hosts: BTreeSet::from(["localhost".to_owned()]),
    };
    let caller = engine::deploy_with(&runtime, 1, Bytes::from(component), approved)
        .await
        .unwrap();
    let said = engine::ask_at(&runtime, &caller, "/localhost:80").await.unwrap();
    assert!(
        String::from_utf8_lossy(&said).contains("DestinationIpProhibited"),
        "{said:?}"
    );
}
