//! The answer to a path without a language of the platform.

use axum::extract::{OriginalUri, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use super::html::PageError;
use super::page_context::PageContext;
use crate::text::Locale;

/// Answers a path whose first segment is not a language of [`Locale::PAGES`] with the page that says so.
pub async fn refuse_unknown_language(
    OriginalUri(uri): OriginalUri,
    context: PageContext,
    request: Request,
    next: Next,
) -> Result<Response, PageError> {
    let tag = uri.path().split('/').nth(1).unwrap_or_default();
    if Locale::PAGES.into_iter().any(|locale| locale.tag() == tag) {
        Ok(next.run(request).await)
    } else {
        Err(PageError::new(context, StatusCode::NOT_FOUND))
    }
}
