//! A consent record and its rows.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::agreement::Terms;
use crate::audit::AFTER_ALL;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::grant::{Attribute, FetchType};
use crate::invocation::{CitizenId, ServiceId};
use crate::random::is_id;

/// What a record's id begins with.
pub(super) const ID: &str = "cns";

/// Where an agreement stands (WIT `consent.state`; `requested` is the WIT's word for "no record yet").
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray,
)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Data may be read.
    Active,
    /// The citizen said no.
    Denied,
    /// The citizen stopped it for now.
    Paused,
    /// The citizen, or the service, ended it.
    Revoked,
    /// Its time is over.
    Expired,
    /// A newer decision about the same purpose took its place.
    Superseded,
}

impl State {
    /// The value in the database, in receipts and in the WIT.
    pub fn code(self) -> &'static str {
        self.into()
    }
}

/// Who or what ended an agreement or an enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum EndedBy {
    /// The citizen revoked it.
    Citizen,
    /// The service gave it up.
    Service,
    /// The citizen left the test.
    Left,
    /// The service was withdrawn.
    Withdrawn,
}

impl EndedBy {
    /// The value in the database.
    pub fn code(self) -> &'static str {
        self.into()
    }
}

/// What a citizen decided about one purpose of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The record's own id.
    pub id: String,
    /// Who asked.
    pub service: ServiceId,
    /// Who decided.
    pub citizen: CitizenId,
    /// The purpose's code.
    pub purpose: String,
    /// The digest of what was agreed to; see [`super::agreement_digest`].
    pub agreement: String,
    /// What the citizen read.
    pub terms: Terms,
    /// What may be read.
    pub attributes: Vec<Attribute>,
    /// Once or again and again.
    pub fetch: FetchType,
    /// Where it stands; see [`Record::at`].
    pub state: State,
    /// When the citizen decided.
    pub decided_at: Timestamp,
    /// Until when it lasts.
    pub expires_at: Timestamp,
    /// When data was first read under it.
    pub first_read_at: Option<Timestamp>,
    /// When the state last changed; see [`Record::since`].
    pub changed_at: Timestamp,
    /// Who or what ended it, where it was revoked.
    pub ended_by: Option<EndedBy>,
}

impl Record {
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
    sqlx::query(include_str!("../../sql/consent/latest.sql"))
        .bind(citizen.0.as_str())
        .bind(service.0.as_str())
        .bind(purpose)
        .fetch_optional(tx)
        .await?
        .as_ref()
        .map(from_row)
        .transpose()
}

/// One record of a citizen.
pub(super) async fn by_id(tx: &mut Conn, id: &str, citizen: &CitizenId) -> Result<Option<Record>, DbError> {
    if !is_id(ID, id) {
        return Ok(None);
    }
    sqlx::query(include_str!("../../sql/consent/by_id.sql"))
        .bind(id)
        .bind(citizen.0.as_str())
        .fetch_optional(tx)
        .await?
        .as_ref()
        .map(from_row)
        .transpose()
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
    sqlx::query(include_str!("../../sql/consent/of_citizen.sql"))
        .bind(citizen.0.as_str())
        .bind(before.unwrap_or(AFTER_ALL))
        .bind(i64::from(limit))
        .fetch_all(tx)
        .await?
        .iter()
        .map(from_row)
        .collect()
}

fn from_row(row: &AnyRow) -> Result<Record, DbError> {
    let id: String = row.try_get("id")?;
    let corrupt = || DbError::Corrupt {
        table: "consent_record",
        id: id.clone(),
    };
    let state: String = row.try_get("state")?;
    let fetch: String = row.try_get("fetch_type")?;
    let terms: String = row.try_get("terms")?;
    let attributes: String = row.try_get("attributes")?;
    let ended_by: Option<String> = row.try_get("ended_by")?;
    Ok(Record {
        service: ServiceId(row.try_get("service")?),
        citizen: CitizenId(row.try_get("citizen")?),
        purpose: row.try_get("purpose")?,
        agreement: row.try_get("agreement")?,
        terms: serde_json::from_str(&terms).map_err(|_| corrupt())?,
        attributes: attributes
            .split_whitespace()
            .map(|code| code.parse().map_err(|_| corrupt()))
            .collect::<Result<_, _>>()?,
        fetch: fetch.parse().map_err(|_| corrupt())?,
        state: state.parse().map_err(|_| corrupt())?,
        decided_at: Timestamp(row.try_get("decided_ms")?),
        expires_at: Timestamp(row.try_get("expires_ms")?),
        first_read_at: row.try_get::<Option<i64>, _>("first_read_ms")?.map(Timestamp),
        changed_at: Timestamp(row.try_get("changed_ms")?),
        ended_by: ended_by
            .map(|code| code.parse().map_err(|_| corrupt()))
            .transpose()?,
        id,
    })
}
