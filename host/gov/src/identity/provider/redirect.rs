//! The way back to the client, with a code or an error.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::Provider;
use super::oauth_error::OauthError;
use super::request::AuthRequest;
use super::store::{self, Issued, Login};
use crate::db::DbError;
use crate::web::away;

/// Sends the citizen back with a code.
pub(super) async fn grant(
    provider: &Provider,
    request: &AuthRequest,
    login: Login,
) -> Result<Response, DbError> {
    let issued = Issued {
        request: request.clone(),
        login,
    };
    let code = store::issue_code(provider.0.identity.platform(), &issued).await?;
    Ok(back(
        provider,
        &request.redirect_uri,
        request.state.as_deref(),
        &[("code", &code)],
    ))
}

/// Sends the citizen back with an error.
pub(super) fn refuse_request(provider: &Provider, request: &AuthRequest, error: &OauthError) -> Response {
    refuse(provider, &request.redirect_uri, request.state.as_deref(), error)
}

/// As [`refuse_request`], of a request that could not be read.
pub(super) fn refuse(
    provider: &Provider,
    redirect_uri: &str,
    state: Option<&str>,
    error: &OauthError,
) -> Response {
    let fields = [
        ("error", error.code.as_str()),
        ("error_description", error.description),
    ];
    back(provider, redirect_uri, state, &fields)
}

fn back(provider: &Provider, redirect_uri: &str, state: Option<&str>, fields: &[(&str, &str)]) -> Response {
    let Ok(mut address) = url::Url::parse(redirect_uri) else {
        tracing::error!("identity.provider: a registered redirect address is not a URL");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    {
        let mut query = address.query_pairs_mut();
        query.extend_pairs(fields);
        if let Some(state) = state {
            query.append_pair("state", state);
        }
        // RFC 9207: the client can tell which provider answered.
        query.append_pair("iss", &provider.0.issuer);
    }
    away(address.as_str())
}
