//! Rate limits for each address: log-ins, requests to the API, requests to services. They are generous, because
//! a whole office may share one address; they stop a machine that guesses or floods.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aim_gov::web::{PageContext, PageError};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::api::Problem;

pub use aim_runtime::Peer;

/// The burst of log-ins of one address.
pub const LOG_INS_BURST: NonZeroU32 = NonZeroU32::new(60).unwrap();
/// Log-ins that are added in each second.
const LOG_INS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1).unwrap();
/// The burst of requests to the API of one address.
pub const API_BURST: NonZeroU32 = NonZeroU32::new(600).unwrap();
/// Requests to the API that are added in each second.
const API_PER_SECOND: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// The burst of requests to services of one address: a few pages with all their images.
pub const VISITS_BURST: NonZeroU32 = NonZeroU32::new(600).unwrap();
/// Requests to services that are added in each second.
const VISITS_PER_SECOND: NonZeroU32 = NonZeroU32::new(50).unwrap();
/// How often idle addresses are removed, in requests.
const FORGET_EVERY: usize = 4_096;
/// The paths of log-in forms, after the language.
const LOG_INS: [&str; 2] = ["/staff/login", "/id/login"];

/// A rate for each address. Clones share it.
#[derive(Clone, Debug)]
pub struct Rate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    checks: AtomicUsize,
}

impl Rate {
    pub fn of_log_ins() -> Self {
        Self::new(LOG_INS_PER_SECOND, LOG_INS_BURST)
    }

    pub fn of_api() -> Self {
        Self::new(API_PER_SECOND, API_BURST)
    }

    /// The rate of requests to services.
    pub(crate) fn of_visits() -> Self {
        Self::new(VISITS_PER_SECOND, VISITS_BURST)
    }

    fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        Self(Arc::new(Inner {
            limiter: RateLimiter::keyed(Quota::per_second(per_second).allow_burst(burst)),
            checks: AtomicUsize::new(0),
        }))
    }

    fn admits(&self, Peer(address): Peer) -> bool {
        let Inner { limiter, checks } = &*self.0;
        // Memory stays bounded by the addresses of the time in which a burst refills.
        if checks.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            limiter.retain_recent();
        }
        limiter.check_key(&address).is_ok()
    }

    /// Whether this visitor of a service may send another request. Requests from this machine are not counted:
    /// it may be a reverse proxy, behind which all visitors share one address.
    pub(crate) fn admits_visit(&self, peer: Peer) -> bool {
        peer.is_operator() || self.admits(peer)
    }
}

/// Adds `Retry-After`.
pub(crate) fn later(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Refuses log-ins of an address beyond its rate.
pub async fn limit_log_ins(
    State(rate): State<Rate>,
    peer: Peer,
    context: PageContext,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let logs_in = request.method() == Method::POST && LOG_INS.iter().any(|login| path.ends_with(login));
    if logs_in && !rate.admits(peer) {
        return later(PageError::new(context, StatusCode::TOO_MANY_REQUESTS).into_response());
    }
    next.run(request).await
}

/// Refuses requests to the API of an address beyond its rate.
pub async fn limit_api(State(rate): State<Rate>, peer: Peer, request: Request, next: Next) -> Response {
    if rate.admits(peer) {
        return next.run(request).await;
    }
    later(
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-requests",
            "your address sends too many requests; wait a second and try again",
        )
        .into_response(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> Peer {
        Peer::new(address.parse().unwrap())
    }

    #[test]
    fn each_address_has_a_rate_of_its_own() {
        let rate = Rate::of_log_ins();
        let burst = (0..LOG_INS_BURST.get()).all(|_| rate.admits(peer("192.0.2.1")));
        assert!(burst);
        assert!(!rate.admits(peer("::ffff:192.0.2.1")), "the same address");
        assert!(rate.admits(peer("192.0.2.2")));
    }
    #[test]
    fn visits_of_one_address_are_limited_but_not_those_of_this_machine() {
        let rate = Rate::of_visits();
        let visits = |address: &str| {
            let peer = peer(address);
            (0..=VISITS_BURST.get() * 2).all(|_| rate.admits_visit(peer))
        };
        assert!(!visits("192.0.2.1"));
        assert!(rate.admits_visit(peer("192.0.2.2")));
        assert!(visits("127.0.0.1"));
    }

    #[test]
    fn addresses_that_rest_are_forgotten() {
        let quick = NonZeroU32::new(1_000_000).unwrap();
        let rate = Rate::new(quick, quick);
        for address in 0..100_000_u32 {
            rate.admits(Peer(std::net::Ipv4Addr::from_bits(address).into()));
        }
        assert!(
            rate.0.limiter.len() <= FORGET_EVERY * 2,
            "{}",
            rate.0.limiter.len()
        );
    }
}
