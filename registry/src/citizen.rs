//! The entry of citizens: log-in at the platform, log-out, and the redirect to a service's own origin.
//!
//! The portal is a relying party of the OpenID Connect provider like any other, except that it calls the
//! provider in the same process.

mod entry;
mod login;
mod relying_party;

use std::sync::Arc;

use aim_gov::audit::{self, Entry};
use aim_gov::consent::Consent;
use aim_gov::db::DbError;
use aim_gov::directory::Directory;
use aim_gov::grant::Capability;
use aim_gov::identity::provider::{self, Client, LogIn, Provider, ProviderConfig};
use aim_gov::identity::{self, Identity, PORTAL_SECTOR, SecretError};
use aim_gov::invocation::{CitizenId, ServiceId};
use aim_gov::mac::MacKey;
use aim_gov::sessions::cookies::LOGIN_COOKIE;
use aim_gov::sessions::{Secure, ServiceSessions};
use aim_gov::text::Locale;
use aim_gov::web::refuse_cross_site;
use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use url::Url;
use utoipa_axum::router::OpenApiRouter;

pub use login::LoginText;
use relying_party::RelyingParty;

/// The portal's client id at the provider.
const CLIENT_ID: &str = "portal";
/// The path to which the provider redirects citizens.
const CALLBACK_PATH: &str = "/login/callback";

/// The dependencies of log-in and entry. Clones share them.
#[derive(Clone, Debug)]
pub struct CitizenPages(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    identity: Identity,
    consent: Consent,
    services: Directory,
    sessions: ServiceSessions,
    provider: Provider,
    relying_party: RelyingParty,
    secure: Secure,
}

#[derive(Debug, thiserror::Error)]
pub enum CitizenPagesError {
    #[error("the log-in could not be set up")]
    Secret(#[from] SecretError),
    #[error("the log-in's client could not be set up: {0}")]
    Client(String),
}

impl CitizenPages {
    /// The pages of a platform whose public address is `public_url`: sets up the provider, and the portal as
    /// its client.
    pub async fn open(
        identity: Identity,
        consent: Consent,
        services: Directory,
        public_url: Url,
        log_in: LogIn,
    ) -> Result<Self, CitizenPagesError> {
        let secret = identity::secret(identity.platform(), "portal-client").await?;
        let address = public_url.as_str().trim_end_matches('/');
        let client = Client {
            id: CLIENT_ID.to_owned(),
            secret: secret.clone(),
            redirect_uris: vec![format!("{address}{CALLBACK_PATH}")],
            post_logout_redirect_uris: Locale::PAGES
                .iter()
                .map(|lang| format!("{address}/{lang}/"))
                .collect(),
            sector: PORTAL_SECTOR.to_owned(),
        };
        let key = MacKey::new(&identity::secret(identity.platform(), "portal-log-in").await?);
        let secure = Secure::of(&public_url);
        let config = ProviderConfig {
            platform: public_url.clone(),
            clients: vec![client],
            log_in,
        };
        let provider = Provider::open(identity.clone(), config).await?;
        let endpoints = provider::routes(provider.clone()).into();
        let relying_party = RelyingParty::new(identity.platform(), endpoints, &public_url, &secret, key)?;
        Ok(Self(Arc::new(Inner {
            sessions: ServiceSessions::new(identity.platform().clone()),
            identity,
            consent,
            services,
            provider,
            relying_party,
            secure,
        })))
    }

    /// The name of the cookie that binds pending log-ins to a browser.
    fn login_cookie(&self) -> &'static str {
        self.0.secure.name(LOGIN_COOKIE)
    }

    /// What goes on without a request, until it is dropped.
    pub async fn keep_in_order(self) {
        self.0.provider.clone().keep_in_order().await;
    }

    /// Records what a citizen did on the platform itself.
    async fn record(&self, citizen: &CitizenId, operation: &'static str) -> Result<(), DbError> {
        let platform = self.0.identity.platform();
        let now = platform.clock.now();
        let random = &platform.random;
        let entry = Entry {
            request_id: random.id("req", now),
            service: ServiceId(audit::PLATFORM.to_owned()),
            digest: String::new(),
            citizen: Some(citizen.clone()),
            interface: Capability::Identity,
            operation,
            purpose: None,
            consent_id: None,
            attributes: Vec::new(),
            object: None,
            awaits_answer: false,
        };
        let mut tx = platform.db.begin().await?;
        audit::append(&mut tx, random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await
    }
}

/// The provider's endpoints, log-in, log-out and entry. They need the session layer
/// ([`aim_gov::sessions::layer`]) around them.
pub fn routes<S: Clone + Send + Sync + 'static>(entrance: CitizenPages) -> OpenApiRouter<S> {
    let provider = provider::routes(entrance.0.provider.clone());
    let pages = Router::new()
        .route("/{lang}/login", get(login::begin))
        .route(CALLBACK_PATH, get(login::callback))
        .route("/{lang}/logout", post(login::logout))
        .route(
            "/{lang}/services/{service}/enter",
            get(entry::enter).post(entry::join),
        )
        .layer(from_fn(refuse_cross_site))
        .with_state(entrance);
    provider.merge(pages.into())
}

#[cfg(test)]
mod tests;
