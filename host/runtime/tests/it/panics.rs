//! A panic inside a host function ends one request: what was acknowledged stays, nobody else is disturbed, and
//! the service answers the next request.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aim_gov::clock::{Clock, Timestamp};
use aim_gov::invocation::{Acr, CitizenId, ServiceId, Session};
use aim_gov::text::Locale;
use aim_runtime::Limits;
use axum::body::Body;
use futures::FutureExt as _;
use http::Request;

use crate::support::{Answer, Host, OK, handler, host_at, whole};

const NOW: Timestamp = Timestamp(1_790_000_000_000);
/// The host reads its clock less often in one request.
const READS_MAX: u32 = 100;

/// Panics when the clock is read the n-th time after it was lit.
#[derive(Clone, Default)]
struct Fuse(Arc<AtomicU32>);

impl Fuse {
    fn clock(&self) -> Clock {
        let left = self.0.clone();
        Clock::read(move || {
            let before = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            assert_ne!(before, Ok(1), "the injected fault");
            NOW
        })
    }

    fn light(&self, nth: u32) {
        self.0.store(nth, Ordering::SeqCst);
    }

    /// Puts it out; answers whether it had gone off.
    fn went_off(&self) -> bool {
        self.0.swap(0, Ordering::SeqCst) == 0
    }
}

fn citizen() -> CitizenId {
    CitizenId("citizen_1".to_owned())
}

/// Asks as a citizen; `None` where the panic went through the runtime.
async fn ask(host: &Host, service: &str) -> Option<Answer> {
    let session = Session {
        citizen: citizen(),
        acr: Acr::Substantial,
        amr: vec!["otp".to_owned()],
        auth_time: NOW,
        locale: Locale::En,
    };
    let request = Request::get("/").body(Body::empty()).unwrap();
    let id = ServiceId(service.to_owned());
    let answering = host.runtime.handle(&id, Some(session), request);
    let response = AssertUnwindSafe(answering).catch_unwind().await.ok()?;
    Some(whole(response).await)
}

/// The requests of which the log of citizens' data says that they went through.
async fn recorded(host: &Host) -> BTreeSet<String> {
    let records = aim_gov::audit::of_citizen(&host.apis.platform.db, &citizen(), None, 1_000)
        .await
        .unwrap();
    records
        .into_iter()
        .filter(|record| record.decision == aim_gov::audit::ALLOWED)
        .map(|record| record.request_id)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn panic_wherever_the_host_reads_its_clock_ends_one_request_and_loses_nothing() {
    let fuse = Fuse::default();
    // One request at a time: a panic that kept its permit would lock everybody out.
    let limits = Limits {
        requests: 1,
        requests_per_service: 1,
        ..Limits::default()
    };
    let host = host_at(limits, fuse.clock()).await;
    let identity = "aim:gov/identity@0.1.0";
    let import = format!(r#"(import "{identity}" "current" (func $current (param i32)))"#);
    // 409 where the host refused.
    let handle = format!(
        "(call $current (i32.const 2048))
         (if (i32.load8_u (i32.const 2048))
           (then (return (call $respond (i32.const 409) (i32.const 64) (i32.const 2)))))
         {OK}"
    );
    host.deploy("reader", &handler(&[identity], &import, &handle))
        .await;
    host.deploy("neighbour", &handler(&[], "", OK)).await;

    let mut acknowledged = BTreeSet::new();
    let (mut failed, mut nth) = (0, 0);
    // Whether an earlier fault came after the request had its number.
    let mut numbered = false;
    loop {
        nth += 1;
        assert!(nth < READS_MAX, "the clock is read without an end");
        fuse.light(nth);
        let broken = ask(&host, "reader").await;
        let went_off = fuse.went_off();
        match broken.as_ref().map(|answer| answer.status) {
            Some(200) => {}
            // The change was rolled back, where one was under way.
            Some(500) => failed += 1,
            // Before the request has a number, it is the gateway that makes a page of it.
            other => assert!(other.is_none() && !numbered, "read {nth}: {other:?}"),
        }
        numbered |= broken.is_some();
        assert_eq!(host.get("neighbour", "/").await.status, 200, "after read {nth}");
        let next = ask(&host, "reader").await.unwrap();
        assert_eq!(next.status, 200, "after read {nth}: {}", next.body);
        for answer in [broken, Some(next)]
            .into_iter()
            .flatten()
            .filter(|answer| answer.status == 200)
        {
            acknowledged.insert(answer.headers["x-request-id"].to_str().unwrap().to_owned());
        }
        if !went_off {
            break;
        }
    }
    assert!(failed > 0);
    let recorded = recorded(&host).await;
    let lost: Vec<_> = acknowledged.difference(&recorded).collect();
    assert!(lost.is_empty(), "{lost:?}");
}
