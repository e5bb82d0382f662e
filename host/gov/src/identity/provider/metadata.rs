//! What the provider says about itself.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use openidconnect::core::{
    CoreClaimName, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
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

/// `/.well-known/openid-configuration`.
pub(super) async fn configuration(State(provider): State<Provider>) -> Response {
    match document(&provider) {
        Ok(document) => Json(document).into_response(),
        Err(error) => OauthError::server(&error).into_response(),
    }
}

/// `/jwks`.
pub(super) async fn jwks(State(provider): State<Provider>) -> Json<CoreJsonWebKeySet> {
    Json(provider.0.key.public())
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
        // What the crate's type has no field for: RFC 7636, RFC 9207, RP-Initiated Logout.
        fields.insert(
            "code_challenge_methods_supported".into(),
            serde_json::json!(["S256"]),
        );
        fields.insert(
            "authorization_response_iss_parameter_supported".into(),
            true.into(),
        );
        fields.insert(
            "end_session_endpoint".into(),
            provider.endpoint("/end-session").into(),
        );
    }
    Ok(document)
}
