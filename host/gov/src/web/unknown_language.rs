//! The answer to a path without a language of the platform.

use axum::extract::{RawPathParams, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use super::html::PageError;
use super::page_context::{PageContext, PageLang};

/// Answers 404 with an error page where the `lang` of the route is not a language of the pages: `/xx/services/hello`.
pub async fn refuse_unknown_language(
    params: RawPathParams,
    context: PageContext,
    request: Request,
    next: Next,
) -> Result<Response, PageError> {
    let unknown = params
        .iter()
        .any(|(name, value)| name == "lang" && PageLang::try_from(value.to_owned()).is_err());
    if unknown {
        Err(PageError::new(context, StatusCode::NOT_FOUND))
    } else {
        Ok(next.run(request).await)
    }
}
