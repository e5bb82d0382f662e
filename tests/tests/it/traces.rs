//! What a collector of traces learns from the real `aimd`, and what it cannot do to it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use aim_tests::actors::citizen::{Citizen, GOOD_CARD, ORDINARY};
use aim_tests::actors::developer::{Developer, ELCHIN, STARTUP, TAX_ID};
use aim_tests::aimd::Desk;
use aim_tests::pipeline::Panel;
use aim_tests::{guests, http};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use reqwest::cookie::CookieStore as _;

/// What spans may tell.
const ATTRIBUTES: [&str; 9] = [
    "committed",
    "engine",
    "http.method",
    "http.response.status_code",
    "http.route",
    "interface",
    "outcome",
    "request.id",
    "service",
];
/// The traces that a proxy and a stranger say they have begun.
const OF_PROXY: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const OF_STRANGER: &str = "5bf92f3577b34da6a3ce929d0e0e4736";

/// A collector; answers its address.
async fn collect(spans: Arc<Mutex<Vec<Span>>>) -> String {
    let take = async move |body: Bytes| {
        let taken = ExportTraceServiceRequest::decode(body).unwrap();
        let resources = taken.resource_spans.into_iter();
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        spans.lock().unwrap().extend(scopes.flat_map(|scope| scope.spans));
    };
    let router = Router::new().route("/v1/traces", post(take));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Asks the platform from this address, as a part of the trace.
async fn ask_within(trace: &str, url: &str, from: [u8; 4]) {
    http::install_cryptography();
    let client = reqwest::Client::builder()
        .local_address(IpAddr::from(from))
        .no_proxy();
    let request = client.build().unwrap().get(url);
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let answer = request.header("traceparent", parent).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

/// The names of a span and of those that it is part of, the innermost first.
fn path<'a>(spans: &'a BTreeMap<&[u8], &'a Span>, span: &'a Span) -> Vec<&'a str> {
    let parents = std::iter::successors(Some(span), |span| {
        spans.get(span.parent_span_id.as_slice()).copied()
    });
    parents.map(|span| span.name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn trace_leads_from_the_front_door_to_the_database_and_tells_nothing_of_citizens() {
    let spans = Arc::new(Mutex::new(Vec::new()));
    let collector = collect(spans.clone()).await;
    let desk = Desk::new().unwrap();
    let more = format!("trusted_proxies = [\"127.0.0.2/32\"]\ntraces.endpoint = \"{collector}\"");
    let url = desk.configure_sandbox(&more).unwrap();
    let aimd = desk.serve().await.unwrap();

    let developer = Developer::start(&url, ELCHIN, STARTUP, TAX_ID).await.unwrap();
    let panel = Panel::log_in(&url).await.unwrap();
    let folder = guests::guest("probe");
    let component = guests::build(&folder).await.unwrap();
    let id = developer.publish(&folder, Some(&component)).await.unwrap();
    panel.approve(&developer, &id).await.unwrap();
    let origin = url.replace("localhost", "probe.localhost");
    let citizen = Citizen::new(&url, ORDINARY, "en").unwrap();
    let entered = citizen.open(&format!("{origin}/enter")).await.unwrap();
    let name = entered.body.strip_prefix("ok ").unwrap().to_owned();
    let created = citizen
        .agent
        .get(format!("{origin}/create?key=k&amount=500"))
        .await
        .unwrap();
    let next = created.body.split(' ').next_back().unwrap().to_owned();
    let checkout = citizen.agent.get(next).await.unwrap().ok().unwrap();
    citizen.pay(&checkout, GOOD_CARD).await.unwrap().ok().unwrap();
    for path in ["/en/staff/invitation/hunter2", "/hunter2?key=hunter2"] {
        let page = citizen.agent.get(format!("{url}{path}")).await.unwrap();
        assert!(!page.status.is_success(), "{page}");
    }
    let address = format!("http://{}/healthz", aimd.address);
    ask_within(OF_PROXY, &address, [127, 0, 0, 2]).await;
    ask_within(OF_STRANGER, &address, [127, 0, 0, 1]).await;
    assert!(aimd.stop().await.unwrap().success());

    let spans = std::mem::take(&mut *spans.lock().unwrap());
    let by_id: BTreeMap<&[u8], &Span> = spans.iter().map(|span| (span.span_id.as_slice(), span)).collect();
    let paths: BTreeSet<_> = spans.iter().map(|span| path(&by_id, span)).collect();
    let call = ["payments.create", "guest", "service.request", "http.request"];
    let page = ["page", "http.request"];
    for (inner, outer) in [
        (&["db.commit", "db.transaction", "act"][..], &call[..]),
        (&["payments/insert", "act"], &call),
        (&["remote.call"], &page),
        (&["audit/append"], &page),
    ] {
        let path = [inner, outer].concat();
        assert!(paths.contains(&path), "{path:?} is not among {paths:#?}");
    }
    for span in &spans {
        let parent = by_id.get(span.parent_span_id.as_slice());
        assert!(
            parent.is_none_or(|parent| parent.trace_id == span.trace_id),
            "{span:?}"
        );
    }
    let traces: BTreeSet<String> = spans.iter().map(|span| hex::encode(&span.trace_id)).collect();
    assert!(traces.contains(OF_PROXY), "the proxy's trace goes on");
    assert!(!traces.contains(OF_STRANGER), "a stranger chose the trace");

    let attributes = spans.iter().flat_map(|span| &span.attributes);
    let told: BTreeSet<_> = attributes.map(|attribute| attribute.key.as_str()).collect();
    let surprising = told.iter().find(|name| !ATTRIBUTES.contains(name));
    assert_eq!(surprising, None);
    assert!(spans.iter().all(|span| span.events.is_empty()));
    let all = format!("{spans:?}");
    let mut secrets = vec![
        "hunter2".to_owned(),
        ORDINARY.to_owned(),
        name,
        developer.token().to_owned(),
        GOOD_CARD.to_owned(),
    ];
    for at in [&url, &origin] {
        let cookies = citizen.agent.cookies().cookies(&at.parse().unwrap()).unwrap();
        let cookies = cookies.to_str().unwrap().split("; ");
        secrets.extend(cookies.filter_map(|cookie| Some(cookie.split_once('=')?.1.to_owned())));
    }
    assert!(secrets.len() > 5, "a log-in has cookies: {secrets:?}");
    for secret in secrets.iter().filter(|secret| secret.len() > 3) {
        assert!(!all.contains(secret), "{secret} is in a span");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn collector_that_hangs_or_is_gone_holds_up_nothing() {
    let hanging = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = "127.0.0.1:1".parse().unwrap();
    for collector in [hanging.local_addr().unwrap(), gone] {
        let desk = Desk::new().unwrap();
        let url = desk
            .configure_sandbox(&format!("traces.endpoint = \"http://{collector}\""))
            .unwrap();
        let aimd = desk.serve().await.unwrap();
        let client = http::plain().unwrap();
        // More spans than wait for the collector.
        for _ in 0..2_000 {
            let page = client.get(format!("{url}/en/")).send().await.unwrap();
            assert_eq!(page.status(), 200);
        }
        assert!(aimd.stop().await.unwrap().success());
    }
}
