//! Which calls are let through, and what is counted and recorded of them.

use std::sync::atomic::Ordering;

use aim_gov::clock::Timestamp;
use aim_gov::invocation::Service;

use super::*;
use crate::log::{Asked, Logs, RequestLog};
use crate::meter::{Allowance, CallTrace, Parts, Visitor};
use crate::testing;

fn service(hosts: &[String]) -> Service {
    let mut service = testing::service("caller");
    service.grant.capabilities.insert(Capability::Outbound);
    service.grant.outbound_hosts.extend(hosts.iter().cloned());
    service
}

#[test]
fn outbound_hosts_match_by_name_and_port() {
    let service = service(&["api.example.az".to_owned(), "test.example.az:8443".to_owned()]);
    let check = |uri: &str| permitted(&uri.parse().unwrap(), &service.grant).is_ok();
    assert!(check("https://api.example.az/x?y"));
    assert!(check("http://API.example.az/"));
    assert!(check("https://test.example.az:8443/"));
    for refused in [
        "https://api.example.az:8080/",
        "https://test.example.az/",
        "https://other.example.az/",
        "https://api.example.az.evil.com/",
        "https://user@api.example.az/",
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://[::1]/",
        "http://0x7f.1/",
    ] {
        assert!(!check(refused), "{refused}");
    }
}

/// `outbound` that a language's runtime imports and the service never uses.
#[test]
fn outbound_calls_are_refused_without_hosts() {
    let service = service(&[]);
    for address in [
        "https://example.az/",
        "http://localhost/",
        "https://service.invalid/",
    ] {
        let answer = permitted(&address.parse().unwrap(), &service.grant);
        assert!(matches!(answer, Err(Error::HttpRequestDenied)), "{address}");
    }
}

#[test]
fn outbound_call_needs_the_capability() {
    let mut service = service(&["api.example.az".to_owned()]);
    service.grant.capabilities.remove(&Capability::Outbound);
    assert!(permitted(&"https://api.example.az/".parse().unwrap(), &service.grant).is_err());
}

/// Counts the calls of one request of a citizen, with a budget of its own.
pub(super) fn meter(platform: &Platform, per_minute: u32, trace: Option<CallTrace>) -> Meter {
    let clock = platform.clock.clone();
    Meter::new(Parts {
        budget: Arc::default(),
        allowance: Allowance {
            per_minute,
            has_citizens: true,
        },
        visitor: Visitor::Citizen(testing::citizen()),
        log: RequestLog::new(Arc::default(), clock.clone(), Asked::default()),
        clock,
        trace,
        rehearsal: None,
    })
}

/// The hooks of one request to a service that may call `host`, and what a vetting run would note.
pub(super) fn hooks(platform: &Platform, outbound: Outbound, host: &str) -> (Hooks, CallTrace) {
    let trace = CallTrace::default();
    let meter = meter(platform, 600, Some(trace.clone()));
    let hooks = Hooks {
        outbound,
        invocation: testing::invocation(service(&[host.to_owned()])),
        meter,
        platform: platform.clone(),
        log: RequestLog::new(Arc::default(), platform.clock.clone(), Asked::default()),
    };
    (hooks, trace)
}

pub(super) async fn call(hooks: &mut Hooks, url: &str) -> Result<Answer, Error> {
    let body = http_body_util::Empty::new()
        .map_err(|never| match never {})
        .boxed_unsync();
    let request = http::Request::get(url).body(body).unwrap();
    Box::into_pin(hooks.send_request(request, None, Box::new(async { Ok(()) }))).await
}

async fn get(port: u16, outbound: Outbound) -> Result<Answer, Error> {
    let folder = tempfile::tempdir().unwrap();
    let platform = testing::platform(folder.path()).await;
    let host = format!("localhost:{port}");
    let (mut hooks, _) = hooks(&platform, outbound, &host);
    call(&mut hooks, &format!("http://{host}/")).await
}

async fn decisions(platform: &Platform) -> Vec<(String, Option<String>)> {
    let citizen = testing::citizen();
    let records = aim_gov::audit::of_citizen(&platform.db, &citizen, None, 100)
        .await
        .unwrap();
    // They are of the same millisecond, so their ids do not tell which came first.
    let mut decisions: Vec<_> = records
        .into_iter()
        .map(|record| (record.decision, record.object))
        .collect();
    decisions.sort_unstable();
    decisions
}

#[tokio::test]
async fn each_call_is_counted_traced_and_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let platform = testing::platform(folder.path()).await;
    let (mut hooks, trace) = hooks(&platform, Outbound::Nowhere, "api.example.az");
    let gone = call(&mut hooks, "https://api.example.az/citizens?fin=1").await;
    assert!(matches!(gone, Err(Error::ConnectionRefused)), "{:?}", gone.err());
    let refused = call(&mut hooks, "https://evil.example/").await;
    assert!(
        matches!(refused, Err(Error::HttpRequestDenied)),
        "{:?}",
        refused.err()
    );
    let expected = [
        ("allowed", "GET api.example.az"),
        ("host-not-approved", "GET evil.example"),
    ];
    let recorded: Vec<_> = expected
        .iter()
        .map(|(decision, target)| ((*decision).to_owned(), Some((*target).to_owned())))
        .collect();
    assert_eq!(decisions(&platform).await, recorded);
    let traced: Vec<_> = trace.take().first;
    let traced: Vec<_> = traced
        .iter()
        .map(|call| (call.outcome, call.target.as_deref().unwrap()))
        .collect();
    assert_eq!(traced, expected);
}

/// Plug-ins often drop the reason, so the developer reads it in the log; the path stays out of it.
#[tokio::test]
async fn call_that_fails_leaves_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let platform = testing::platform(folder.path()).await;
    let logs = Arc::new(Logs::default());
    let closed = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let host = format!("localhost:{closed}");
    let open = ["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()].into();
    for outbound in [Outbound::new(open).unwrap(), Outbound::Nowhere] {
        let (mut hooks, _) = hooks(&platform, outbound, &host);
        hooks.log = RequestLog::new(logs.clone(), platform.clock.clone(), Asked::default());
        let failed = call(&mut hooks, &format!("http://{host}/citizens?fin=1")).await;
        assert!(
            matches!(failed, Err(Error::ConnectionRefused)),
            "{:?}",
            failed.err()
        );
    }
    let lines: Vec<_> = logs.lines();
    let lines: Vec<_> = lines
        .iter()
        .map(|line| (line.context.as_str(), line.message.as_str()))
        .collect();
    assert_eq!(
        lines,
        [("outbound-failed", "GET localhost: connection refused"); 2]
    );
}

#[tokio::test]
async fn outbound_calls_stop_with_suspension_end_date_and_quota() {
    let folder = tempfile::tempdir().unwrap();
    let platform = testing::platform(folder.path()).await;
    let url = "https://api.example.az/";
    let (mut stopped, trace) = hooks(&platform, Outbound::Nowhere, "api.example.az");
    stopped.invocation.service.stopped.store(true, Ordering::SeqCst);
    assert!(matches!(
        call(&mut stopped, url).await,
        Err(Error::HttpRequestDenied)
    ));
    assert_eq!(trace.take().first[0].outcome, "suspended");

    let mut ended = service(&["api.example.az".to_owned()]);
    ended.grant.boundary.ends_at = Timestamp(0);
    let (mut ended_hooks, trace) = hooks(&platform, Outbound::Nowhere, "api.example.az");
    ended_hooks.invocation.service = Arc::new(ended);
    assert!(matches!(
        call(&mut ended_hooks, url).await,
        Err(Error::HttpRequestDenied)
    ));
    assert_eq!(trace.take().first[0].outcome, "end-date");

    let (mut many, trace) = hooks(&platform, Outbound::Nowhere, "api.example.az");
    many.meter = meter(&platform, 1, Some(trace.clone()));
    assert!(matches!(
        call(&mut many, url).await,
        Err(Error::ConnectionRefused)
    ));
    assert!(matches!(
        call(&mut many, url).await,
        Err(Error::HttpRequestDenied)
    ));
    assert_eq!(trace.take().first[1].outcome, "calls-per-minute");
}

#[tokio::test]
async fn name_that_leads_inside_is_not_dialled() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let refused = get(port, Outbound::new(BTreeSet::new()).unwrap()).await;
    assert!(
        matches!(refused, Err(Error::DestinationIpProhibited)),
        "{:?}",
        refused.err()
    );
    // The same call with the address opened by the operator is dialled: the control is what refused.
    let open = ["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()].into();
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        // The client drops an answer that comes before the request.
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            assert_ne!(
                tokio::io::AsyncReadExt::read_buf(&mut stream, &mut request)
                    .await
                    .unwrap(),
                0
            );
        }
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 204 No Content\r\n\r\n")
            .await
            .unwrap();
        stream
    };
    let (answer, _stream) = tokio::join!(get(port, Outbound::new(open).unwrap()), serve);
    assert_eq!(answer.ok().unwrap().0.status(), 204);
}
