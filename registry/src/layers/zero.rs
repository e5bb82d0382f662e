//! The character U+0000, which PostgreSQL cannot store in text (its manual, §8.3) and people do not type. It is
//! refused on input, so that no query fails on it later.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::api::Problem;

/// The most bytes of a form; axum's own extractors have the same limit.
const FORM_BYTES_MAX: usize = 2 << 20;
/// Its form in an address and in a form.
const ESCAPED: &[u8] = b"%00";

/// For pages: an address or a form with the character is answered with 400.
pub async fn in_pages(request: Request, next: Next) -> Response {
    if in_address(&request) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    if !is_form(request.headers()) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(form) = to_bytes(body, FORM_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    if holds(&form) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    next.run(Request::from_parts(parts, Body::from(form))).await
}

/// For the API, whose bodies have types of their own.
pub async fn in_api(request: Request, next: Next) -> Response {
    if in_address(&request) {
        let problem = Problem::new(
            StatusCode::BAD_REQUEST,
            "zero-character",
            "the address holds `%00`; leave this character out",
        );
        return problem.into_response();
    }
    next.run(request).await
}

fn in_address(request: &Request) -> bool {
    let uri = request.uri();
    holds(uri.path().as_bytes()) || uri.query().is_some_and(|query| holds(query.as_bytes()))
}

fn holds(bytes: &[u8]) -> bool {
    bytes
        .windows(ESCAPED.len())
        .any(|window| window == ESCAPED || window.first() == Some(&0))
        || bytes.last() == Some(&0)
}

fn is_form(headers: &HeaderMap) -> bool {
    const FORM: &[u8] = b"application/x-www-form-urlencoded";
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.as_bytes().get(..FORM.len()))
        .is_some_and(|kind| kind.eq_ignore_ascii_case(FORM))
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use tower::ServiceExt as _;

    use super::*;

    async fn status(layered: Router, path: &str, kind: &str, body: &'static str) -> StatusCode {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body))
            .unwrap();
        layered.oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn zero_character_is_refused_in_addresses_and_forms() {
        let echo = || Router::new().fallback(post(|body: String| async { body }));
        let pages = || echo().layer(from_fn(in_pages));
        let form = "Application/X-WWW-Form-Urlencoded; charset=utf-8";
        for (path, kind, body, expected) in [
            ("/a", form, "a=b%20c&d=%25", StatusCode::OK),
            ("/a?b=%2500", "text/plain", "%00", StatusCode::OK),
            ("/a%00", "text/plain", "", StatusCode::BAD_REQUEST),
            ("/a?b=%00", form, "", StatusCode::BAD_REQUEST),
            ("/a", form, "a=b%00", StatusCode::BAD_REQUEST),
            ("/a", form, "a=b\0", StatusCode::BAD_REQUEST),
        ] {
            assert_eq!(
                status(pages(), path, kind, body).await,
                expected,
                "{path} {body:?}"
            );
        }
        let api = || echo().layer(from_fn(in_api));
        assert_eq!(status(api(), "/a%00", form, "").await, StatusCode::BAD_REQUEST);
        assert_eq!(status(api(), "/a", form, "%00").await, StatusCode::OK);
    }
}
