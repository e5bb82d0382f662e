//! One run of a service: who asks, under which approval, for which citizen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::clock::Timestamp;
use crate::grant::Grant;
use crate::local_path::way_back;
use crate::text::{Locale, Localised};

/// The platform's own identifier of a citizen. Never leaves the host: a service knows a citizen by
/// the pairwise `sub` that [`crate::identity`] derives for it, and a page by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct CitizenId(pub String);

/// A service's name in addresses, manifests and records: 3 to 40 characters of `[a-z0-9-]`, beginning
/// with a letter, no double or trailing hyphen. Also the first label of its origin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ServiceId(pub String);

/// How surely the platform knows who the citizen is (OpenID Connect `acr`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Acr {
    Low,
    Substantial,
    High,
}

crate::coded!(Acr);

/// A citizen's log-in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Session {
    pub citizen: CitizenId,
    pub acr: Acr,
    /// By which methods (RFC 8176 values).
    pub amr: Vec<String>,
    pub auth_time: Timestamp,
    pub locale: Locale,
}

/// A deployed service, as every call of it sees it.
#[derive(Debug)]
pub struct Service {
    pub id: ServiceId,
    pub title: Localised,
    pub controller: String,
    pub version: String,
    /// `sha256:` and 64 hexadecimal digits: what was vetted and approved, and what runs.
    pub digest: String,
    pub grant: Grant,
    /// Where citizens reach it, without a trailing slash: `http://communal-bills.localhost:8080`.
    pub origin: String,
    /// Where the platform's own pages are, without a trailing slash: `http://localhost:8080`.
    pub platform: String,
    /// Raised by a suspension: calls under way are refused too.
    pub stopped: AtomicBool,
}

impl Service {
    /// Refuses every call from now on, those under way included.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Whether the service is in force at `now`. Pages, government calls and calls to other systems all ask this.
    pub fn availability(&self, now: Timestamp) -> Availability {
        if self.is_stopped() {
            Availability::Suspended
        } else if now >= self.grant.boundary.ends_at {
            Availability::Ended
        } else {
            Availability::Open
        }
    }
}

/// Whether a service that is deployed answers citizens and may call anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    Open,
    /// It may come back. So is one that is not deployed.
    Suspended,
    Ended,
}

impl Availability {
    /// That of the service which runs now, if one does.
    pub fn of(service: Option<&Service>, now: Timestamp) -> Self {
        service.map_or(Self::Suspended, |service| service.availability(now))
    }
}

/// One request to a service.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub service: Arc<Service>,
    /// The citizen, where one is logged in at this service.
    pub session: Option<Session>,
    /// The id that ties the request, its host calls, its log lines and its audit records together.
    pub request_id: String,
    /// The path and query that the citizen asked for, where a detour leads back to.
    pub return_path: String,
    /// The language of the host's own screens on the detour.
    pub locale: Locale,
}

impl Invocation {
    /// The host's address that logs the citizen in, at least at `acr`, and leads back to this request.
    pub fn login_url(&self, acr: Acr) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("return", way_back(&self.return_path))
            .append_pair("acr", acr.code())
            .finish();
        let Service { platform, id, .. } = &*self.service;
        format!(
            "{platform}/{}/services/{}/enter?{query}",
            self.locale.for_page(),
            id.0
        )
    }

    /// The host's consent screen for these purposes; it leads back to this request.
    pub fn consent_url(&self, purposes: &[&str]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for purpose in purposes {
            query.append_pair("purpose", purpose);
        }
        let query = query.append_pair("return", way_back(&self.return_path)).finish();
        let Service { platform, id, .. } = &*self.service;
        format!("{platform}/{}/consent/{}?{query}", self.locale.for_page(), id.0)
    }
}
