//! Turns refusals of requests for pages into pages in the visitor's language, with the request id where the
//! fault is the platform's.

use std::borrow::Cow;

use aim_gov::web::{PageContext, PageError, header_text};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::REQUEST_ID;

/// Turns the bare refusals of extractors, of methods and of time limits into pages, and puts the request id on the
/// pages about faults of the platform.
pub async fn as_pages(context: PageContext, request: Request, next: Next) -> Response {
    let id = header_text(request.headers(), REQUEST_ID).map(Cow::into_owned);
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let page = match response.extensions().get::<PageError>() {
        Some(page) if status.is_server_error() => page.clone(),
        Some(_) => return response,
        None if is_bare(response.headers()) => PageError::new(context, status),
        None => return response,
    };
    let page = match id.filter(|_| status.is_server_error()) {
        Some(id) => page.with_request_id(id),
        None => page,
    };
    let (parts, _) = response.into_parts();
    let mut page = page.into_response();
    for (name, value) in &parts.headers {
        if !page.headers().contains_key(name) && name != header::CONTENT_LENGTH {
            page.headers_mut().append(name, value.clone());
        }
    }
    page
}

/// Whether the answer is empty or a line of plain text, and neither a page nor the answer of an API.
fn is_bare(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
}
