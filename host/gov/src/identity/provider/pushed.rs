//! `/par`: a client sends its authorization request itself and the browser carries a reference to it (RFC 9126).

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Provider;
use super::client::RelyingParty;
use super::client_auth::{authenticate, form};
use super::description::{AuthorizationRequest, Pushed};
use super::oauth_error::{Code, OauthError};
use super::params::Params;
use super::request::{AuthRequest, Refusal};
use crate::clock::Timestamp;
use crate::db::DbError;
use crate::platform::Platform;
use crate::sessions::hashed;
use crate::sql;
use crate::text::Locale;

/// How long a pushed request is good, once.
pub const PUSHED_MS: i64 = 90 * 1000;
/// What a `request_uri` of ours begins with (RFC 9126, 2.2).
const URN: &str = "urn:ietf:params:oauth:request_uri:";
/// What proves the client and is not kept.
const CREDENTIALS: [&str; 1] = ["client_secret"];

/// Push an authorization request
#[utoipa::path(
    post,
    path = "/par",
    operation_id = "push_authorization_request",
    request_body(content = AuthorizationRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 201, description = "A reference to the request, good once.", body = Pushed))
)]
pub(super) async fn push(State(provider): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    match pushed(&provider, &headers, &body).await {
        Ok(request_uri) => (
            StatusCode::CREATED,
            [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))],
            Json(Pushed {
                request_uri,
                expires_in: PUSHED_MS / 1000,
            }),
        )
            .into_response(),
        Err(error) => error.into_response(),
    }
}

async fn pushed(provider: &Provider, headers: &HeaderMap, body: &[u8]) -> Result<String, OauthError> {
    let params = form(headers, body)?;
    let client = authenticate(provider, headers, &params).await?;
    let kept = params.encoded(&CREDENTIALS, &[("client_id", client.id())]);
    // The language is that of the browser, which is not here yet.
    match AuthRequest::parse(provider, kept.as_bytes(), Locale::default()).await {
        Ok(_) => {}
        Err(Refusal::Redirect { error, .. }) => return Err(error),
        Err(Refusal::Page) => {
            let description = "`redirect_uri` is missing, or the client did not register it";
            return Err(OauthError::new(Code::InvalidRequest, description));
        }
        Err(Refusal::Failed(error)) => return Err(OauthError::server(&error)),
    }
    keep(provider.0.identity.platform(), &client, &kept)
        .await
        .map_err(|error| OauthError::server(&error))
}

async fn keep(platform: &Platform, client: &RelyingParty, params: &str) -> Result<String, DbError> {
    let now = platform.clock.now();
    let reference = platform.random.token();
    let mut tx = platform.db.begin_if_room().await?;
    sql!("identity/pushed_delete_expired", now).run(&mut tx).await?;
    sql!(
        "identity/pushed_create",
        hashed(&reference),
        client.id(),
        params,
        now.plus_ms(PUSHED_MS)
    )
    .run(&mut tx)
    .await?;
    tx.commit().await?;
    Ok(format!("{URN}{reference}"))
}

/// Whether the request names a pushed one instead of saying what it wants.
pub(super) fn is_reference(params: &Params) -> bool {
    params.get("request_uri").is_some_and(|uri| uri.starts_with(URN))
}

/// The parameters that the client of this reference pushed; they are gone afterwards. `None` for a reference that is
/// unknown, used, expired or another client's.
pub(super) async fn take(platform: &Platform, params: &Params) -> Result<Option<String>, DbError> {
    let reference = params.get("request_uri").and_then(|uri| uri.strip_prefix(URN));
    let (Some(reference), Some(client)) = (reference, params.get("client_id")) else {
        return Ok(None);
    };
    let id = hashed(reference);
    let mut tx = platform.db.begin().await?;
    let kept: Option<(String, String, Timestamp)> =
        sql!("identity/pushed_load", &id).optional(&mut tx).await?;
    let Some((_, pushed, expires)) = kept.filter(|(owner, ..)| owner == client) else {
        return Ok(None);
    };
    let taken = sql!("identity/pushed_delete", &id).run(&mut tx).await?;
    tx.commit().await?;
    Ok((taken == 1 && platform.clock.now() < expires).then_some(pushed))
}
