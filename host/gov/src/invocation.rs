//! A run of a service: the service, its approval and the citizen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::clock::Timestamp;
use crate::grant::Grant;
use crate::local_path::way_back;
use crate::text::{Locale, Localised};
use crate::usage::Usage;

/// The platform's own identifier of a citizen. It never leaves the host: a service knows a citizen by the
/// pairwise `sub` that [`crate::identity`] derives, and a page shows the name.
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

/// The level of assurance of the citizen's identity (OpenID Connect `acr`).
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
    /// The methods of the log-in (RFC 8176 values).
    pub amr: Vec<String>,
    pub auth_time: Timestamp,
    pub locale: Locale,
}

/// A deployed service, as its calls see it.
#[derive(Debug)]
pub struct Service {
    pub id: ServiceId,
    pub title: Localised,
    pub controller: String,
    /// The taxpayer's number (VÖEN) of the organisation, by which agencies know it.
    pub tax_id: String,
    pub version: String,
    /// `sha256:` and 64 hexadecimal digits of the component that was vetted and approved, and that runs.
    pub digest: String,
    pub grant: Grant,
    /// The origin for citizens, without a trailing slash: `http://communal-bills.localhost:8080`.
    pub origin: String,
    /// The address of the platform's own pages, without a trailing slash: `http://localhost:8080`.
    pub platform: String,
    /// Set by a suspension: running calls are refused too.
    pub stopped: AtomicBool,
}

impl Service {
    /// Refuses every call from now on, including running ones.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Whether the service is in force at `now`. Pages, government calls and calls to other systems all ask
    /// this.
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

/// Whether a service answers citizens and may make calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    Open,
    /// It may return. A service that is not deployed counts as suspended.
    Suspended,
    Ended,
}

impl Availability {
    /// The availability of the running service; of none, `Suspended`.
    pub fn of(service: Option<&Service>, now: Timestamp) -> Self {
        service.map_or(Self::Suspended, |service| service.availability(now))
    }
}

/// One request to a service.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub service: Arc<Service>,
    /// The citizen, if one is logged in at this service.
    pub session: Option<Session>,
    /// The id shared by the request, its host calls, its log lines and its audit records.
    pub request_id: String,
    /// The requested path and query, to which a detour leads back.
    pub return_path: String,
    /// The language of the host's own screens on the detour.
    pub locale: Locale,
    /// What its calls count, in a test space.
    pub usage: Usage,
}

impl Invocation {
    /// The host's address that logs the citizen in with at least `acr`, and leads back to this request.
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
