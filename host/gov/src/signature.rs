//! Electronic signatures by citizens, made remotely. References: CSC API v2 (the provider), Smart-ID RP API 3.1 (the
//! code on two screens), ETSI EN 319 142-1 (PAdES) and TS 119 182-1 (JAdES).
//!
//! A service hands over files ([`staging`]) and asks a citizen to sign them ([`create`]). The citizen reads them on the
//! platform's own page and confirms or refuses ([`signer`]); then another system ([`backend`]) signs, outside any
//! transaction ([`making`]). A service never sees a code, a certificate or a key.

pub mod backend;
mod cms;
mod create;
mod jades;
mod key;
mod making;
mod new_signing;
mod operations;
mod pades;
pub mod pages;
mod pdf;
mod signer;
mod signing;
mod simulator;
mod staging;
mod status;
mod store;
mod time_stamp;
mod words;

use std::sync::Arc;
use std::time::Duration;

use crate::audit::Entry;
use crate::clock::{DAY_MS, Timestamp};
use crate::db::{Conn, DbError};
use crate::event_type::EventType;
use crate::grant::Capability;
use crate::identity::{Identity, SecretError};
use crate::notifications::Notifications;
use crate::outbox::{Change, Outbox};
use crate::platform::Platform;

pub use self::backend::Backend;
pub use self::new_signing::{
    Asked, AskedAssurance, AskedContent, AskedFormat, AskedLevel, NewDocument, NewSigning, Party,
};
pub use self::pdf::{BlankError, blank as blank_pdf};
pub use self::signer::{Begun, Chosen, Refusal};
pub use self::signing::{
    Answer, Attempt, Content, Document, Failure, File, Level, Signer, Signing, Status, Stored,
};
pub use self::staging::NewFile;
pub use self::words::SignatureText;
pub use crate::signature_terms::{Assurance, Format, SignatureTerms};

/// How long a service reads signed files, in days.
pub const KEPT_DAYS: u32 = 30;
/// How long a signer has to choose the code on their device (Smart-ID RP API 3.1, section 2.12: 2 minutes).
pub const ATTEMPT_MS: i64 = 2 * 60 * 1000;
/// Wrong choices after which no attempt begins for [`LOCKED_MS`].
pub const WRONG_MAX: i64 = 3;
pub const LOCKED_MS: i64 = 15 * 60 * 1000;
/// How long the provider is asked for a confirmed signature.
pub const GIVE_UP_MS: i64 = DAY_MS;
/// When a provider that gave no answer is asked again.
pub const ASK_AGAIN_MS: i64 = 60 * 1000;

/// How often what is overdue is looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
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

    /// Ends what is overdue and asks the provider again, until it is dropped.
    pub(crate) async fn keep_in_order(self) {
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.sweep().await {
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
            citizen: &stored.citizen,
            id: &stored.id,
            status: status.into(),
            payment: None,
            happened: now,
        };
        self.outbox.changed(tx, &self.platform.random, now, change).await
    }

    /// The audit entry of what becomes of a signing outside of a call.
    fn entry(&self, stored: &Stored, operation: &'static str, now: Timestamp) -> Entry {
        Entry {
            request_id: self.platform.random.id("req", now),
            service: stored.service.clone(),
            digest: String::new(),
            citizen: Some(stored.citizen.clone()),
            interface: Capability::Signature,
            operation,
            purpose: Some(stored.purpose.clone()),
            consent_id: None,
            attributes: Vec::new(),
            object: Some(stored.id.clone()),
            awaits_answer: false,
        }
    }
}

#[cfg(test)]
mod tests;
