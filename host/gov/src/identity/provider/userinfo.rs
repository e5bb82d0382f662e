//! `/userinfo`: what the scopes of an access token open.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Provider;
use super::client::RelyingParty;
use super::oauth_error::{Code, OauthError};
use super::store::{self, Access};
use crate::audit::{self, Entry};
use crate::db::{Conn, DbError};
use crate::grant::Capability;
use crate::identity::Address;
use crate::identity::sites;
use crate::identity::{PORTAL_SECTOR, Person, REGISTER, Scope};
use crate::invocation::ServiceId;
use crate::web::header_text;

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

/// Read what the citizen's scopes open
#[utoipa::path(
    get,
    path = "/userinfo",
    operation_id = "userinfo",
    security(("access-token" = [])),
    responses((status = 200, description = "The claims.", body = Claims))
)]
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

/// Read what the citizen's scopes open (OpenID Connect Core 5.3.1)
#[utoipa::path(
    post,
    path = "/userinfo",
    operation_id = "userinfo_by_post",
    security(("access-token" = [])),
    responses((status = 200, description = "The claims.", body = Claims))
)]
pub(super) async fn show_by_post(provider: State<Provider>, headers: HeaderMap) -> Response {
    show(provider, headers).await
}

/// The access token of the request, where it has one.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = header_text(headers, header::AUTHORIZATION)?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

async fn answer(provider: &Provider, token: String) -> Result<Claims, OauthError> {
    let invalid = || {
        OauthError::new(
            Code::InvalidToken,
            "the access token is not valid, or it has expired",
        )
    };
    let failed = |error: DbError| OauthError::server(&error);
    let platform = provider.0.identity.platform();
    let mut tx = platform.db.begin().await.map_err(failed)?;
    let asked = load(provider, &mut tx, &token).await.map_err(failed)?;
    drop(tx);
    let (_, access) = asked.ok_or_else(invalid)?;
    let person = provider.0.identity.person_with_fin(&access.fin).await;
    let (decision, person) = match person {
        Ok(Some(person)) => (audit::ALLOWED, Ok(person)),
        Ok(None) => return Err(invalid()),
        Err(fault) => {
            let refusal = fault.unavailable(REGISTER);
            (refusal.code(), Err(OauthError::unavailable()))
        }
    };
    // The token may have been voided while the register worked.
    let opened = record(provider, &token, decision).await.map_err(failed)?;
    let (client, access) = opened.ok_or_else(invalid)?;
    let sub = provider.0.identity.client_sub(&client.sector(), &access.fin);
    Ok(claims(sub, &person?, &access.scope))
}

/// What a token opens now, and for which client: nothing where the client is not admitted any more, or its citizen
/// stopped it.
async fn load(
    provider: &Provider,
    tx: &mut Conn,
    token: &str,
) -> Result<Option<(RelyingParty, Access)>, DbError> {
    let now = provider.0.identity.platform().clock.now();
    let Some(access) = store::load_token(tx, token, now).await? else {
        return Ok(None);
    };
    let Some(client) = RelyingParty::load(provider, tx, &access.client).await? else {
        return Ok(None);
    };
    if let Some(site) = client.site() {
        let scopes: Vec<_> = Scope::known(&access.scope).collect();
        let citizen = provider.0.identity.citizen(&access.fin);
        match citizen {
            Some(citizen) if !sites::needs(tx, site, &citizen, &scopes, now).await? => {}
            _ => return Ok(None),
        }
    }
    Ok(Some((client, access)))
}

/// Records what becomes of a request with a token that is good; `None` where it is not.
async fn record(
    provider: &Provider,
    token: &str,
    decision: &str,
) -> Result<Option<(RelyingParty, Access)>, DbError> {
    let platform = provider.0.identity.platform();
    let mut tx = platform.db.begin().await?;
    let now = platform.clock.now();
    let Some((client, access)) = load(provider, &mut tx, token).await? else {
        return Ok(None);
    };
    let entry = entry_of(provider, &client, &access, &platform.random.id("req", now));
    audit::append(&mut tx, &platform.random, now, &entry, decision).await?;
    tx.commit().await?;
    Ok(Some((client, access)))
}

/// The record of what a client learns. The portal is the platform itself.
fn entry_of(provider: &Provider, client: &RelyingParty, access: &Access, request_id: &str) -> Entry {
    let is_portal = client.sector() == PORTAL_SECTOR;
    let service = if is_portal { audit::PLATFORM } else { client.id() };
    Entry {
        request_id: request_id.to_owned(),
        service: ServiceId(service.to_owned()),
        digest: String::new(),
        citizen: provider.0.identity.citizen(&access.fin),
        interface: Capability::Identity,
        operation: "userinfo",
        purpose: None,
        consent_id: None,
        attributes: Scope::known(&access.scope)
            .flat_map(Scope::attributes)
            .copied()
            .collect(),
        object: None,
        awaits_answer: false,
    }
}

/// What a client learns of a citizen (OpenID Connect Core 5.1): what the scopes open.
#[derive(Default, serde::Serialize, utoipa::ToSchema)]
pub(super) struct Claims {
    /// The citizen's pairwise name at this client.
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gender: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// Seconds since the Unix epoch.
    updated_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
}

fn claims(sub: String, person: &Person, scope: &str) -> Claims {
    let mut claims = Claims {
        sub,
        ..Claims::default()
    };
    for scope in Scope::known(scope) {
        match scope {
            Scope::Openid => {}
            Scope::Profile => {
                claims.name = Some(person.name());
                claims.given_name = Some(person.given_name.clone());
                claims.middle_name = person.middle_name.clone();
                claims.family_name = Some(person.family_name.clone());
                claims.birthdate = Some(person.birthdate.to_string());
                claims.gender = Some(person.gender.code());
                claims.locale = Some(person.locale.tag());
                claims.updated_at = Some(person.updated_at().seconds());
            }
            Scope::Address => claims.address = Some(person.address.clone()),
            Scope::Phone => claims.phone_number_verified = Some(person.phone_number_verified),
            Scope::Email => claims.email_verified = Some(person.email_verified),
        }
    }
    claims
}
