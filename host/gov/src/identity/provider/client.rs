//! Who may send citizens to the provider: the platform's own clients, and the web sites that officers admitted.

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::Provider;
use crate::db::{Conn, DbError};
use crate::identity::scope::Scope;
use crate::identity::sites::{self, Site};

/// A client that the platform itself has.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    pub secret: SecretString,
    /// Where citizens may be sent back to, each compared character by character.
    pub redirect_uris: Vec<String>,
    /// Where citizens may be sent after a log-out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Clients of one sector know a citizen by the same `sub`.
    pub sector: String,
}

/// A client of either kind.
#[derive(Debug, Clone)]
pub(super) enum RelyingParty {
    Own(Client),
    Site(Box<Site>),
}

impl RelyingParty {
    /// The client with this id: one of the platform's own, or a site in force.
    pub(super) async fn load(
        provider: &Provider,
        conn: &mut Conn,
        id: &str,
    ) -> Result<Option<Self>, DbError> {
        if let Some(own) = provider.0.clients.iter().find(|client| client.id == id) {
            return Ok(Some(Self::Own(own.clone())));
        }
        if !id.starts_with(sites::ID_PREFIX) {
            return Ok(None);
        }
        let now = provider.0.identity.platform().clock.now();
        let site = sites::load(conn, id).await?;
        Ok(site
            .filter(|site| site.is_in_force(now))
            .map(|site| Self::Site(Box::new(site))))
    }

    pub(super) fn id(&self) -> &str {
        match self {
            Self::Own(client) => &client.id,
            Self::Site(site) => &site.id,
        }
    }

    pub(super) fn redirect_uris(&self) -> &[String] {
        match self {
            Self::Own(client) => &client.redirect_uris,
            Self::Site(site) => &site.content.redirect_uris,
        }
    }

    pub(super) fn post_logout_redirect_uris(&self) -> &[String] {
        match self {
            Self::Own(client) => &client.post_logout_redirect_uris,
            Self::Site(site) => &site.content.post_logout_redirect_uris,
        }
    }

    pub(super) fn sector(&self) -> String {
        match self {
            Self::Own(client) => client.sector.clone(),
            Self::Site(site) => site.sector(),
        }
    }

    /// Whether the client may ask for this.
    pub(super) fn may_ask(&self, scope: Scope) -> bool {
        match self {
            Self::Own(_) => true,
            Self::Site(site) => scope == Scope::Openid || site.content.scopes.contains(&scope),
        }
    }

    /// The site whose citizens have to agree; the platform's own clients are the platform.
    pub(super) fn site(&self) -> Option<&Site> {
        match self {
            Self::Own(_) => None,
            Self::Site(site) => Some(site),
        }
    }

    /// Whether it has no secret, and proves itself by the verifier of its code alone (RFC 7636).
    pub(super) fn is_public(&self) -> bool {
        self.site().is_some_and(|site| !site.content.confidential)
    }

    /// Whether this is the client's secret; the time it takes tells nothing.
    pub(super) fn has_secret(&self, secret: &str) -> bool {
        match self {
            Self::Own(client) => {
                let ours = Sha256::digest(client.secret.expose_secret().as_bytes());
                let theirs = Sha256::digest(secret.as_bytes());
                bool::from(ours.as_slice().ct_eq(theirs.as_slice()))
            }
            Self::Site(site) => site.content.confidential && site.has_secret(secret),
        }
    }
}
