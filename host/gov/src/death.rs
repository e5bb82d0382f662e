//! Deaths, as the simulated registry office registers them: the log-ins, consents and participations of who has died end in
//! the same transaction.
//!
//! Services are told that their consents ended, as when somebody leaves, and nothing of the death.

use crate::audit;
use crate::civil_status::register;
use crate::consent::Consent;
use crate::db::DbError;
use crate::identity::{Identity, personas, provider, sites};
use crate::invocation::CitizenId;
use crate::platform::Platform;
use crate::remote::Fault;
use crate::{sessions, state_event};

/// The counter at which deaths are registered. Clones share the database.
#[derive(Clone, Debug)]
pub struct Deaths {
    platform: Platform,
    identity: Identity,
    consent: Consent,
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
        self.consent.end_by_death(&mut tx, citizen, now).await?;
        register::end_marriage(&mut tx, &person.fin).await?;
        sites::forget_agreements(&mut tx, citizen).await?;
        provider::end_log_ins(&mut tx, &person.fin).await?;
        sessions::end_all_of(&mut tx, citizen).await?;
        let entry = state_event::registered(citizen, "death", None, random.id("req", now));
        audit::append(&mut tx, random, now, &entry, audit::ALLOWED).await?;
        Ok(tx.commit().await?)
    }
}
