//! The way back to the client, with a code or an error.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::Provider;
use super::client::RelyingParty;
use super::oauth_error::{Code, OauthError};
use super::question::Question;
use super::request::{AuthRequest, Prompt};
use super::store::{self, Issued, Login};
use crate::db::DbError;
use crate::identity::sites::{self, Site};
use crate::web::away;

/// Sends the citizen back with a code, or first to the page that asks whether the site may learn who they are.
pub(super) async fn grant(
    provider: &Provider,
    request: &AuthRequest,
    login: Login,
) -> Result<Response, DbError> {
    let Some(site) = site_to_agree(provider, request, &login).await? else {
        return grant_agreed(provider, request, login).await;
    };
    if request.prompt == Prompt::None {
        let error = OauthError::new(Code::ConsentRequired, "the citizen has to agree");
        return Ok(refuse_request(provider, request, &error));
    }
    Ok(match Question::address(provider, request, &site, &login) {
        Ok(address) => away(&address),
        Err(error) => refuse_request(provider, request, &OauthError::server(&error)),
    })
}

/// The site that this citizen has not agreed to yet, or not to all of this, or is to be asked again for.
async fn site_to_agree(
    provider: &Provider,
    request: &AuthRequest,
    login: &Login,
) -> Result<Option<Site>, DbError> {
    let platform = provider.0.identity.platform();
    let mut reader = platform.db.reader().await?;
    let client = RelyingParty::load(provider, &mut reader, &request.client).await?;
    let Some(site) = client.as_ref().and_then(RelyingParty::site) else {
        return Ok(None);
    };
    let asks = match provider.0.identity.citizen(&login.fin) {
        Some(citizen) => {
            let (scopes, now) = (request.scopes(), platform.clock.now());
            request.ask_again || sites::needs(&mut reader, site, &citizen, &scopes, now).await?
        }
        None => true,
    };
    Ok(asks.then(|| site.clone()))
}

/// Sends the citizen back with a code.
pub(super) async fn grant_agreed(
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
