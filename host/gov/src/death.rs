//! Deaths, as the simulated registry office registers them: the log-ins, consents and participations of who has died end in
//! the same transaction.
//!
//! Services that a law obliges to know of it, and that the citizen agreed to tell, are told of the death. All others are told
//! that their consents ended, as when somebody leaves.

use crate::audit;
use crate::civil_status::register;
use crate::clock::Timestamp;
use crate::consent::Consent;
use crate::db::{Conn, DbError};
use crate::event_type::EventType;
use crate::grant::Attribute;
use crate::identity::{Identity, local_date, personas, provider, sites};
use crate::invocation::CitizenId;
use crate::platform::Platform;
use crate::remote::Fault;
use crate::sessions;
use crate::state_event::{self, StateEvent};

/// The counter at which deaths are registered. Clones share the database.
#[derive(Clone, Debug)]
pub struct Deaths {
    platform: Platform,
    identity: Identity,
    consent: Consent,
}

/// The data of `az.gov.death.registered.v1`.
#[derive(serde::Serialize)]
struct Data {
    died: String,
}

/// Why a death is not registered.
#[derive(Debug, thiserror::Error)]
pub enum DeathError {
    /// The register has no such citizen, or the person has died already.
    #[error("the register does not know the citizen as living")]
    NotRegistered,
    #[error("the register of the population did not answer")]
    Register(#[from] Fault),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Deaths {
    pub fn new(platform: Platform, identity: Identity, consent: Consent) -> Self {
        Self {
            platform,
            identity,
            consent,
        }
    }

    /// The same counter for the citizens of `identity`.
    #[must_use]
    pub(crate) fn with_identity(self, identity: Identity) -> Self {
        Self { identity, ..self }
    }

    /// Registers that the citizen died today.
    ///
    /// # Errors
    /// [`DeathError`].
    pub async fn register(&self, citizen: &CitizenId) -> Result<(), DeathError> {
        let person = self.identity.person(citizen).await?;
        let person = person.filter(|person| person.died.is_none());
        let person = person.ok_or(DeathError::NotRegistered)?;
        let Platform { db, clock, random } = &self.platform;
        let mut tx = db.begin().await?;
        let now = clock.now();
        // No row: somebody else registered it at the same moment.
        if !personas::register_death(&mut tx, &person.fin, now).await? {
            return Err(DeathError::NotRegistered);
        }
        self.announce(&mut tx, citizen, now).await?;
        self.consent.end_by_death(&mut tx, citizen, now).await?;
        register::end_marriage(&mut tx, &person.fin).await?;
        sites::forget_agreements(&mut tx, citizen).await?;
        provider::end_log_ins(&mut tx, &person.fin).await?;
        sessions::end_all_of(&mut tx, citizen).await?;
        let entry = state_event::registered(citizen, "death", Some(Attribute::Death), random.id("req", now));
        audit::append(&mut tx, random, now, &entry, audit::ALLOWED).await?;
        Ok(tx.commit().await?)
    }

    /// Tells the services whose consents to it are active.
    async fn announce(&self, tx: &mut Conn, citizen: &CitizenId, now: Timestamp) -> Result<(), DbError> {
        let event = StateEvent {
            event_type: EventType::DeathRegistered,
            citizen,
            happened: now,
            data: &Data {
                died: local_date(now).to_string(),
            },
        };
        state_event::tell(tx, &self.platform.random, now, &event).await
    }

    /// Tells the services of this citizen as on the day of a death, which is not registered: for the temporary platform of a
    /// vetting run.
    ///
    /// # Errors
    /// [`DbError`].
    pub(crate) async fn rehearse(&self, citizen: &CitizenId) -> Result<(), DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        self.announce(&mut tx, citizen, now).await?;
        tx.commit().await
    }
}
