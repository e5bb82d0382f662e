//! `/token`: a code becomes an ID token and an access token, once.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreIdTokenClaims, CoreIdTokenFields, CoreTokenResponse, CoreTokenType};
use openidconnect::{
    AccessToken, Audience, AuthenticationContextClass, AuthenticationMethodReference, EmptyAdditionalClaims,
    EmptyExtraTokenFields, IdTokenFields, IssuerUrl, Nonce, Scope, StandardClaims, SubjectIdentifier,
};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::client::RelyingParty;
use super::client_auth::{self, form};
use super::description::{TokenRequest, Tokens};
use super::oauth_error::{Code, OauthError};
use super::params::Params;
use super::store::{self, Access, Issued, Redeemed};
use super::{Provider, TOKEN_MS};
use crate::clock::Timestamp;
use crate::identity::scope::Scope as OurScope;
use crate::identity::sites;

/// Exchange a code for tokens
#[utoipa::path(
    post,
    path = "/token",
    operation_id = "exchange_code",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The tokens.", body = Tokens))
)]
pub(super) async fn exchange(State(provider): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    match tokens(&provider, &headers, &body).await {
        Ok(response) => (
            [
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (header::PRAGMA, HeaderValue::from_static("no-cache")),
            ],
            Json(response),
        )
            .into_response(),
        Err(error) => error.into_response(),
    }
}

async fn tokens(
    provider: &Provider,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<CoreTokenResponse, OauthError> {
    let params = form(headers, body)?;
    let client = client_auth::authenticate(provider, headers, &params).await?;
    match params.get("grant_type") {
        Some("authorization_code") => {}
        Some(_) => {
            let description = "the only `grant_type` is `authorization_code`";
            return Err(OauthError::new(Code::UnsupportedGrantType, description));
        }
        None => {
            let description = "`grant_type` is missing";
            return Err(OauthError::new(Code::InvalidRequest, description));
        }
    }
    let invalid = |description| OauthError::new(Code::InvalidRequest, description);
    let code = params.get("code").ok_or_else(|| invalid("`code` is missing"))?;
    let issued = redeem(provider, &client, &params, code).await?;
    still_agreed(provider, &client, &issued).await?;
    still_lives(provider, &issued.login.fin).await?;
    answer(provider, &client, code, &issued).await
}

/// Takes the code in and checks that it was issued to this client, for this address, to the holder of
/// this verifier. A code that fails is gone all the same.
async fn redeem(
    provider: &Provider,
    client: &RelyingParty,
    params: &Params,
    code: &str,
) -> Result<Issued, OauthError> {
    let refused = |description| OauthError::new(Code::InvalidGrant, description);
    let issued = match store::redeem_code(provider.0.identity.platform(), code).await {
        Ok(Redeemed::Fresh(issued)) => *issued,
        Ok(Redeemed::Again) => {
            tracing::warn!(client = client.id(), "identity.code presented again");
            return Err(refused("the code was used before; its tokens are void now"));
        }
        Ok(Redeemed::Unknown) => return Err(refused("the code is unknown, or it has expired")),
        Err(error) => return Err(OauthError::server(&error)),
    };
    if issued.request.client != client.id() {
        return Err(refused("the code was issued to another client"));
    }
    if params.get("redirect_uri") != Some(issued.request.redirect_uri.as_str()) {
        return Err(refused("`redirect_uri` is not the one of the request"));
    }
    let verifier = params.get("code_verifier").unwrap_or_default();
    if !proves(verifier, &issued.request.challenge) {
        return Err(refused("`code_verifier` does not fit the `code_challenge`"));
    }
    Ok(issued)
}

/// Refuses a code whose citizen has died meanwhile: a log-in that began before would outlast the death.
async fn still_lives(provider: &Provider, fin: &str) -> Result<(), OauthError> {
    match provider.0.identity.person_with_fin(fin).await {
        Ok(Some(person)) if person.died.is_none() => Ok(()),
        Ok(_) => Err(OauthError::new(
            Code::InvalidGrant,
            "the citizen cannot be logged in any more",
        )),
        Err(fault) => Err(OauthError::server(&fault)),
    }
}

/// Refuses a code whose citizen stopped the site meanwhile.
async fn still_agreed(provider: &Provider, client: &RelyingParty, issued: &Issued) -> Result<(), OauthError> {
    let Some(site) = client.site() else {
        return Ok(());
    };
    let asks = async {
        let platform = provider.0.identity.platform();
        let mut reader = platform.db.reader().await?;
        match provider.0.identity.citizen(&issued.login.fin) {
            Some(citizen) => {
                let (scopes, now) = (issued.request.scopes(), platform.clock.now());
                sites::needs(&mut reader, site, &citizen, &scopes, now).await
            }
            None => Ok(true),
        }
    };
    match asks.await {
        Ok(false) => Ok(()),
        Ok(true) => {
            let description = "the citizen does not agree any more";
            Err(OauthError::new(Code::InvalidGrant, description))
        }
        Err(error) => Err(OauthError::server(&error)),
    }
}

/// RFC 7636: 43 to 128 unreserved characters whose SHA-256 is the challenge.
fn proves(verifier: &str, challenge: &str) -> bool {
    let well_formed = (43..=128).contains(&verifier.len())
        && verifier
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'));
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    well_formed && bool::from(digest.as_bytes().ct_eq(challenge.as_bytes()))
}

async fn answer(
    provider: &Provider,
    client: &RelyingParty,
    code: &str,
    issued: &Issued,
) -> Result<CoreTokenResponse, OauthError> {
    let platform = provider.0.identity.platform();
    let token = platform.random.token();
    let access = Access {
        client: client.id().to_owned(),
        fin: issued.login.fin.clone(),
        scope: issued.request.scope.clone(),
    };
    let kept = store::issue_token(platform, code, &token, access)
        .await
        .map_err(|error| OauthError::server(&error))?;
    if !kept {
        let description = "the code was used before; its tokens are void now";
        return Err(OauthError::new(Code::InvalidGrant, description));
    }
    let token = AccessToken::new(token);
    let claims = claims(provider, client, issued, platform.clock.now())?;
    let id_token = provider
        .0
        .keys
        .sign(claims, &token, platform.clock.now())
        .map_err(|error| OauthError::server(&error))?;
    let fields: CoreIdTokenFields = IdTokenFields::new(Some(id_token), EmptyExtraTokenFields {});
    let mut response = CoreTokenResponse::new(token, CoreTokenType::Bearer, fields);
    let lasts_ms = u64::try_from(TOKEN_MS).unwrap_or_default();
    response.set_expires_in(Some(&std::time::Duration::from_millis(lasts_ms)));
    let scopes = OurScope::known(&issued.request.scope);
    response.set_scopes(Some(
        scopes.map(|scope| Scope::new(scope.code().to_owned())).collect(),
    ));
    Ok(response)
}

fn claims(
    provider: &Provider,
    client: &RelyingParty,
    issued: &Issued,
    now: Timestamp,
) -> Result<CoreIdTokenClaims, OauthError> {
    let login = &issued.login;
    let sub = provider.0.identity.client_sub(&client.sector(), &login.fin);
    let issuer = IssuerUrl::new(provider.0.issuer.clone()).map_err(|error| OauthError::server(&error))?;
    let methods = login.amr.iter().cloned().map(AuthenticationMethodReference::new);
    Ok(CoreIdTokenClaims::new(
        issuer,
        vec![Audience::new(client.id().to_owned())],
        now.plus_ms(TOKEN_MS).to_chrono(),
        now.to_chrono(),
        StandardClaims::new(SubjectIdentifier::new(sub)),
        EmptyAdditionalClaims {},
    )
    .set_auth_time(Some(login.auth_time.to_chrono()))
    .set_nonce(issued.request.nonce.clone().map(Nonce::new))
    .set_auth_context_ref(Some(AuthenticationContextClass::new(login.acr.code().to_owned())))
    .set_auth_method_refs(Some(methods.collect())))
}
