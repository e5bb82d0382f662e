//! `/userinfo`: what the scopes of an access token open.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::Provider;
use super::oauth_error::{Code, OauthError};
use super::store;
use crate::identity::Persona;

/// Scopes that mean something here (OpenID Connect Core 5.4).
pub(super) const SCOPES: [&str; 5] = ["openid", "profile", "address", "phone", "email"];
/// Claims that a token can open. Numbers and addresses are never disclosed, only that there are some.
pub(super) const CLAIMS: [&str; 12] = [
    "sub",
    "name",
    "given_name",
    "middle_name",
    "family_name",
    "birthdate",
    "gender",
    "locale",
    "updated_at",
    "address",
    "phone_number_verified",
    "email_verified",
];

/// `GET /userinfo` and `POST /userinfo`.
pub(super) async fn show(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    match answer(&provider, &headers).await {
        Ok(claims) => (
            [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))],
            Json(claims),
        )
            .into_response(),
        Err(error) => error.into_response(),
    }
}

async fn answer(provider: &Provider, headers: &HeaderMap) -> Result<Value, OauthError> {
    let refused = || {
        OauthError::new(
            Code::InvalidToken,
            "the access token is not good, or its time is over",
        )
    };
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .ok_or_else(refused)?;
    let access = store::load_token(provider.0.identity.platform(), token)
        .await
        .map_err(|error| OauthError::server(&error))?
        .ok_or_else(refused)?;
    let client = provider.client(&access.client).ok_or_else(refused)?;
    let persona = crate::identity::personas::by_fin(&access.fin).ok_or_else(refused)?;
    let sub = provider.0.identity.client_sub(&client.sector, &access.fin);
    Ok(claims(&sub, persona, &access.scope))
}

fn claims(sub: &str, persona: &Persona, scope: &str) -> Value {
    let mut claims = Map::new();
    claims.insert("sub".into(), json!(sub));
    for scope in scope.split_whitespace() {
        match scope {
            "profile" => {
                claims.insert("name".into(), json!(persona.name()));
                claims.insert("given_name".into(), json!(persona.given_name));
                if let Some(middle) = &persona.middle_name {
                    claims.insert("middle_name".into(), json!(middle));
                }
                claims.insert("family_name".into(), json!(persona.family_name));
                claims.insert("birthdate".into(), json!(persona.birthdate.to_string()));
                claims.insert("gender".into(), json!(persona.gender.code()));
                claims.insert("locale".into(), json!(persona.locale.tag()));
                claims.insert("updated_at".into(), json!(persona.updated_at().seconds()));
            }
            "address" => {
                claims.insert("address".into(), json!(persona.address));
            }
            "phone" => {
                claims.insert(
                    "phone_number_verified".into(),
                    json!(persona.phone_number_verified),
                );
            }
            "email" => {
                claims.insert("email_verified".into(), json!(persona.email_verified));
            }
            _ => {}
        }
    }
    Value::Object(claims)
}
