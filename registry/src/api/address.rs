//! The addresses of requests: what they name, and that they ask for nothing which would be ignored.

use aim_gov::described::text;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::problem::Problem;
use crate::manifest::{NAME_CHARS_MAX, NAME_CHARS_MIN};

/// The most characters of an id. Longer ones name nothing.
const ID_CHARS_MAX: usize = 64;

/// The variable part of a path. One that is not UTF-8 is refused.
#[derive(FromRequestParts)]
#[from_request(via(Path), rejection(Problem))]
pub(super) struct Segment<T>(pub T);

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-path", rejection.body_text())
    }
}

/// An id, as paths are described.
pub(super) struct Id;

impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        text(1, ID_CHARS_MAX).into()
    }
}

/// The name of a service, as paths are described.
pub(super) struct ServiceName;

impl PartialSchema for ServiceName {
    fn schema() -> RefOr<Schema> {
        text(NAME_CHARS_MIN, NAME_CHARS_MAX).into()
    }
}

impl ToSchema for Id {}
impl ToSchema for ServiceName {}

/// Refuses a query: the API takes none, and a client that sends one expects an effect.
pub(super) async fn refuse_query(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let Some((name, _)) = url::form_urlencoded::parse(query.as_bytes()).next() else {
        return next.run(request).await;
    };
    let detail = format!("the API has no parameter `{name}`; leave out everything from the `?`");
    Problem::new(StatusCode::BAD_REQUEST, "unknown-parameter", detail).into_response()
}
