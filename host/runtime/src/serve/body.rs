//! Takes a request's body in before the request gets its turn.

use axum::body::Body;
use http::Request;
use http_body::Body as _;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::sync::Semaphore;

use super::failure::Failure;
use crate::deployment::Busy;
use crate::limits::{REQUEST_BODY_BYTES_MAX, REQUEST_BODY_TIME};

/// Why a body was not taken in.
pub(crate) enum Refused {
    /// Too many bodies arrive at once.
    Busy(Busy),
    /// It is not right.
    Failed(Failure),
}

/// The request with its body in memory. One without a body costs nothing.
///
/// # Errors
/// [`Refused`].
pub(crate) async fn take_in(request: Request<Body>, arriving: &Semaphore) -> Result<Request<Body>, Refused> {
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let Ok(_place) = arriving.try_acquire() else {
        return Err(Refused::Busy(Busy));
    };
    let (parts, body) = request.into_parts();
    let whole = Limited::new(body, REQUEST_BODY_BYTES_MAX).collect();
    match tokio::time::timeout(REQUEST_BODY_TIME, whole).await {
        Err(_) => Err(Refused::Failed(Failure::BodySlow)),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refused::Failed(Failure::BodyTooLarge)),
        Ok(Err(_)) => Err(Refused::Failed(Failure::BodyBroken)),
        Ok(Ok(body)) => Ok(Request::from_parts(parts, Body::from(body.to_bytes()))),
    }
}
