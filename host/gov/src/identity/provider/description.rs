//! What the provider's endpoints take and answer, as they are described. Requests are read parameter by parameter
//! ([`super::params`]) and unknown ones are ignored, which OAuth 2.0 demands (RFC 6749, 3.1 and 3.2); tokens are types of
//! `openidconnect`. Neither has a type of ours from which a schema could be derived.

#![expect(dead_code, reason = "these types are described and never made")]

use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::UtoipaMethodRouter;

use super::oauth_error::{Body, Code};
use crate::described::{complete, refuse, schemas_of};
use crate::web;

/// The name of the endpoints in the description.
pub const TAG: &str = "openid";
/// The name of `client_secret_basic` among the ways to authenticate.
pub const CLIENT: &str = "client-secret";
/// The name of the provider's access tokens among the ways to authenticate.
pub const ACCESS_TOKEN: &str = "access-token";

/// What refuses a client that does not prove itself, or sends no form.
pub(super) const CLIENTS: &[Code] = &[Code::InvalidRequest, Code::InvalidClient, Code::ServerError];
/// What refuses an authorization request.
pub(super) const REQUESTS: &[Code] = &[
    Code::InvalidScope,
    Code::UnsupportedResponseType,
    Code::RequestNotSupported,
    Code::RequestUriNotSupported,
    Code::RegistrationNotSupported,
    Code::InvalidTarget,
    Code::InvalidAuthorizationDetails,
    Code::UnmetAuthenticationRequirements,
];

/// The same routes, described with these errors.
pub(super) fn failing<S>(
    pages: &[(u16, &str)],
    errors: &[&[Code]],
    routes: UtoipaMethodRouter<S>,
) -> UtoipaMethodRouter<S> {
    let (mut schemas, mut paths, router) = web::described(TAG, pages, routes);
    let mut by_status = std::collections::BTreeMap::<u16, Vec<&str>>::new();
    for code in errors.iter().copied().flatten() {
        by_status
            .entry(code.status().as_u16())
            .or_default()
            .push(code.as_str());
    }
    complete(&mut paths, |operation| {
        for (status, codes) in &by_status {
            refuse::<Body>(operation, *status, "application/json", "error", codes);
        }
    });
    schemas_of::<Body>(&mut schemas);
    (schemas, paths, router)
}

/// Who must prove that it is a client: with its secret, or as a public client with its name alone.
pub(super) fn by_clients<S>((schemas, mut paths, router): UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    complete(&mut paths, |operation| {
        let secret = SecurityRequirement::new(CLIENT, [""; 0]);
        operation.security = Some(vec![secret, SecurityRequirement::default()]);
    });
    (schemas, paths, router)
}

/// An authorization request (OpenID Connect Core 3.1.2.1, RFC 7636).
#[derive(utoipa::IntoParams, utoipa::ToSchema)]
#[into_params(parameter_in = Query)]
pub(super) struct AuthorizationRequest {
    client_id: Option<String>,
    /// One of the addresses that the client registered.
    redirect_uri: Option<String>,
    /// `code`
    response_type: Option<String>,
    /// `query`
    response_mode: Option<String>,
    /// `openid`, and more of the scopes that the metadata names.
    scope: Option<String>,
    /// Comes back with the answer; at most 12 KiB.
    state: Option<String>,
    nonce: Option<String>,
    /// The SHA-256 of the verifier in base64url.
    code_challenge: Option<String>,
    /// `S256`
    code_challenge_method: Option<String>,
    /// `none`, or any of `login`, `select_account`, `consent`.
    prompt: Option<String>,
    /// Seconds since the last log-in, at most.
    max_age: Option<String>,
    acr_values: Option<String>,
    ui_locales: Option<String>,
    /// `page`, `popup` or `touch`.
    display: Option<String>,
    login_hint: Option<String>,
    id_token_hint: Option<String>,
    /// The reference of a pushed request, which stands for all parameters but `client_id`.
    request_uri: Option<String>,
}

/// The answer to a pushed request (RFC 9126, 2.2).
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = PushedRequest)]
pub(super) struct Pushed {
    pub request_uri: String,
    /// Seconds.
    pub expires_in: i64,
}

/// A request for tokens (RFC 6749, 4.1.3; RFC 7636, 4.5).
#[derive(utoipa::ToSchema)]
pub(super) struct TokenRequest {
    /// `authorization_code`
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// Tokens (OpenID Connect Core 3.1.3.3).
#[derive(utoipa::ToSchema)]
pub(super) struct Tokens {
    access_token: String,
    token_type: String,
    /// Seconds.
    expires_in: u64,
    id_token: String,
    scope: String,
}

/// A request to end a token (RFC 7009, 2.1).
#[derive(utoipa::ToSchema)]
pub(super) struct RevocationRequest {
    token: String,
    token_type_hint: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// A request to log out (RP-Initiated Logout 1.0, 2).
#[derive(utoipa::IntoParams, utoipa::ToSchema)]
#[into_params(parameter_in = Query)]
pub(super) struct LogoutRequest {
    /// An ID token of the citizen who is logged in.
    id_token_hint: Option<String>,
    /// One of the addresses that the client registered.
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}
