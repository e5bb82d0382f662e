//! Payments to the state and refunds: the simulated government payment portal.
//!
//! A plug-in asks for a payment and sends the citizen to the host's own pay page ([`checkout`]); it
//! never sees a card. States and errors are GOV.UK Pay's ([`state`]), money moves in a double-entry
//! ledger ([`ledger`]), a key makes every change happen once, and the approval's amounts are counted
//! from reservation to commitment.

pub mod bill;
mod bills;
mod budget;
pub mod card;
pub mod checkout;
pub mod facade;
pub mod ledger;
mod lifecycle;
mod mac;
pub mod money;
pub mod new_payment;
mod operations;
pub mod payment;
mod receipt;
pub mod service_code;
pub mod state;
mod store;
mod words;

use futures::FutureExt as _;

use self::lifecycle::{Lifecycle, LifecycleError};
use self::mac::MacKey;
use self::state::Event;
use crate::audit::{self, Entry};
use crate::db::DbError;
use crate::error::GovError;
use crate::gate::Platform;
use crate::grant::Capability;
use crate::identity::{self, Identity, SecretError};
use crate::invocation::{CitizenId, ServiceId};

pub use self::bill::{Bill, BillStatus};
pub use self::money::Money;
pub use self::new_payment::NewPayment;
pub use self::payment::{Payment, Refund, RefundAvailability};
pub use self::receipt::Receipt;

/// How long a citizen has to pay: 90 minutes, as at GOV.UK Pay.
pub const PAY_WITHIN_MS: i64 = 90 * 60 * 1000;
/// How long a service has to capture what a card holds: 5 days, as at GOV.UK Pay.
pub const CAPTURE_WITHIN_MS: i64 = 5 * crate::clock::DAY_MS;
/// Overdue payments that are looked up at once.
const OVERDUE_BATCH: u32 = 100;

/// The payments API. Clones share it.
#[derive(Clone, Debug)]
pub struct Payments {
    platform: Platform,
    identity: Identity,
    lifecycle: Lifecycle,
}

impl Payments {
    /// The payments of this platform, with the key of its receipts; the first start makes the key.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn open(platform: Platform, identity: Identity) -> Result<Self, SecretError> {
        let key = identity::secret(&platform, "payments").await?;
        Ok(Self {
            lifecycle: Lifecycle {
                random: platform.random.clone(),
                key: MacKey::new(&key),
            },
            platform,
            identity,
        })
    }

    /// The household whose bills a citizen sees.
    fn household(&self, citizen: &CitizenId) -> Option<&'static str> {
        self.identity
            .persona(citizen)
            .map(|persona| persona.household.as_str())
    }

    /// Lets every overdue payment of a service fail, so that what they reserve is free.
    async fn expire_overdue(&self, service: &ServiceId) -> Result<(), GovError> {
        loop {
            let now = self.platform.clock.now();
            let overdue = store::overdue(&self.platform.db, service, now, OVERDUE_BATCH).await?;
            if overdue.is_empty() {
                return Ok(());
            }
            // Each in a transaction of its own: one that a citizen is just paying holds nobody up.
            futures::future::try_join_all(overdue.iter().map(|id| self.expire_if_overdue(id))).await?;
        }
    }

    /// Lets a payment fail whose time is over. Every reader asks for this first, so that nobody sees
    /// a payment alive after its time.
    async fn expire_if_overdue(&self, id: &str) -> Result<(), GovError> {
        let now = self.platform.clock.now();
        {
            let mut reader = self.platform.db.reader().await?;
            let found = store::payment(&mut reader, id).await?;
            if !found.is_some_and(|payment| payment.is_overdue(now)) {
                return Ok(());
            }
        }
        let lifecycle = self.lifecycle.clone();
        let id = id.to_owned();
        let expired = self
            .platform
            .db
            .write(move |tx| {
                async move {
                    let Some(payment) = store::payment(tx, &id).await? else {
                        return Ok(());
                    };
                    if !payment.is_overdue(now) {
                        return Ok(());
                    }
                    let entry = entry_of(&payment, "expire", "");
                    lifecycle.apply(tx, payment, Event::Expire, now).await?;
                    audit::append(tx, &lifecycle.random, now, &entry, audit::ALLOWED).await?;
                    Ok(())
                }
                .boxed()
            })
            .await;
        match expired {
            // Somebody else moved it in this moment: it is not ours to expire any more.
            Ok(()) | Err(LifecycleError::Moved { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The audit entry of what the platform itself does to a payment.
fn entry_of(payment: &Payment, operation: &'static str, request_id: &str) -> Entry {
    Entry {
        request_id: request_id.to_owned(),
        service: payment.service.clone(),
        digest: String::new(),
        citizen: Some(payment.citizen.clone()),
        interface: Capability::Payments,
        operation,
        purpose: None,
        consent_id: None,
        attributes: Vec::new(),
        object: Some(payment.id.clone()),
    }
}

/// A row that this very transaction wrote, or that a foreign key promises, is gone.
fn vanished(table: &'static str, id: &str) -> DbError {
    DbError::Corrupt {
        table,
        id: id.to_owned(),
    }
}
