//! What the provider says about itself.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
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

use super::Provider;
use super::oauth_error::OauthError;
use super::userinfo::{CLAIMS, SCOPES};
use crate::invocation::Acr;
use crate::text::Locale;

/// `/.well-known/openid-configuration`, and the same for clients of OAuth 2.0 (RFC 8414).
pub(super) async fn configuration(State(provider): State<Provider>) -> Response {
    match document(&provider) {
        Ok(document) => Json(document).into_response(),
        Err(error) => OauthError::server(&error).into_response(),
    }
}

/// `/jwks`.
pub(super) async fn jwks(State(provider): State<Provider>) -> Json<CoreJsonWebKeySet> {
    Json(provider.0.keys.public())
}

/// `OPTIONS` of both documents: any page's script may read them.
pub(super) async fn preflight() -> Response {
    let allowed = [
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, HEAD"),
        ),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("*"),
        ),
        (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400")),
    ];
    (StatusCode::NO_CONTENT, allowed).into_response()
}

/// Lets scripts of every origin read a public document, without credentials: clients that run in a browser
/// configure themselves with both.
pub(super) async fn readable_from_everywhere(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
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
    .set_scopes_supported(Some(SCOPES.map(|scope| Scope::new(scope.to_owned())).to_vec()))
    .set_claims_supported(Some(
        CLAIMS.map(|claim| CoreClaimName::new(claim.to_owned())).to_vec(),
    ))
    .set_response_modes_supported(Some(vec![CoreResponseMode::Query]))
    .set_grant_types_supported(Some(vec![CoreGrantType::AuthorizationCode]))
    .set_token_endpoint_auth_methods_supported(Some(vec![
        CoreClientAuthMethod::ClientSecretBasic,
        CoreClientAuthMethod::ClientSecretPost,
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
        let methods = serde_json::json!(["client_secret_basic", "client_secret_post"]);
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
                serde_json::json!(["none", "login", "select_account"]),
            ),
        ] {
            fields.insert(name.into(), value);
        }
    }
    Ok(document)
}
