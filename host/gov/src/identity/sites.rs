//! Web sites of organisations that log citizens in at the OpenID Connect provider.
//!
//! The registry admits a site when two officers approved it; the provider knows no other clients but the portal. A
//! citizen agrees once to what a site learns, sees their sites at `/my/sites`, and stops one there: from then on its
//! access tokens open nothing.

mod agreement;
pub mod pages;
mod store;
mod verifier;

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

pub use agreement::{Agreed, Asked};
pub(crate) use agreement::{agree, needs};
pub(crate) use store::forget_agreements;
pub use store::{admit, agreed_sites, end, forget_agreement, load, set_secret};
pub use verifier::{RequestKey, VERIFIER_CLAIMS_MAX, VERIFIER_KEYS_MAX, VERIFIER_KINDS_MAX, Verifier};

use super::scope::Scope;
use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::grant::Capability;
use crate::invocation::{CitizenId, ServiceId};
use crate::platform::Platform;
use crate::sessions::hashed;
use crate::text::Localised;

/// What the ids of sites begin with; it keeps them apart from the names of services, which have no underscore.
pub const ID_PREFIX: &str = "site_";

/// What two officers approve, and what citizens read of it.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[serde(deny_unknown_fields)]
#[schema(as = SiteContent)]
pub struct Content {
    /// The name that citizens read.
    pub name: String,
    /// The organisation that is responsible, by its name at the time of the application.
    pub organisation: String,
    /// Why the site wants to know who its visitors are.
    pub purpose: Localised,
    /// The origin of the site, such as `https://shop.example`; all its addresses are below it.
    pub origin: String,
    /// Where citizens may be sent back to, each compared character by character (RFC 9700, 2.1).
    pub redirect_uris: Vec<String>,
    /// Where citizens may be sent after a log-out.
    pub post_logout_redirect_uris: Vec<String>,
    /// What the site may ask for; `openid` is always among them.
    pub scopes: BTreeSet<Scope>,
    /// Whether it keeps a secret on a server. A program in a browser or on a phone cannot, and is a public client
    /// (RFC 6749, 2.1), which PKCE protects.
    pub confidential: bool,
    /// Days that the approval counts.
    pub days: u32,
    /// The most citizens who may agree at a time.
    pub citizens: u32,
    /// What it may ask citizens to show of their documents; absent where it asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verifier: Option<Verifier>,
}

impl Content {
    /// SHA-256 of all of it, in hexadecimal digits: what an approval names.
    pub fn digest(&self) -> Result<String, serde_json::Error> {
        Ok(hex::encode(Sha256::digest(serde_json::to_vec(self)?)))
    }

    /// SHA-256 of what a citizen agrees to: who learns it, where, and why. A site for which one of these changed asks
    /// again; one that asks for more scopes does so because the agreement names its scopes.
    pub fn terms(&self) -> Result<String, serde_json::Error> {
        let read = (&self.name, &self.organisation, &self.purpose, &self.origin);
        Ok(hex::encode(Sha256::digest(serde_json::to_vec(&read)?)))
    }
}

/// An admitted site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    pub id: String,
    pub content: Content,
    pub ends: Timestamp,
    /// Digest of the secret; `None` before one is made, and for a public client.
    secret_hash: Option<String>,
}

impl Site {
    /// Whether citizens may log in there at this time.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        now < self.ends
    }

    /// Whether this is the site's secret; the time it takes tells nothing. The secret is random, so that its digest
    /// needs no salt and no slow hash.
    pub(super) fn has_secret(&self, secret: &str) -> bool {
        let theirs = hashed(secret);
        self.secret_hash
            .as_ref()
            .is_some_and(|ours| bool::from(ours.as_bytes().ct_eq(theirs.as_bytes())))
    }

    /// Whether it has a secret.
    pub fn has_any_secret(&self) -> bool {
        self.secret_hash.is_some()
    }

    /// The sector of its pairwise names (OpenID Connect Core 8.1): no two sites know a citizen by one name, and no
    /// site and service do.
    pub(super) fn sector(&self) -> String {
        format!("site:{}", self.id)
    }
}

/// Records what a citizen decided about a site, in the transaction of its effect.
pub(super) async fn record(
    tx: &mut Conn,
    platform: &Platform,
    citizen: &CitizenId,
    site: &str,
    operation: &'static str,
    scopes: &[Scope],
) -> Result<(), DbError> {
    let now = platform.clock.now();
    let entry = Entry {
        request_id: platform.random.id("req", now),
        service: ServiceId(site.to_owned()),
        digest: String::new(),
        citizen: Some(citizen.clone()),
        interface: Capability::Identity,
        operation,
        purpose: None,
        consent_id: None,
        attributes: scopes
            .iter()
            .flat_map(|scope| scope.attributes())
            .copied()
            .collect(),
        object: None,
        awaits_answer: false,
    };
    audit::append(tx, &platform.random, now, &entry, audit::ALLOWED).await
}
