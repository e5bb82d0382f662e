//! Electronic signatures by citizens, made remotely. References: CSC API v2 (the provider), Smart-ID RP API 3.1 (the
//! code on two screens), ETSI EN 319 142-1 (PAdES) and TS 119 182-1 (JAdES).
//!
//! A service hands over files ([`staging`]) and asks people to sign them ([`create`]), of whom a citizen may name some
//! ([`naming`]). Each reads them on the platform's own page and confirms or refuses ([`signer`]); then another system
//! ([`backend`]) signs, outside any transaction ([`making`]). A service never sees a code, a certificate or a key. Files that
//! somebody signed are checked ([`verify`]) by what [`check`] knows.

mod agreements;
pub mod backend;
pub mod check;
mod cms;
mod create;
mod jades;
mod key;
mod making;
mod naming;
mod new_signing;
mod operations;
mod pades;
pub mod pages;
mod pdf;
mod prepared;
mod signed_by;
mod signer;
mod signing;
mod simulator;
mod staging;
mod status;
mod store;
mod stored_signer;
mod sweeping;
mod time_stamp;
mod verify;
mod view;
mod words;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::audit::{self, Entry};
use crate::clock::{DAY_MS, Timestamp};
use crate::consent::Consent;
use crate::db::{Conn, DbError};
use crate::directory::Directory;
use crate::event_type::EventType;
use crate::grant::Capability;
use crate::identity::{Identity, SecretError};
use crate::invocation::CitizenId;
use crate::notifications::Notifications;
use crate::outbox::{Change, Outbox};
use crate::platform::Platform;

pub use self::agreements::{AGREEMENT_MS, NewAgreement};
pub use self::backend::Backend;
pub use self::check::judgement::{CertificateStatus, Report, SignatureReport};
pub use self::check::{Indication, SubIndication};
pub(crate) use self::key::sha256;
pub use self::naming::{Naming, Pairing};
pub use self::new_signing::{
    Asked, AskedAssurance, AskedContent, AskedFormat, AskedLevel, NAMED_MAX, NewDocument, NewSigning, Party,
    SIGNERS_MAX,
};
pub use self::pdf::{BlankError, blank as blank_pdf};
pub(crate) use self::signed_by::signed_by;
pub use self::signer::{Begun, Chosen, Mine, Refusal};
pub use self::signing::{
    Content, Document, Failure, File, Level, Signer, Signing, SigningOrder, Status, Stored,
};
pub use self::staging::NewFile;
pub use self::stored_signer::{Answer, Attempt, Done, Role, StoredSigner};
pub use self::words::SignatureText;
pub use crate::signature_terms::{Assurance, Format, SignatureTerms};

/// How long a service reads signed files, in days.
pub const KEPT_DAYS: u32 = 30;
/// How long a signer has to choose the code on their device (Smart-ID RP API 3.1, section 2.12: 2 minutes).
pub const ATTEMPT_MS: i64 = 2 * 60 * 1000;
/// Wrong choices after which no attempt begins for [`LOCKED_MS`].
pub const WRONG_MAX: i64 = 3;
pub const LOCKED_MS: i64 = 15 * 60 * 1000;
/// How often a citizen names somebody for one place of a signing: each naming has a code of its own.
pub const NAMINGS_MAX: i64 = 3;
/// How often a citizen names somebody in 24 hours, for whichever service.
pub const NAMINGS_A_DAY_MAX: i64 = 12;
/// Wrong pairing codes after which none counts any more, so that of a million codes five can be tried.
pub const PAIRING_WRONG_MAX: i64 = 5;
/// How long the provider is asked for a confirmed signature.
pub const GIVE_UP_MS: i64 = DAY_MS;
/// When a provider that gave no answer is asked again.
pub const ASK_AGAIN_MS: i64 = 60 * 1000;

/// How often what is overdue is looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// Files that are checked at the same time.
const CHECKS_AT_ONCE: usize = 2;
/// Bytes of a signed file that one call reads.
pub const READ_BYTES_MAX: usize = 1 << 20;

/// The signatures API. Clones share it.
#[derive(Clone, Debug)]
pub struct Signatures {
    platform: Platform,
    identity: Identity,
    notifications: Notifications,
    outbox: Outbox,
    provider: Provider,
    /// Room for files that are checked at the same time.
    checking: Arc<Semaphore>,
}

/// Another system, and how long it has to answer.
#[derive(Clone, Debug)]
struct Provider {
    backend: Arc<dyn Backend>,
    deadline: Duration,
}

impl Signatures {
    /// The signatures of a platform at `public_url`, by the simulated provider, whose keys the first start makes.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn open(
        platform: Platform,
        identity: Identity,
        notifications: Notifications,
        public_url: &str,
    ) -> Result<Self, SecretError> {
        let simulator = simulator::Simulator::open(platform.clone(), public_url).await?;
        Ok(Self {
            platform,
            identity,
            notifications,
            outbox: Outbox::default(),
            checking: Arc::new(Semaphore::new(CHECKS_AT_ONCE)),
            provider: Provider {
                backend: Arc::new(simulator),
                deadline: backend::PROVIDER_WITHIN,
            },
        })
    }

    /// The same signatures, whose changes are told.
    #[must_use]
    pub fn with_outbox(self, outbox: Outbox) -> Self {
        Self { outbox, ..self }
    }

    /// The same signatures of the citizens of `identity`, who are told by `notifications`.
    #[must_use]
    pub(crate) fn with_identity(self, identity: Identity, notifications: Notifications) -> Self {
        Self {
            identity,
            notifications,
            ..self
        }
    }

    /// The provider.
    pub fn backend(&self) -> Arc<dyn Backend> {
        self.provider.backend.clone()
    }

    /// The same signatures by another provider, which has `deadline` to answer.
    #[must_use]
    pub fn with_backend(self, backend: Arc<dyn Backend>, deadline: Duration) -> Self {
        Self {
            provider: Provider { backend, deadline },
            ..self
        }
    }

    /// The time on the platform.
    pub fn now(&self) -> Timestamp {
        self.platform.clock.now()
    }

    /// Ends what is overdue, asks the provider again and records signed agreements, until it is dropped.
    pub(crate) async fn keep_in_order(self, consent: Consent, services: Directory) {
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let done = async {
                self.sweep().await?;
                self.conclude(&consent, &services).await
            };
            if let Err(error) = done.await {
                tracing::error!(error = &error as &dyn std::error::Error, "signature.job failed");
            }
        }
    }

    /// Tells the service of another status.
    async fn tell(
        &self,
        tx: &mut Conn,
        stored: &Stored,
        status: Status,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let change = Change {
            event_type: EventType::SignatureChanged,
            service: &stored.service,
            citizen: Some(&stored.citizen),
            id: &stored.id,
            status: status.into(),
            payment: None,
            happened: now,
        };
        self.outbox.changed(tx, &self.platform.random, now, change).await
    }

    /// The audit entry of what becomes of a signing outside of a call, for the log of this citizen.
    fn entry_of(
        &self,
        stored: &Stored,
        citizen: &CitizenId,
        operation: &'static str,
        now: Timestamp,
    ) -> Entry {
        Entry {
            request_id: self.platform.random.id("req", now),
            service: stored.service.clone(),
            digest: String::new(),
            citizen: Some(citizen.clone()),
            interface: Capability::Signature,
            operation,
            purpose: Some(stored.purpose.clone()),
            consent_id: None,
            attributes: Vec::new(),
            object: Some(stored.id.clone()),
            awaits_answer: false,
        }
    }

    /// Records the end of a signing in the log of each signer who knows of it, but `other`.
    async fn record_end(
        &self,
        tx: &mut Conn,
        stored: &Stored,
        other: Option<&CitizenId>,
        operation: &'static str,
        now: Timestamp,
    ) -> Result<(), DbError> {
        for (_, citizen) in stored.parties().filter(|(_, citizen)| Some(*citizen) != other) {
            let entry = self.entry_of(stored, citizen, operation, now);
            audit::append(tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
