//! Whatever refuses a request for a page, the person reads a page: in their language, with the request's
//! number where the fault is ours.

use std::borrow::Cow;

use aim_gov::web::{PageContext, PageError, PageLang, header_text};
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::REQUEST_ID;

/// Pages are in the languages that they are in: `/xx/services/hello` is not an address.
pub async fn in_a_known_language(
    params: RawPathParams,
    context: PageContext,
    request: Request,
    next: Next,
) -> Response {
    let unknown = params
        .iter()
        .any(|(name, value)| name == "lang" && PageLang::try_from(value.to_owned()).is_err());
    if unknown {
        return PageError::new(context, StatusCode::NOT_FOUND).into_response();
    }
    next.run(request).await
}

/// PermitPool the bare refusals of extractors, of methods and of time limits into pages, and puts the request's
/// number on the pages that say that something of ours went wrong.
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

/// Nothing at all, or a line of plain text: no page, and no answer of an interface for machines.
fn is_bare(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
}
