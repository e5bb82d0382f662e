//! Takes a request's body in before the request gets its turn.

use std::time::Duration;

use axum::body::Body;
use bytes::BytesMut;
use http::Request;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use tokio::time::Instant;

use super::failure::Failure;
use crate::deployment::{Busy, Turns};
use crate::limits::{REQUEST_BODY_BYTES_MAX, REQUEST_BODY_GRACE, REQUEST_BODY_RATE_MIN, REQUEST_BODY_TIME};

/// Why a body was not taken in.
pub(crate) enum Refused {
    /// Too many bodies arrive at once.
    Busy,
    /// It is not right.
    Failed(Failure),
}

impl From<Busy> for Refused {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// The places of bodies that arrive: of one service, so that nobody can shut every form of the platform by
/// sending slowly to one, and of all.
pub(crate) struct Arriving<'a> {
    pub(crate) own: &'a Turns,
    pub(crate) everybodys: &'a Turns,
}

/// How slowly a body may arrive.
#[derive(Clone, Copy)]
struct Pace {
    grace: Duration,
    rate_min: u32,
    time_max: Duration,
}

impl Pace {
    const USUAL: Self = Self {
        grace: REQUEST_BODY_GRACE,
        rate_min: REQUEST_BODY_RATE_MIN,
        time_max: REQUEST_BODY_TIME,
    };

    /// How long after its beginning a body of which `received` bytes are here must go on.
    fn patience(self, received: usize) -> Duration {
        let received = u32::try_from(received).unwrap_or(u32::MAX);
        let earned = Duration::from_secs(received.into()) / self.rate_min;
        self.time_max.min(self.grace + earned)
    }
}

/// The request with its body in memory. One without a body costs nothing.
///
/// # Errors
/// [`Refused`].
pub(crate) async fn take_in(request: Request<Body>, places: Arriving<'_>) -> Result<Request<Body>, Refused> {
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let _own = places.own.take().await?;
    let _everybodys = places.everybodys.take().await?;
    let (parts, body) = request.into_parts();
    let whole = receive(body, Pace::USUAL).await.map_err(Refused::Failed)?;
    Ok(Request::from_parts(parts, Body::from(whole.freeze())))
}

async fn receive(mut body: Body, pace: Pace) -> Result<BytesMut, Failure> {
    let began = Instant::now();
    let mut whole = BytesMut::new();
    loop {
        let deadline = began + pace.patience(whole.len());
        let frame = match tokio::time::timeout_at(deadline, body.frame()).await {
            Err(_) => return Err(Failure::BodySlow),
            Ok(None) => return Ok(whole),
            Ok(Some(Err(_))) => return Err(Failure::BodyBroken),
            Ok(Some(Ok(frame))) => frame,
        };
        let data = frame.into_data().unwrap_or_default();
        if whole.len().saturating_add(data.len()) > REQUEST_BODY_BYTES_MAX {
            return Err(Failure::BodyTooLarge);
        }
        whole.extend_from_slice(&data);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_body_earns_its_time() {
        let pace = Pace::USUAL;
        assert_eq!(pace.patience(0), REQUEST_BODY_GRACE);
        assert_eq!(
            pace.patience(16 << 10),
            REQUEST_BODY_GRACE + Duration::from_secs(1)
        );
        assert_eq!(pace.patience(REQUEST_BODY_BYTES_MAX), REQUEST_BODY_TIME);
    }

    #[tokio::test]
    async fn who_sends_a_byte_and_then_nothing_is_not_waited_for() {
        let pace = Pace {
            grace: Duration::from_millis(10),
            rate_min: 1_000,
            time_max: Duration::from_secs(3_600),
        };
        let one = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"x"))]);
        let never = futures::StreamExt::chain(one, futures::stream::pending());
        let slow = receive(Body::from_stream(never), pace).await;
        assert!(matches!(slow, Err(Failure::BodySlow)), "{slow:?}");
    }
}
