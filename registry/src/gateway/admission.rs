//! Requests that the front door refuses.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use aim_gov::text::Locale;
use aim_runtime::FORGET;

use super::Gateway;
use super::page::{OriginPage, OriginText};

pub(super) const ALLOW: HeaderValue =
    HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");

/// Whether pages, APIs and services may be asked with this method (RFC 9110, RFC 5789). `CONNECT` asks for a
/// tunnel, `TRACE` for the request itself with its cookies; other methods have no handler here.
fn is_answered(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET
            | Method::HEAD
            | Method::POST
            | Method::PUT
            | Method::PATCH
            | Method::DELETE
            | Method::OPTIONS
    )
}

/// The refusal of an unsupported method.
pub(super) fn refuse_method(gateway: &Gateway, request: &Request) -> Option<Response> {
    if is_answered(request.method()) {
        return None;
    }
    let lang = aim_gov::web::wish(request.headers()).for_page();
    let text = OriginText::of(lang);
    let page = message(gateway, lang, &text.method_title, &text.method_text);
    let mut response = page.answer(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(header::ALLOW, ALLOW);
    Some(response)
}

/// The refusal of a script that a browser would run as a worker of a service's origin (Service Workers,
/// "Service-Worker"; Fetch Metadata, "Sec-Fetch-Dest"). A worker answers instead of the service, even of a
/// suspended one, and would receive the tickets of the log-in. The refusal also ends an installed worker, whose
/// script the browser requests from time to time.
pub(super) fn refuse_worker(request: &Request) -> Option<Response> {
    const WORKERS: [&[u8]; 5] = [
        b"audioworklet",
        b"paintworklet",
        b"serviceworker",
        b"sharedworker",
        b"worker",
    ];
    let headers = request.headers();
    let destination = headers.get("sec-fetch-dest").map(HeaderValue::as_bytes);
    let is_worker = headers.contains_key("service-worker")
        || destination.is_some_and(|destination| {
            WORKERS
                .iter()
                .any(|worker| worker.eq_ignore_ascii_case(destination))
        });
    if !is_worker {
        return None;
    }
    let refusal = (
        StatusCode::FORBIDDEN,
        [FORGET],
        "pages of services run without scripts and workers\n",
    );
    Some(refusal.into_response())
}

fn message<'a>(gateway: &'a Gateway, lang: Locale, title: &'a str, text: &'a str) -> OriginPage<'a> {
    OriginPage {
        lang,
        platform: Some(gateway.platform_address()),
        service: None,
        title,
        paragraphs: vec![text],
        facts: Vec::new(),
        links: vec![super::page::home(gateway, lang)],
    }
}
