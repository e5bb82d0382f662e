//! Payments to the state and refunds.
//!
//! A plug-in asks for a payment and sends the citizen to the host's own pay page ([`checkout`]); it never sees
//! a card. Another system charges cards ([`provider`]). States and errors are those of GOV.UK Pay ([`state`]),
//! money moves in a double-entry ledger ([`ledger`]), an idempotency key makes every change happen once, and
//! the approval's amounts are counted from reservation to commitment.

mod asking;
pub mod bill;
mod bills;
mod budget;
pub mod card;
pub mod checkout;
mod create;
mod decision;
mod expiry;
pub mod ledger;
mod lifecycle;
pub mod money;
pub mod new_payment;
mod operations;
pub mod pages;
pub mod payment;
pub mod provider;
pub mod reading;
mod receipt;
mod refunds;
pub mod rejection;
pub use crate::service_code;
pub mod state;
mod store;
mod words;

use std::sync::Arc;
use std::time::Duration;

use self::bill::Issuer;
use self::lifecycle::Lifecycle;
use self::provider::Provider;
use crate::audit::{self, Entry};
use crate::db::DbError;
use crate::error::GovError;
use crate::grant::Capability;
use crate::identity::{self, Identity, SecretError};
use crate::invocation::{CitizenId, ServiceId};
use crate::mac::MacKey;
use crate::outbox::Outbox;
use crate::platform::Platform;

pub use self::bill::{Bill, BillStatus};
pub use self::money::Money;
pub use self::new_payment::NewPayment;
pub use self::payment::{Payment, Refund, RefundAvailability, RefundState};
pub use self::receipt::{Facts, Receipt};

/// How long a citizen has to pay: 90 minutes, as at GOV.UK Pay.
pub const PAY_WITHIN_MS: i64 = 90 * 60 * 1000;
/// How long a service has to capture what a card holds: 5 days, as at GOV.UK Pay.
pub const CAPTURE_WITHIN_MS: i64 = 5 * crate::clock::DAY_MS;

/// The payments API. Clones share it.
#[derive(Clone, Debug)]
pub struct Payments {
    platform: Platform,
    identity: Identity,
    lifecycle: Lifecycle,
    issuer: Issuer,
    provider: Provider,
}

impl Payments {
    /// The payments of this platform, with the key of its receipts, which the first start creates.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn open(platform: Platform, identity: Identity) -> Result<Self, SecretError> {
        let key = identity::secret(&platform, "payments").await?;
        let key = MacKey::new(&key);
        Ok(Self {
            issuer: Issuer {
                backend: Arc::new(bill::Simulator { key: key.clone() }),
                deadline: bill::BILLS_WITHIN,
            },
            provider: Provider {
                backend: Arc::new(provider::Simulator::new(platform.db.clone())),
                deadline: provider::PROVIDER_WITHIN,
            },
            lifecycle: Lifecycle {
                random: platform.random.clone(),
                key,
                outbox: Outbox::default(),
            },
            platform,
            identity,
        })
    }

    /// The same payments, whose changes are told.
    #[must_use]
    pub fn with_outbox(mut self, outbox: Outbox) -> Self {
        self.lifecycle.outbox = outbox;
        self
    }

    /// The same payments for the citizens of `identity`.
    #[must_use]
    pub(crate) fn with_identity(self, identity: Identity) -> Self {
        Self { identity, ..self }
    }

    /// The same payments with the bills of another issuer, which has `deadline` to answer.
    #[must_use]
    pub fn with_bills(self, backend: Arc<dyn bill::Backend>, deadline: Duration) -> Self {
        Self {
            issuer: Issuer { backend, deadline },
            ..self
        }
    }

    /// The same payments with another provider, which has `deadline` to answer.
    #[must_use]
    pub fn with_provider(self, backend: Arc<dyn provider::Backend>, deadline: Duration) -> Self {
        Self {
            provider: Provider { backend, deadline },
            ..self
        }
    }

    /// The household whose bills a citizen sees, from the register of the population; `None` if the register
    /// does not know the citizen. `entry` is the admitted call that needs it: a fault of the register is
    /// recorded under it.
    /// # Errors
    /// `unavailable` (`system-unavailable`).
    async fn household(&self, citizen: &CitizenId, entry: &Entry) -> Result<Option<String>, GovError> {
        let person = self.identity.person_for(citizen, entry).await?;
        Ok(person.map(|person| person.household))
    }
}

/// The audit entry of a citizen's action on a payment on the platform's own pages.
fn entry_of(payment: &Payment, operation: &'static str, request_id: &str) -> Entry {
    Entry {
        service: payment.service.clone(),
        ..platform_entry(&payment.citizen, operation, request_id, Some(&payment.id))
    }
}

/// The audit entry of an action of the platform itself on a citizen's payments.
fn platform_entry(
    citizen: &CitizenId,
    operation: &'static str,
    request_id: &str,
    object: Option<&str>,
) -> Entry {
    Entry {
        request_id: request_id.to_owned(),
        service: ServiceId(audit::PLATFORM.to_owned()),
        digest: String::new(),
        citizen: Some(citizen.clone()),
        interface: Capability::Payments,
        operation,
        purpose: None,
        consent_id: None,
        attributes: Vec::new(),
        object: object.map(str::to_owned),
        awaits_answer: false,
    }
}

/// The error if a row is missing that this transaction wrote or a foreign key guarantees.
fn vanished(table: &'static str, id: &str) -> DbError {
    DbError::Corrupt {
        table,
        id: id.to_owned(),
    }
}
