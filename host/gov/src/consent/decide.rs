//! What a citizen does about a consent: give it, refuse it, pause, resume, revoke it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::agreement::{Terms, agreement_digest};
use super::record::{self, EndedBy, Record, State, fetch_code, needs_signature};
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

/// The citizen's signature under an agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The id of the signing.
    pub signing: String,
    /// The digest of what they signed; see [`super::agreement_digest`].
    pub agreement: String,
    /// The end of the test as they read it.
    pub ends: Timestamp,
    /// When the citizen confirmed that they sign.
    pub at: Timestamp,
}

/// What a citizen answers about a purpose.
enum Answer {
    /// They agree to these attributes.
    Agree(BTreeSet<Attribute>),
    /// They signed that they agree to all of it.
    Sign(Signed),
    Refuse,
}

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

/// The id of the consent that was recorded from this signing.
pub(super) async fn given_by(conn: &mut Conn, signing: &str) -> Result<Option<String>, DbError> {
    let found: Option<(String,)> = sql!("consent/by_signing", signing).optional(conn).await?;
    Ok(found.map(|(id,)| id))
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
    /// (`purpose-not-approved`; `signature-required` for data of a special category), a storage failure.
    pub async fn give(
        &self,
        service: &Arc<Service>,
        citizen: &CitizenId,
        purpose: &str,
        attributes: &BTreeSet<Attribute>,
    ) -> Result<String, GovError> {
        let answer = Answer::Agree(attributes.clone());
        self.decide(service, citizen, purpose, answer).await
    }

    /// As [`Consent::give`] for all that the purpose covers, under an agreement that the citizen signed. The same signing
    /// gives the same consent.
    ///
    /// # Errors
    /// As [`Consent::give`]; `conflict`: `consent-moved` where the citizen decided otherwise after they had signed,
    /// `agreement-changed` where the service asks for something else by now.
    pub async fn give_signed(
        &self,
        service: &Arc<Service>,
        citizen: &CitizenId,
        purpose: &str,
        signed: Signed,
    ) -> Result<String, GovError> {
        self.decide(service, citizen, purpose, Answer::Sign(signed)).await
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
        self.decide(service, citizen, purpose, Answer::Refuse).await
    }

    async fn decide(
        &self,
        service: &Arc<Service>,
        citizen: &CitizenId,
        purpose: &str,
        answer: Answer,
    ) -> Result<String, GovError> {
        let operation = match answer {
            Answer::Agree(_) | Answer::Sign(_) => "give",
            Answer::Refuse => "refuse",
        };
        let request_id = self.platform.random.id("req", self.platform.clock.now());
        let approved = service.grant.purpose(purpose).map(|_| purpose);
        let entry = entry_of(&service.id, citizen, &request_id, operation, approved);
        let signing = match &answer {
            Answer::Sign(signed) => Some(signed.signing.clone()),
            Answer::Agree(_) | Answer::Refuse => None,
        };
        let decided = self
            .try_to_decide(service, citizen, purpose, answer, entry.clone())
            .await;
        let refusal = match decided {
            Ok(id) => return Ok(id),
            Err(refusal) => refusal,
        };
        if let Some(signing) = signing {
            let mut reader = self.platform.db.reader().await?;
            // Somebody else recorded the same signature at the same moment.
            if let Some(id) = given_by(&mut reader, &signing).await? {
                return Ok(id);
            }
        }
        Err(self.platform.record_refusal(entry, refusal).await)
    }

    /// [`Self::decide`] without the record of a refusal.
    async fn try_to_decide(
        &self,
        service: &Service,
        citizen: &CitizenId,
        purpose: &str,
        answer: Answer,
        mut entry: Entry,
    ) -> Result<String, GovError> {
        let Platform { db, clock, random } = &self.platform;
        let mut tx = db.begin().await?;
        let now = clock.now();
        if let Answer::Sign(signed) = &answer {
            if let Some(id) = given_by(&mut tx, &signed.signing).await? {
                return Ok(id);
            }
            let latest = record::latest(&mut tx, citizen, &service.id, purpose).await?;
            if latest.is_some_and(|latest| latest.changed_at > signed.at) {
                return Err(moved_meanwhile());
            }
        }
        let decision = Decision {
            id: random.id(record::ID, now),
            answer,
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
    answer: Answer,
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
        let (state, attributes, signing): (_, Vec<_>, _) = match &self.answer {
            Answer::Agree(agreed) => {
                let kept = granted.attributes.intersection(agreed).copied().collect();
                (State::Active, kept, None)
            }
            Answer::Sign(signed) => {
                let all = granted.attributes.iter().copied().collect();
                (State::Active, all, Some(&signed.signing))
            }
            Answer::Refuse => (State::Denied, Vec::new(), None),
        };
        if signing.is_none() && needs_signature(&attributes) {
            return Err(GovError::denied(
                "signature-required",
                "the agreement covers data of a special category, so that the citizen has to sign it",
            ));
        }
        if state == State::Active {
            enrol::enrol(tx, service, citizen, self.now).await?;
        }
        let mut codes: Vec<_> = attributes.iter().map(|attribute| attribute.code()).collect();
        codes.sort_unstable();
        let terms = serde_json::to_string(&Terms::of(service, granted)).map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "consent.terms failed");
            GovError::invalid(
                "terms-unreadable",
                "the terms of the purpose cannot be written down",
            )
        })?;
        let agreement = agreement_digest(service, granted);
        // An agreement never outlives the test that it belongs to.
        let mut ends = service.grant.boundary.ends_at;
        if let Answer::Sign(signed) = &self.answer {
            if signed.agreement != agreement {
                return Err(GovError::conflict(
                    "agreement-changed",
                    "the service asks for something else than what was signed",
                ));
            }
            ends = ends.min(signed.ends);
        }
        let expires = self.now.plus_days(granted.valid_days).min(ends);
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
                expires,
                signing
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
