//! The files: what is to be signed, and what was signed.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use super::Pages;
use crate::signature::signing::Content;
use crate::web::{OrMissing as _, OrPage as _, PageError, SignedIn};

/// Nothing in a file runs or loads anything.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// `GET /{lang}/my/signatures/{id}/documents/{place}`: shown in the browser.
pub(super) async fn to_sign(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id, place)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let place = place.parse::<i64>().ok().or_missing(&context)?;
    let content = pages.signatures.to_sign(&citizen.citizen, &id, place).await;
    let content = content.or_page(&context)?.or_missing(&context)?;
    // A text is shown as it is, also one of JSON.
    let media_type = match content.media_type.as_str() {
        "application/pdf" => "application/pdf",
        _ => "text/plain; charset=utf-8",
    };
    Ok(answer(content, media_type.to_owned(), "inline"))
}

/// `GET /{lang}/my/signatures/{id}/files/{file}`: as a download.
pub(super) async fn signed(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id, file)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let content = pages.signatures.signed(&citizen.citizen, &id, &file).await;
    let content = content.or_page(&context)?.or_missing(&context)?;
    let media_type = content.media_type.clone();
    Ok(answer(content, media_type, "attachment"))
}

fn answer(content: Content, media_type: String, way: &str) -> Response {
    // RFC 6266: the name in UTF-8, percent-encoded (RFC 8187).
    let name = percent_encoding::utf8_percent_encode(&content.name, percent_encoding::NON_ALPHANUMERIC);
    let value = |text: String, other| HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(other));
    let headers = [
        (
            header::CONTENT_TYPE,
            value(media_type, "application/octet-stream"),
        ),
        (
            header::CONTENT_DISPOSITION,
            value(format!("{way}; filename*=UTF-8''{name}"), "attachment"),
        ),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        ),
    ];
    (headers, content.bytes).into_response()
}
