//! How a client proves itself at the endpoints that it calls itself: `client_secret_basic` or
//! `client_secret_post` (OpenID Connect Core 9). A public client only names itself (RFC 6749, 3.2.1).

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Provider;
use super::client::RelyingParty;
use super::oauth_error::{Code, OauthError};
use super::params::Params;
use crate::web::header_text;

/// The parameters of a form that a client sent.
///
/// # Errors
/// `invalid_request` for another media type or a repeated parameter (RFC 6749, 3.2).
pub(super) fn form(headers: &HeaderMap, body: &[u8]) -> Result<Params, OauthError> {
    // A media type has no case, and may have parameters (RFC 9110, 8.3.1).
    let is_form = header_text(headers, header::CONTENT_TYPE).is_some_and(|value| {
        let kind = value.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    });
    let invalid = |description| OauthError::new(Code::InvalidRequest, description);
    if !is_form {
        return Err(invalid("the body must be `application/x-www-form-urlencoded`"));
    }
    let params = Params::parse(body);
    if params.any_repeated() {
        return Err(invalid("a parameter is repeated"));
    }
    Ok(params)
}

/// The client that proves itself with `client_secret_basic` or `client_secret_post`, one of them, or the public one
/// that names itself and sends no secret.
pub(super) async fn authenticate(
    provider: &Provider,
    headers: &HeaderMap,
    params: &Params,
) -> Result<RelyingParty, OauthError> {
    let is_basic = headers.contains_key(header::AUTHORIZATION);
    let unknown = || {
        let description = "the client is not known, or its secret is wrong";
        let error = OauthError::new(Code::InvalidClient, description);
        if is_basic {
            error.with_basic_challenge()
        } else {
            error
        }
    };
    let (id, secret) = match headers.get(header::AUTHORIZATION) {
        Some(_) if params.get("client_secret").is_some() => {
            let description = "the client proves itself in two ways; use one";
            return Err(OauthError::new(Code::InvalidRequest, description));
        }
        Some(value) => {
            let (id, secret) = basic(value).ok_or_else(unknown)?;
            (id, Some(secret))
        }
        None => (
            params.get("client_id").ok_or_else(unknown)?.to_owned(),
            params.get("client_secret").map(str::to_owned),
        ),
    };
    if params.get("client_id").is_some_and(|named| named != id) {
        return Err(unknown());
    }
    let client = provider
        .client(&id)
        .await
        .map_err(|error| OauthError::server(&error))?;
    client
        .filter(|client| match &secret {
            Some(secret) => client.has_secret(secret),
            None => client.is_public(),
        })
        .ok_or_else(unknown)
}

/// Name and secret of a Basic header; both are form-encoded inside (RFC 6749, 2.3.1).
fn basic(value: &HeaderValue) -> Option<(String, String)> {
    let value = std::str::from_utf8(value.as_bytes()).ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let plain = |text: &str| {
        url::form_urlencoded::parse(text.as_bytes())
            .next()
            .map(|(name, _)| name.into_owned())
    };
    Some((plain(id)?, plain(secret)?))
}
