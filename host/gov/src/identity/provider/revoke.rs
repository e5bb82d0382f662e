//! `/revoke`: a client ends its access token (RFC 7009).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::Provider;
use super::client_auth::{authenticate, form};
use super::description::RevocationRequest;
use super::oauth_error::{Code, OauthError};
use crate::sessions::hashed;
use crate::sql;

/// End an access token
///
/// The answer is the same for a token that was good, is over, or is another client's, which is left
/// alone: the client learns nothing about it.
#[utoipa::path(
    post,
    path = "/revoke",
    operation_id = "revoke_access_token",
    request_body(content = RevocationRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The token opens nothing."))
)]
pub(super) async fn revoke(State(provider): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    match revoked(&provider, &headers, &body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => error.into_response(),
    }
}

async fn revoked(provider: &Provider, headers: &HeaderMap, body: &[u8]) -> Result<(), OauthError> {
    let params = form(headers, body)?;
    let client = authenticate(provider, headers, &params).await?;
    let token = params
        .get("token")
        .ok_or_else(|| OauthError::new(Code::InvalidRequest, "`token` is missing"))?;
    let delete = sql!("identity/token_revoke", hashed(token), client.id());
    let deleted = delete.run_alone(&provider.0.identity.platform().db).await;
    deleted.map(drop).map_err(|error| OauthError::server(&error))
}
