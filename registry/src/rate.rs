//! How fast one address may try: log-ins and the API. Generous, because a whole office may be behind one
//! address; what it stops is a machine that guesses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;

use aim_gov::web::{Chrome, PageError};
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::api::Problem;

/// Log-ins that one address may try at once.
pub const LOG_INS_BURST: NonZeroU32 = NonZeroU32::new(60).unwrap();
/// Log-ins that come on top in each second.
const LOG_INS_PER_SECOND: NonZeroU32 = NonZeroU32::new(1).unwrap();
/// Requests to the API that one address may send at once.
pub const API_BURST: NonZeroU32 = NonZeroU32::new(600).unwrap();
/// Requests to the API that come on top in each second.
const API_PER_SECOND: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// Addresses that are remembered before those that rest are forgotten.
const PEERS_MAX: usize = 10_000;
/// Where log-ins are sent to, after the language.
const LOG_INS: [&str; 2] = ["/staff/login", "/id/login"];

/// Who is at the other end of the connection. A network of IPv6 counts as one: its owner has them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

impl Peer {
    fn of(parts: &Parts) -> Self {
        // Without a connection, as in a test, everybody is one.
        let address = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = address.to_bits() >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
            address => address,
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

/// A rate for each address. Clones share it.
#[derive(Clone, Debug)]
pub struct Rate(Arc<DefaultKeyedRateLimiter<IpAddr>>);

impl Rate {
    /// The rate of log-ins.
    pub fn of_log_ins() -> Self {
        Self::new(LOG_INS_PER_SECOND, LOG_INS_BURST)
    }

    /// The rate of the API.
    pub fn of_api() -> Self {
        Self::new(API_PER_SECOND, API_BURST)
    }

    fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        Self(Arc::new(RateLimiter::keyed(
            Quota::per_second(per_second).allow_burst(burst),
        )))
    }

    fn admits(&self, Peer(address): Peer) -> bool {
        if self.0.len() > PEERS_MAX {
            self.0.retain_recent();
        }
        self.0.check_key(&address).is_ok()
    }
}

fn later(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Refuses log-ins of an address that tries too many.
pub async fn limit_log_ins(
    State(rate): State<Rate>,
    peer: Peer,
    chrome: Chrome,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let logs_in = request.method() == Method::POST && LOG_INS.iter().any(|login| path.ends_with(login));
    if logs_in && !rate.admits(peer) {
        return later(PageError::new(chrome, StatusCode::TOO_MANY_REQUESTS).into_response());
    }
    next.run(request).await
}

/// Refuses requests to the API of an address that sends too many.
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
        let (mut parts, ()) = axum::http::Request::new(()).into_parts();
        parts
            .extensions
            .insert(ConnectInfo(SocketAddr::new(address.parse().unwrap(), 1)));
        Peer::of(&parts)
    }

    #[test]
    fn each_address_has_a_rate_of_its_own() {
        let rate = Rate::of_log_ins();
        let burst = (0..LOG_INS_BURST.get()).all(|_| rate.admits(peer("192.0.2.1")));
        assert!(burst);
        assert!(!rate.admits(peer("::ffff:192.0.2.1")), "the same address");
        assert!(rate.admits(peer("192.0.2.2")));
        assert_eq!(peer("2001:db8::1"), peer("2001:db8::ffff:1"), "one network");
        assert_ne!(peer("2001:db8::1"), peer("2001:db8:0:1::1"));
    }
}
