//! Takes a request's body in before the request gets its permits.

use axum::body::Body;
use bytes::BytesMut;
use http::Request;
use http_body::Body as _;
use http_body_util::BodyExt as _;

use super::failure::Failure;
use crate::deployment::{Busy, PermitPool};
use crate::limits::{REQUEST_BODY_BYTES_MAX, REQUEST_BODY_GRACE, REQUEST_BODY_RATE_MIN, REQUEST_BODY_TIME};
use crate::pace::{Pace, Paced, TooSlow};

pub(crate) enum Refused {
    /// Too many bodies arrive at once.
    Busy,
    Failed(Failure),
}

impl From<Busy> for Refused {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// The permit pools of bodies that arrive: of one service, so that nobody can shut every form of the platform by
/// sending slowly to one, and of all.
pub(crate) struct Arriving<'a> {
    pub(crate) own: &'a PermitPool,
    pub(crate) everybodys: &'a PermitPool,
}

/// How slowly a body may arrive.
const PACE: Pace = Pace {
    grace: REQUEST_BODY_GRACE,
    bytes_per_second_min: REQUEST_BODY_RATE_MIN,
    time_max: REQUEST_BODY_TIME,
};

/// The request with its body in memory. One without a body costs nothing.
pub(crate) async fn take_in(request: Request<Body>, pools: Arriving<'_>) -> Result<Request<Body>, Refused> {
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let _own = pools.own.take().await?;
    let _everybodys = pools.everybodys.take().await?;
    let (parts, body) = request.into_parts();
    let whole = receive(body, PACE).await.map_err(Refused::Failed)?;
    Ok(Request::from_parts(parts, Body::from(whole.freeze())))
}

async fn receive(mut body: Body, pace: Pace) -> Result<BytesMut, Failure> {
    let mut paced = Paced::begin(pace);
    let mut whole = BytesMut::new();
    loop {
        let frame = match paced.next(body.frame()).await {
            Err(TooSlow) => return Err(Failure::BodySlow),
            Ok(None) => return Ok(whole),
            Ok(Some(Err(_))) => return Err(Failure::BodyBroken),
            Ok(Some(Ok(frame))) => frame,
        };
        let data = frame.into_data().unwrap_or_default();
        if whole.len().saturating_add(data.len()) > REQUEST_BODY_BYTES_MAX {
            return Err(Failure::BodyTooLarge);
        }
        paced.received(data.len());
        whole.extend_from_slice(&data);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn largest_body_has_its_whole_time() {
        let largest = u64::try_from(REQUEST_BODY_BYTES_MAX).unwrap();
        assert_eq!(PACE.patience(largest), REQUEST_BODY_TIME);
    }

    #[tokio::test]
    async fn stalled_body_times_out() {
        let pace = Pace {
            grace: std::time::Duration::from_millis(10),
            bytes_per_second_min: 1_000,
            time_max: std::time::Duration::from_secs(3_600),
        };
        let one = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"x"))]);
        let never = futures::StreamExt::chain(one, futures::stream::pending());
        let slow = receive(Body::from_stream(never), pace).await;
        assert!(matches!(slow, Err(Failure::BodySlow)), "{slow:?}");
    }
}
