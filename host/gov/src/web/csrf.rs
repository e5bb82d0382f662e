//! Protection against forms that other sites send.

use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::header::header_text;
use super::html::PageError;
use super::page_context::PageContext;

/// Refuses a changing request that another site's page sent (OWASP ASVS 5.0, V3.5.1): a browser tells in
/// `Sec-Fetch-Site`, an older one in `Origin`. A client that sends neither is not a browser and has no cookies
/// of a visitor.
pub async fn refuse_cross_site(
    context: PageContext,
    request: Request,
    next: Next,
) -> Result<Response, PageError> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(next.run(request).await);
    }
    let headers = request.headers();
    let text = |name| header_text(headers, name);
    let ours = match text(header::HeaderName::from_static("sec-fetch-site")) {
        Some(site) => matches!(&*site, "same-origin" | "none"),
        None => match (text(header::ORIGIN), text(header::HOST)) {
            (None, _) => true,
            (Some(origin), Some(host)) => origin
                .split_once("://")
                .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(&host)),
            (Some(_), None) => false,
        },
    };
    if ours {
        Ok(next.run(request).await)
    } else {
        Err(PageError::new(context.at("/"), StatusCode::FORBIDDEN))
    }
}
