//! Documents, and what may become of them.

use std::collections::BTreeMap;

use super::OFFER_DAYS;
use super::claims::Claim;
use crate::clock::Timestamp;
use crate::document_kind::DocumentKind;
use crate::idempotency::hash_fields;
use crate::invocation::{CitizenId, ServiceId};
use crate::row;
use crate::text::Localised;

/// Whether a document may be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum State {
    Valid,
    NotYetValid,
    Suspended,
    Revoked,
    Expired,
}

/// What the issuer says of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Standing {
    Good,
    Suspended,
    Revoked,
}

/// What the holder did with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Acceptance {
    Offered,
    Accepted,
    Declined,
}

/// A change of a document's standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Change {
    Suspend,
    Resume,
    Revoke,
}

crate::coded!(State, Standing, Acceptance, Change);
crate::column!(code: Standing, Acceptance);

impl Change {
    /// The standing afterwards.
    pub(super) fn to(self) -> Standing {
        match self {
            Self::Suspend => Standing::Suspended,
            Self::Resume => Standing::Good,
            Self::Revoke => Standing::Revoked,
        }
    }

    /// Whether it is possible for a document of this standing.
    pub(super) fn is_possible(self, from: Standing) -> bool {
        match self {
            Self::Suspend => from == Standing::Good,
            Self::Resume => from == Standing::Suspended,
            Self::Revoke => from != Standing::Revoked,
        }
    }
}

/// A document that a service asks to issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDocument {
    /// The holder's pseudonym at the service.
    pub holder: String,
    /// The code of a kind.
    pub kind: String,
    pub claims: Vec<Claim>,
    pub valid_from: Option<Timestamp>,
    pub expires: Option<Timestamp>,
    /// The id of the document that it replaces.
    pub replaces: Option<String>,
}

impl NewDocument {
    pub(super) fn hash(&self) -> String {
        let time = |at: Option<Timestamp>| at.map(|at| at.0.to_string()).unwrap_or_default();
        let (from, until) = (time(self.valid_from), time(self.expires));
        let claims: Vec<String> = self.claims.iter().map(|claim| format!("{claim:?}")).collect();
        let mut fields = vec![
            self.holder.as_str(),
            &self.kind,
            &from,
            &until,
            self.replaces.as_deref().unwrap_or_default(),
        ];
        fields.extend(claims.iter().map(String::as_str));
        hash_fields(&fields)
    }
}

/// A document as its service sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    pub id: String,
    /// The holder's pseudonym at the service.
    pub holder: String,
    pub kind: String,
    pub acceptance: Acceptance,
    pub state: State,
    /// The holder's page, while the document is offered.
    pub next_url: Option<String>,
    pub created: Timestamp,
    pub expires: Timestamp,
}

/// A document as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub id: String,
    pub service: ServiceId,
    pub(super) hash: String,
    pub citizen: CitizenId,
    /// The digest of its kind's description.
    pub kind_digest: String,
    pub kind: DocumentKind,
    /// Names and JSON values.
    pub claims: BTreeMap<String, serde_json::Value>,
    pub service_title: Localised,
    /// The organisation that issued it.
    pub controller: String,
    pub valid_from: Timestamp,
    pub expires: Timestamp,
    /// As stored: an offer may be over.
    stored_acceptance: Acceptance,
    pub standing: Standing,
    /// When the standing changed last.
    pub changed: Option<Timestamp>,
    /// Why; for the holder alone.
    pub reason: Option<Localised>,
    pub replaces: Option<String>,
    pub created: Timestamp,
}

row!(Document, "document", "id", row => Self {
    id: row.get("id")?,
    service: row.get("service")?,
    hash: row.get("request_hash")?,
    citizen: row.get("citizen")?,
    kind_digest: row.get("kind")?,
    kind: row.json("description")?,
    claims: row.json("claims")?,
    service_title: row.json("service_title")?,
    controller: row.get("controller")?,
    valid_from: row.get("valid_from_ms")?,
    expires: row.get("expires_ms")?,
    stored_acceptance: row.get("acceptance")?,
    standing: row.get("standing")?,
    changed: row.get("standing_ms")?,
    reason: {
        let reason: Option<&str> = row.get("reason")?;
        reason.map(|reason| row.check(serde_json::from_str(reason))).transpose()?
    },
    replaces: row.get("replaces")?,
    created: row.get("created_ms")?,
});

impl Document {
    pub fn state(&self, now: Timestamp) -> State {
        if now >= self.expires {
            return State::Expired;
        }
        match self.standing {
            Standing::Revoked => State::Revoked,
            Standing::Suspended => State::Suspended,
            Standing::Good if now < self.valid_from => State::NotYetValid,
            Standing::Good => State::Valid,
        }
    }

    pub fn acceptance(&self, now: Timestamp) -> Acceptance {
        match self.stored_acceptance {
            Acceptance::Offered if now >= self.offer_ends() => Acceptance::Declined,
            stored => stored,
        }
    }

    /// Whether its holder can accept it.
    pub(super) fn is_offered(&self, now: Timestamp) -> bool {
        self.acceptance(now) == Acceptance::Offered && self.standing != Standing::Revoked
    }

    pub(super) fn offer_ends(&self) -> Timestamp {
        self.created.plus_days(OFFER_DAYS).min(self.expires)
    }
}
