//! What the provider says about itself.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKeySet,
    CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseMode, CoreResponseType,
    CoreSubjectIdentifierType,
};
use openidconnect::{
    AuthUrl, AuthenticationContextClass, EmptyAdditionalProviderMetadata, IssuerUrl, JsonWebKeySetUrl,
    LanguageTag, ResponseTypes, Scope, TokenUrl, UserInfoUrl,
};

use tower_http::cors::{Any, CorsLayer};

use super::Provider;
use super::oauth_error::OauthError;
use super::userinfo::CLAIMS;
use crate::described::KeySet;
use crate::identity::scope;
use crate::invocation::Acr;
use crate::text::Locale;

/// How long a browser keeps the answer to a preflight request.
const PREFLIGHT_KEPT: Duration = Duration::from_secs(86_400);

/// Show the provider's metadata
#[utoipa::path(
    get,
    path = "/.well-known/openid-configuration",
    operation_id = "openid_configuration",
    responses((status = 200, description = "The metadata (OpenID Connect Discovery 1.0).", body = Object, content_type = "application/json"))
)]
pub(super) async fn configuration(State(provider): State<Provider>) -> Response {
    match document(&provider) {
        Ok(document) => Json(document).into_response(),
        Err(error) => OauthError::server(&error).into_response(),
    }
}

/// Show the provider's metadata to clients of OAuth 2.0 (RFC 8414)
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server/id",
    operation_id = "oauth_configuration",
    responses((status = 200, description = "The metadata.", body = Object, content_type = "application/json"))
)]
pub(super) async fn oauth_configuration(provider: State<Provider>) -> Response {
    configuration(provider).await
}

/// Show the keys with which ID tokens are verified
#[utoipa::path(
    get,
    path = "/jwks",
    operation_id = "openid_keys",
    responses((status = 200, description = "The keys.", body = KeySet))
)]
pub(super) async fn jwks(State(provider): State<Provider>) -> Json<CoreJsonWebKeySet> {
    Json(provider.0.keys.public())
}

/// Lets scripts of every origin read the public documents: clients that run in a browser configure themselves with
/// them.
pub(super) fn readable_from_everywhere() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers(Any)
        .max_age(PREFLIGHT_KEPT)
}

/// Lets scripts of every origin call what a client's program calls. Credentials of the browser are not allowed, and
/// none count there.
pub(super) fn callable_from_everywhere() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        // Fetch, 4.9: `*` does not cover `Authorization`.
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .expose_headers([header::WWW_AUTHENTICATE])
        .max_age(PREFLIGHT_KEPT)
}

#[derive(Debug, thiserror::Error)]
enum DocumentError {
    #[error("the platform's address gives no endpoints")]
    Address(#[from] url::ParseError),
    #[error("the metadata cannot be written down")]
    Json(#[from] serde_json::Error),
}

fn document(provider: &Provider) -> Result<serde_json::Value, DocumentError> {
    let acrs =
        [Acr::Substantial, Acr::High].map(|acr| AuthenticationContextClass::new(acr.code().to_owned()));
    let metadata = CoreProviderMetadata::new(
        IssuerUrl::new(provider.0.issuer.clone())?,
        AuthUrl::new(provider.endpoint("/authorize"))?,
        JsonWebKeySetUrl::new(provider.endpoint("/jwks"))?,
        vec![ResponseTypes::new(vec![CoreResponseType::Code])],
        vec![CoreSubjectIdentifierType::Pairwise],
        vec![CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256],
        EmptyAdditionalProviderMetadata {},
    )
    .set_token_endpoint(Some(TokenUrl::new(provider.endpoint("/token"))?))
    .set_userinfo_endpoint(Some(UserInfoUrl::new(provider.endpoint("/userinfo"))?))
    .set_scopes_supported(Some(
        scope::Scope::ALL
            .iter()
            .map(|scope| Scope::new(scope.code().to_owned()))
            .collect(),
    ))
    .set_claims_supported(Some(
        CLAIMS.map(|claim| CoreClaimName::new(claim.to_owned())).to_vec(),
    ))
    .set_response_modes_supported(Some(vec![CoreResponseMode::Query]))
    .set_grant_types_supported(Some(vec![CoreGrantType::AuthorizationCode]))
    .set_token_endpoint_auth_methods_supported(Some(vec![
        CoreClientAuthMethod::ClientSecretBasic,
        CoreClientAuthMethod::ClientSecretPost,
        CoreClientAuthMethod::None,
    ]))
    .set_display_values_supported(Some(vec![
        CoreAuthDisplay::Page,
        CoreAuthDisplay::Popup,
        CoreAuthDisplay::Touch,
    ]))
    .set_acr_values_supported(Some(acrs.to_vec()))
    .set_ui_locales_supported(Some(
        Locale::PAGES
            .map(|locale| LanguageTag::new(locale.tag().to_owned()))
            .to_vec(),
    ))
    .set_claims_parameter_supported(Some(false))
    .set_request_parameter_supported(Some(false))
    .set_request_uri_parameter_supported(Some(false));
    let mut document = serde_json::to_value(metadata)?;
    if let Some(fields) = document.as_object_mut() {
        // What the crate's type has no field for: RFC 7636, RFC 9207, RP-Initiated Logout, RFC 9126, RFC 7009,
        // Initiating User Registration 1.0.
        let methods = serde_json::json!(["client_secret_basic", "client_secret_post", "none"]);
        for (name, value) in [
            ("code_challenge_methods_supported", serde_json::json!(["S256"])),
            ("authorization_response_iss_parameter_supported", true.into()),
            ("end_session_endpoint", provider.endpoint("/end-session").into()),
            (
                "pushed_authorization_request_endpoint",
                provider.endpoint("/par").into(),
            ),
            ("revocation_endpoint", provider.endpoint("/revoke").into()),
            ("revocation_endpoint_auth_methods_supported", methods),
            (
                "prompt_values_supported",
                serde_json::json!(["none", "login", "select_account", "consent"]),
            ),
        ] {
            fields.insert(name.into(), value);
        }
    }
    Ok(document)
}
