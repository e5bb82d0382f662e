//! The receipt of a consent, to keep: as JSON, and signed, so that others can verify it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::super::Receipt;
use super::Pages;
use super::mine::MINE;
use crate::described::KeySet;
use crate::identity::Identity;
use crate::web::{OrMissing as _, OrPage as _, PageError, SignedIn};

/// The media type of a signed receipt, without `application/` (RFC 7515, 4.1.9).
const KIND: &str = "consent-receipt+jwt";

/// `GET /{lang}/my/consents/{id}/receipt.json`.
pub(super) async fn plain(
    State(pages): State<Pages>,
    person: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let receipt = receipt(&pages, &person, &id).await?;
    Ok((
        kept_as("attachment; filename=\"consent-receipt.json\""),
        Json(receipt),
    )
        .into_response())
}

/// `GET /{lang}/my/consents/{id}/receipt.jws`.
pub(super) async fn signed(
    State(pages): State<Pages>,
    person: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let receipt = receipt(&pages, &person, &id).await?;
    let now = pages.consent.platform().clock.now();
    let signed = pages
        .identity
        .statements()
        .sign(KIND, (platform(&pages), now.seconds()), &receipt)
        .or_page(&person.context)?;
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/jose"));
    let head = kept_as("attachment; filename=\"consent-receipt.jws\"");
    Ok(([kind], head, signed).into_response())
}

/// Show the keys with which receipts are verified
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    operation_id = "keys_of_receipts",
    responses((status = 200, description = "The keys.", body = KeySet))
)]
pub(super) async fn keys(State(identity): State<Identity>) -> Response {
    let open = (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    ([open], Json(identity.statements().public())).into_response()
}

async fn receipt(pages: &Pages, person: &SignedIn, id: &str) -> Result<Receipt, PageError> {
    let context = &person.context;
    let record = pages.consent.record(&person.citizen.citizen, id).await;
    let record = record.or_page(context)?.or_missing(context)?;
    let sub = pages.identity.sub(&record.service, &record.citizen);
    let withdrawal = format!("{}/{}{MINE}", platform(pages), context.lang);
    Ok(Receipt::of(&record, sub, withdrawal))
}

fn platform(pages: &Pages) -> &str {
    pages.platform.as_str().trim_end_matches('/')
}

fn kept_as(name: &'static str) -> [(HeaderName, HeaderValue); 2] {
    [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(name)),
    ]
}
