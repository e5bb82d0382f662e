//! The OpenID Connect provider that logs citizens in: authorization code flow with PKCE, nothing else.
//!
//! References: OpenID Connect Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0; RFC 9700 (code flow only,
//! PKCE S256 demanded, exact redirect addresses, single-use codes), RFC 9207 (`iss` in the response), RFC 9126 (pushed
//! requests), RFC 7009 (revocation), RFC 8414 (metadata).

mod agree_page;
mod attempts;
mod authorize;
mod client;
mod client_auth;
pub mod description;
pub mod external;
mod id_token_hint;
mod keys;
mod log_in;
mod login_page;
mod login_text;
mod logout;
mod metadata;
mod oauth_error;
mod params;
mod pending;
mod pushed;
mod question;
mod redirect;
mod request;
mod revoke;
mod store;
mod token;
mod userinfo;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::get;
use secrecy::SecretString;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use attempts::{FAILURES_FREE, WAIT_FIRST_MS, WAIT_MAX_MS};
pub use client::Client;
pub use keys::{KEY_AGE_MAX_MS, KEY_ANNOUNCED_MS, KEY_KEPT_MS};
pub use pushed::PUSHED_MS;
pub(crate) use store::end_log_ins;

use self::client::RelyingParty;
use self::description::{CLIENTS, REQUESTS, by_clients, failing};
use self::external::{CALLBACK_PATH, External, FlowKeys, LOGGED_OUT_PATH};
use self::oauth_error::Code;
use super::{Identity, SecretError};
use crate::db::DbError;
use crate::mac::MacKey;
use crate::sessions::Secure;
use crate::sessions::cookies::PROVIDER_COOKIE;
use crate::web::refuse_cross_site;

/// Where the provider's endpoints are, under the platform's address. The issuer ends with it.
pub const PATH: &str = "/id";
/// Bytes of a request to any endpoint, address or body. A log-in page's form carries the whole authorization
/// request, and that a client's `state` of [`STATE_BYTES_MAX`].
pub const REQUEST_BYTES_MAX: usize = 32 * 1024;
/// Bytes of a client's `state`. A client without a memory of its own keeps there where its citizen wanted to
/// go: [`crate::web::LOCAL_PATH_BYTES_MAX`] in base64, and a MAC.
pub const STATE_BYTES_MAX: usize = 12 * 1024;
/// How long a citizen has at the log-in page.
pub const REQUEST_MS: i64 = 15 * 60 * 1000;
/// How long a code is good, once.
pub const CODE_MS: i64 = 60 * 1000;
/// How long an access token and an ID token are good.
pub const TOKEN_MS: i64 = 10 * 60 * 1000;
/// How long a log-in at the provider lasts.
pub const LOGIN_MS: i64 = 12 * 60 * 60 * 1000;

/// How often the age of the keys is looked at, and what other nodes made is taken over.
pub const ROTATION_EVERY: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct ProviderConfig {
    /// The address of the platform without a path; the issuer is this and [`PATH`].
    pub platform: url::Url,
    /// The platform's own clients; web sites of organisations are in the database ([`super::sites`]).
    pub clients: Vec<Client>,
    pub log_in: LogIn,
}

/// Where citizens prove who they are.
#[derive(Clone, Debug)]
pub enum LogIn {
    /// At the provider's own page, where every simulated citizen has this code: six digits.
    Simulated { one_time_code: SecretString },
    /// At another OpenID provider.
    External(External),
}

/// The provider. Clones share it.
#[derive(Clone, Debug)]
pub struct Provider(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    identity: Identity,
    issuer: String,
    clients: Vec<Client>,
    log_in: LogIn,
    keys: keys::KeyRing,
    /// Proves that an authorization request at the log-in page was checked here.
    request_key: MacKey,
    /// Seals log-ins that are under way at an external provider.
    flow_keys: FlowKeys,
    /// The address of the platform, without a slash at its end.
    platform: String,
    secure: Secure,
}

impl Provider {
    /// The provider, with the signing keys of the platform's database; the first start makes one.
    pub async fn open(identity: Identity, config: ProviderConfig) -> Result<Self, SecretError> {
        let keys = keys::KeyRing::open(identity.platform()).await?;
        let request_key = super::secret(identity.platform(), "log-in-request").await?;
        let flow_keys = super::secret(identity.platform(), "external-log-in").await?;
        let flow_keys = FlowKeys::of(&flow_keys)
            .ok_or_else(|| SecretError::Key("the cipher does not take the key of log-ins".to_owned()))?;
        Ok(Self(Arc::new(Inner {
            issuer: issuer(&config.platform),
            clients: config.clients,
            log_in: config.log_in,
            flow_keys,
            platform: config.platform.as_str().trim_end_matches('/').to_owned(),
            keys,
            request_key: MacKey::new(&request_key),
            secure: Secure::of(&config.platform),
            identity,
        })))
    }

    /// Rotates the keys of ID tokens every [`ROTATION_EVERY`], until it is dropped.
    pub async fn keep_in_order(self) {
        let mut ticks = tokio::time::interval(ROTATION_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.rotate_keys().await {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "identity.key rotation failed");
            }
        }
    }

    /// Gives a key that is old enough its successor, and forgets those that are not published any more.
    ///
    /// # Errors
    /// [`SecretError`]. The keys stay as they are.
    pub async fn rotate_keys(&self) -> Result<(), SecretError> {
        self.0.keys.rotate(self.0.identity.platform()).await
    }

    async fn client(&self, id: &str) -> Result<Option<RelyingParty>, DbError> {
        let mut reader = self.0.identity.platform().db.reader().await?;
        RelyingParty::load(self, &mut reader, id).await
    }

    /// The name of the cookie of a log-in at the provider itself.
    fn cookie(&self) -> &'static str {
        self.0.secure.name(PROVIDER_COOKIE)
    }

    /// The address of a path of the platform.
    fn at_platform(&self, path: &str) -> String {
        format!("{}{path}", self.0.platform)
    }

    /// The address of one of the provider's endpoints.
    fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.0.issuer)
    }
}

pub fn issuer(platform: &url::Url) -> String {
    format!("{}{PATH}", platform.as_str().trim_end_matches('/'))
}

/// The provider's endpoints under [`PATH`], described, and its log-in page.
pub fn routes<S: Clone + Send + Sync + 'static>(provider: Provider) -> OpenApiRouter<S> {
    const LARGE: &[(u16, &str)] = &[(413, "a page: the request is too large")];
    const TOKENLESS: &[(u16, &str)] = &[(401, "a page: no token was sent")];
    const REFUSED: &[(u16, &str)] = &[(400, "a page: the client, or where it leads, is not known")];
    const REFUSED_FORM: &[(u16, &str)] = &[
        (400, "a page: the client, or where it leads, is not known"),
        (413, "a page: the request is too large"),
    ];
    const SERVER: &[&[Code]] = &[&[Code::ServerError]];
    const BEARERS: &[&[Code]] = &[&[
        Code::InvalidToken,
        Code::ServerError,
        Code::TemporarilyUnavailable,
    ]];
    const TOKENS: &[Code] = &[Code::InvalidGrant, Code::UnsupportedGrantType];
    let page = Router::new()
        .route("/{lang}/id/login", get(login_page::show).post(login_page::submit))
        .route("/{lang}/id/agree", get(agree_page::show).post(agree_page::answer))
        .route(CALLBACK_PATH, get(external::callback))
        .route(LOGGED_OUT_PATH, get(external::logged_out))
        .layer(from_fn(refuse_cross_site));
    let public = OpenApiRouter::default()
        .routes(failing(&[], SERVER, routes!(metadata::configuration)))
        .routes(failing(&[], &[], routes!(metadata::jwks)))
        .layer(metadata::readable_from_everywhere());
    // What a client's program calls itself, also one in a browser. No cookie counts here, so that a script of any
    // origin can do no more than a program elsewhere.
    let called = OpenApiRouter::default()
        .routes(by_clients(failing(
            LARGE,
            &[CLIENTS, REQUESTS],
            routes!(pushed::push),
        )))
        .routes(by_clients(failing(
            LARGE,
            &[CLIENTS, TOKENS],
            routes!(token::exchange),
        )))
        .routes(by_clients(failing(LARGE, &[CLIENTS], routes!(revoke::revoke))))
        .routes(failing(TOKENLESS, BEARERS, routes!(userinfo::show)))
        .routes(failing(TOKENLESS, BEARERS, routes!(userinfo::show_by_post)))
        .layer(metadata::callable_from_everywhere());
    let endpoints = OpenApiRouter::default()
        .merge(public)
        .merge(called)
        .routes(failing(REFUSED, &[], routes!(authorize::by_address)))
        .routes(failing(REFUSED_FORM, &[], routes!(authorize::by_form)))
        .routes(failing(REFUSED, &[], routes!(logout::by_address)))
        .routes(failing(REFUSED_FORM, &[], routes!(logout::by_form)));
    // RFC 8414, 3.1 puts the issuer's path behind the well-known name.
    let metadata = OpenApiRouter::default()
        .routes(failing(&[], SERVER, routes!(metadata::oauth_configuration)))
        .layer(metadata::readable_from_everywhere());
    OpenApiRouter::default()
        .nest(PATH, endpoints)
        .merge(metadata)
        .merge(page.into())
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .with_state(provider)
}

#[cfg(test)]
mod tests;
