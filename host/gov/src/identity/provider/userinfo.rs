//! `/userinfo`: what the scopes of an access token open.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::oauth_error::{Code, OauthError};
use super::store::{self, Access};
use super::{Client, Provider};
use crate::audit::{self, Entry};
use crate::db::DbError;
use crate::grant::{Attribute, Capability};
use crate::identity::PORTAL_SECTOR;
use crate::identity::personas::{self, Persona};
use crate::invocation::ServiceId;
use crate::web::header_text;

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
    let Some(token) = bearer(&headers) else {
        // Who sends no token learns only how to send one (RFC 6750, 3.1).
        let challenge = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))];
        return (StatusCode::UNAUTHORIZED, challenge).into_response();
    };
    match answer(&provider, token).await {
        Ok(claims) => (
            [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))],
            Json(claims),
        )
            .into_response(),
        Err(error) => error.into_response(),
    }
}

/// The access token of the request, where it has one.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = header_text(headers, header::AUTHORIZATION)?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

async fn answer(provider: &Provider, token: String) -> Result<Value, OauthError> {
    opened(provider, token)
        .await
        .map_err(|error| OauthError::server(&error))?
        .ok_or_else(|| {
            OauthError::new(
                Code::InvalidToken,
                "the access token is not good, or its time is over",
            )
        })
}

/// The claims that a token opens, recorded; `None` where it opens nothing.
async fn opened(provider: &Provider, token: String) -> Result<Option<Value>, DbError> {
    let platform = provider.0.identity.platform();
    let mut tx = platform.db.begin().await?;
    let now = platform.clock.now();
    let Some(access) = store::load_token(&mut tx, &token, now).await? else {
        return Ok(None);
    };
    let (Some(client), Some(persona)) = (provider.client(&access.client), personas::by_fin(&access.fin))
    else {
        return Ok(None);
    };
    let entry = entry_of(provider, client, &access, &platform.random.id("req", now));
    audit::append(&mut tx, &platform.random, now, &entry, audit::ALLOWED).await?;
    tx.commit().await?;
    let sub = provider.0.identity.client_sub(&client.sector, &access.fin);
    Ok(Some(claims(&sub, persona, &access.scope)))
}

/// The record of what a client learns. The portal is the platform itself.
fn entry_of(provider: &Provider, client: &Client, access: &Access, request_id: &str) -> Entry {
    let is_portal = client.sector == PORTAL_SECTOR;
    let service = if is_portal { audit::PLATFORM } else { &client.id };
    let scopes = access.scope.split_whitespace();
    Entry {
        request_id: request_id.to_owned(),
        service: ServiceId(service.to_owned()),
        digest: String::new(),
        citizen: provider.0.identity.citizen(&access.fin),
        interface: Capability::Identity,
        operation: "userinfo",
        purpose: None,
        consent_id: None,
        attributes: scopes.flat_map(attributes_of).copied().collect(),
        object: None,
        awaits_answer: false,
    }
}

/// What a scope opens (OpenID Connect Core 5.4), as far as [`claims`] has it.
fn attributes_of(scope: &str) -> &'static [Attribute] {
    match scope {
        "profile" => &[
            Attribute::Name,
            Attribute::GivenName,
            Attribute::MiddleName,
            Attribute::FamilyName,
            Attribute::Birthdate,
            Attribute::Gender,
            Attribute::Locale,
        ],
        "address" => &[Attribute::Address],
        "phone" => &[Attribute::PhoneNumberVerified],
        "email" => &[Attribute::EmailVerified],
        _ => &[],
    }
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
