//! A consent record and its rows.

use super::agreement::Terms;
use crate::audit::AFTER_ALL;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::grant::{Attribute, FetchType};
use crate::invocation::{CitizenId, ServiceId};
use crate::random::is_id;
use crate::{column, row, sql};

/// The prefix of a record's id.
pub(super) const ID: &str = "cns";

/// The state of an agreement (WIT `consent.state`; `requested` is the WIT's word for "no record yet").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(serde::Serialize, serde::Deserialize)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Data may be read.
    Active,
    Denied,
    Paused,
    Revoked,
    Expired,
    /// A newer decision about the same purpose replaced it.
    Superseded,
}

crate::coded!(State);

/// Who or what ended an agreement or an enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum EndedBy {
    Citizen,
    Service,
    Left,
    Withdrawn,
    Death,
}

crate::coded!(EndedBy);

/// What a citizen decided about one purpose of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The record's own id.
    pub id: String,
    pub service: ServiceId,
    pub citizen: CitizenId,
    /// The purpose's code.
    pub purpose: String,
    /// The digest of what was agreed to; see [`super::agreement_digest`].
    pub agreement: String,
    pub terms: Terms,
    /// The attributes that may be read.
    pub attributes: Vec<Attribute>,
    pub fetch: FetchType,
    /// The stored state; see [`Record::at`].
    pub state: State,
    pub decided_at: Timestamp,
    pub expires_at: Timestamp,
    /// When data was first read under it.
    pub first_read_at: Option<Timestamp>,
    /// When the state last changed; see [`Record::since`].
    pub changed_at: Timestamp,
    pub ended_by: Option<EndedBy>,
    /// The signing in which the citizen signed the agreement.
    pub signing: Option<String>,
}

impl Record {
    /// Whether it covers data of a special category without the citizen's signature, as agreements of before did.
    pub fn lacks_signature(&self) -> bool {
        self.signing.is_none() && needs_signature(&self.attributes)
    }

    /// The record as it stands at `now`: time alone ends an agreement, no job has to run for it.
    pub fn at(self, now: Timestamp) -> Self {
        let over = match self.state {
            State::Active | State::Paused => now >= self.ends_at(),
            State::Denied | State::Revoked | State::Expired | State::Superseded => false,
        };
        Self {
            state: if over { State::Expired } else { self.state },
            ..self
        }
    }

    /// Since when the record is in its state: time ends an agreement without a change of the row.
    pub fn since(&self) -> Timestamp {
        match self.state {
            State::Expired => self.ends_at(),
            State::Active | State::Denied | State::Paused | State::Revoked | State::Superseded => {
                self.changed_at
            }
        }
    }

    /// Whether the end of the test ended the agreement.
    pub fn ended_with_test(&self) -> bool {
        self.state == State::Expired && self.terms.test_ends == Some(self.ends_at())
    }

    /// When reading ends: a one-time consent closes a few minutes after the first read.
    pub fn ends_at(&self) -> Timestamp {
        match (self.fetch, self.first_read_at) {
            (FetchType::OneTime, Some(first)) => first.plus_ms(super::ONE_TIME_MS).min(self.expires_at),
            (FetchType::OneTime, None) | (FetchType::Periodic, _) => self.expires_at,
        }
    }
}

/// Whether citizens sign the agreement to these attributes.
pub(super) fn needs_signature(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.category().is_special())
}

/// The value of `fetch` in the database.
pub(super) fn fetch_code(fetch: FetchType) -> &'static str {
    match fetch {
        FetchType::OneTime => "one-time",
        FetchType::Periodic => "periodic",
    }
}

/// The latest decision about a purpose.
pub(super) async fn latest(
    tx: &mut Conn,
    citizen: &CitizenId,
    service: &ServiceId,
    purpose: &str,
) -> Result<Option<Record>, DbError> {
    sql!("consent/latest", citizen, service, purpose)
        .optional(tx)
        .await
}

pub(super) async fn by_id(tx: &mut Conn, id: &str, citizen: &CitizenId) -> Result<Option<Record>, DbError> {
    if !is_id(ID, id) {
        return Ok(None);
    }
    sql!("consent/by_id", id, citizen).optional(tx).await
}

/// A citizen's records, newest first.
pub(super) async fn of_citizen(
    tx: &mut Conn,
    citizen: &CitizenId,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<Record>, DbError> {
    if before.is_some_and(|before| !is_id(ID, before)) {
        return Ok(Vec::new());
    }
    let before = before.unwrap_or(AFTER_ALL);
    sql!("consent/of_citizen", citizen, before, i64::from(limit))
        .all(tx)
        .await
}

column!(code: EndedBy, State);
row!(Record, "consent_record", "id", row => Self {
    id: row.get("id")?,
    service: row.get("service")?,
    citizen: row.get("citizen")?,
    purpose: row.get("purpose")?,
    agreement: row.get("agreement")?,
    terms: row.json("terms")?,
    attributes: row.words("attributes")?,
    fetch: row.parse("fetch_type")?,
    state: row.get("state")?,
    decided_at: row.get("decided_ms")?,
    expires_at: row.get("expires_ms")?,
    first_read_at: row.get("first_read_ms")?,
    changed_at: row.get("changed_ms")?,
    ended_by: row.get("ended_by")?,
    signing: row.get("signing")?,
});
