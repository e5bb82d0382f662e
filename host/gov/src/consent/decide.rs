//! What a citizen does about a consent: give it, refuse it, pause, resume, revoke it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::agreement::{Terms, agreement_digest};
use super::record::{self, EndedBy, Record, State, fetch_code};
use super::{Consent, enrol, entry_of};
use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::error::GovError;
use crate::grant::Attribute;
use crate::invocation::{CitizenId, Service, ServiceId};
use crate::platform::Platform;
use crate::sql;

/// Attempts to write a decision while others about the same purpose are committed first; one of them is committed in
/// each round.
const TRIES_MAX: usize = 8;

/// A change of a consent that was given before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum Change {
    /// The service may not read until the consent is resumed.
    Pause,
    Resume,
    /// The service may not read any more.
    Revoke,
}

crate::coded!(Change);

impl Change {
    /// The state after the change; `None` if `state` does not allow it.
    fn applied_to(self, state: State) -> Option<State> {
        match (self, state) {
            (Self::Pause, State::Active) => Some(State::Paused),
            (Self::Resume, State::Paused) => Some(State::Active),
            (Self::Revoke, State::Active | State::Paused) => Some(State::Revoked),
            _ => None,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("there is no such consent")]
    NotFound,
    #[error("a consent that is {} cannot {}", from.code(), change.code())]
    NotPossible { from: State, change: Change },
    #[error("the consent could not be changed")]
    Db(#[from] DbError),
}

/// The service releases a record that is in the state `from`; `conflict` if it was changed concurrently.
pub(super) async fn give_up(
    tx: &mut Conn,
    record: &Record,
    from: State,
    now: Timestamp,
) -> Result<(), GovError> {
    if moved(tx, record, from, State::Revoked, Some(EndedBy::Service), now).await? {
        Ok(())
    } else {
        Err(moved_meanwhile())
    }
}

fn moved_meanwhile() -> GovError {
    GovError::conflict(
        "consent-moved",
        "the consent changed at the same moment; read it again",
    )
}

async fn moved(
    tx: &mut Conn,
    record: &Record,
    from: State,
    to: State,
    ended_by: Option<EndedBy>,
    now: Timestamp,
) -> Result<bool, DbError> {
    let rows = sql!(
        "consent/move",
        &record.id,
        &record.citizen,
        from,
        to,
        now,
        ended_by
    )
    .run(tx)
    .await?;
    Ok(rows == 1)
}

impl Consent {
    /// The citizen agrees that the service reads `attributes` for one purpose of its approval; attributes
    /// outside the purpose are ignored. An earlier agreement about the purpose is superseded. The first
    /// agreement enrols the citizen in the service's test.
    ///
    /// # Errors
    /// `suspended`, `limit-exceeded(end-date)`, `limit-exceeded(citizens)`, `access-denied`
    /// (`purpose-not-approved`), a storage failure.
    pub async fn give(
        &self,
        service: &Arc<Service>,
        citizen: &CitizenId,
        purpose: &str,
        attributes: &BTreeSet<Attribute>,
    ) -> Result<String, GovError> {
        self.decide(service, citizen, purpose, Some(attributes.clone()))
            .await
    }

    /// The citizen refuses. An earlier agreement about the purpose is superseded by the refusal.
    ///
    /// # Errors
    /// As [`Consent::give`], without the limit of citizens.
    pub async fn refuse(
        &self,
        service: &Arc<Service>,
        citizen: &CitizenId,
        purpose: &str,
    ) -> Result<String, GovError> {
        self.decide(service, citizen, purpose, None).await
    }

    async fn decide(
        &self,
        service: &Arc<Service>,
        citizen: &CitizenId,
        purpose: &str,
        agreed: Option<BTreeSet<Attribute>>,
    ) -> Result<String, GovError> {
        let operation = if agreed.is_some() { "give" } else { "refuse" };
        let request_id = self.platform.random.id("req", self.platform.clock.now());
        let approved = service.grant.purpose(purpose).map(|_| purpose);
        let entry = entry_of(&service.id, citizen, &request_id, operation, approved);
        let decided = self
            .try_to_decide(service, citizen, purpose, agreed, entry.clone())
            .await;
        match decided {
            Ok(id) => Ok(id),
            Err(refusal) => Err(self.platform.record_refusal(entry, refusal).await),
        }
    }

    /// [`Self::decide`] without the record of a refusal.
    async fn try_to_decide(
        &self,
        service: &Service,
        citizen: &CitizenId,
        purpose: &str,
        agreed: Option<BTreeSet<Attribute>>,
        mut entry: Entry,
    ) -> Result<String, GovError> {
        let Platform { db, clock, random } = &self.platform;
        let mut tx = db.begin().await?;
        let now = clock.now();
        let decision = Decision {
            id: random.id(record::ID, now),
            agreed,
            now,
        };
        decision
            .write(&mut tx, service, citizen, purpose, &mut entry)
            .await?;
        self.tell_decided(&mut tx, service, citizen, purpose, now).await?;
        audit::append(&mut tx, random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await?;
        Ok(decision.id)
    }

    /// Pauses, resumes or revokes a consent of this citizen. A refused change is recorded too.
    pub async fn change(&self, citizen: &CitizenId, id: &str, change: Change) -> Result<(), ChangeError> {
        let Platform { db, clock, random } = &self.platform;
        let mut tx = db.begin().await?;
        let now = clock.now();
        let request_id = random.id("req", now);
        let entry =
            |service: &ServiceId, purpose| entry_of(service, citizen, &request_id, change.code(), purpose);
        let Some(found) = record::by_id(&mut tx, id, citizen).await? else {
            let entry = entry(&ServiceId(audit::PLATFORM.to_owned()), None);
            audit::append(&mut tx, random, now, &entry, GovError::NotFound.code()).await?;
            tx.commit().await?;
            return Err(ChangeError::NotFound);
        };
        let stored = found.state;
        let found = found.at(now);
        let mut entry = entry(&found.service, Some(&found.purpose));
        entry.consent_id = Some(found.id.clone());
        let is_done = match change.applied_to(found.state) {
            Some(to) => {
                let ended_by = (to == State::Revoked).then_some(EndedBy::Citizen);
                let is_moved = moved(&mut tx, &found, stored, to, ended_by, now).await?;
                if is_moved {
                    self.tell(&mut tx, &found, to, now, now).await?;
                }
                is_moved
            }
            None => false,
        };
        let decision = if is_done {
            entry.attributes = found.attributes;
            audit::ALLOWED
        } else {
            "consent-moved"
        };
        audit::append(&mut tx, random, now, &entry, decision).await?;
        tx.commit().await?;
        if is_done {
            return Ok(());
        }
        Err(ChangeError::NotPossible {
            from: found.state,
            change,
        })
    }
}

/// One decision about one purpose, ready to be written.
struct Decision {
    id: String,
    agreed: Option<BTreeSet<Attribute>>,
    now: Timestamp,
}

impl Decision {
    async fn write(
        &self,
        tx: &mut Conn,
        service: &Service,
        citizen: &CitizenId,
        purpose: &str,
        entry: &mut Entry,
    ) -> Result<(), GovError> {
        enrol::is_open(service, self.now)?;
        let Some(granted) = service.grant.purpose(purpose) else {
            return Err(GovError::denied(
                "purpose-not-approved",
                format!("`{purpose}` is not a purpose of this service"),
            ));
        };
        let (state, attributes) = match &self.agreed {
            Some(agreed) => {
                enrol::enrol(tx, service, citizen, self.now).await?;
                let kept: Vec<_> = granted.attributes.intersection(agreed).copied().collect();
                (State::Active, kept)
            }
            None => (State::Denied, Vec::new()),
        };
        let mut codes: Vec<_> = attributes.iter().map(|attribute| attribute.code()).collect();
        codes.sort_unstable();
        let terms = serde_json::to_string(&Terms::of(service, granted)).map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "consent.terms failed");
            GovError::invalid(
                "terms-unreadable",
                "the terms of the purpose cannot be written down",
            )
        })?;
        // An agreement never outlives the test that it belongs to.
        let expires = self
            .now
            .plus_days(granted.valid_days)
            .min(service.grant.boundary.ends_at);
        let agreement = agreement_digest(service, granted);
        // No row: another decision about the same purpose was committed concurrently, and it
        // is superseded like any earlier one.
        for _ in 0..TRIES_MAX {
            sql!("consent/supersede", citizen, &service.id, purpose, self.now)
                .run(tx)
                .await?;
            let written = sql!(
                "consent/insert",
                &self.id,
                &service.id,
                citizen,
                purpose,
                &agreement,
                &terms,
                codes.join(" "),
                fetch_code(granted.fetch),
                state,
                self.now,
                expires
            )
            .run(tx)
            .await?;
            if written == 1 {
                entry.consent_id = Some(self.id.clone());
                entry.attributes = attributes;
                return Ok(());
            }
        }
        Err(moved_meanwhile())
    }
}
