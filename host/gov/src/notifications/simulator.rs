//! The simulated provider: the state of an alert depends on the person and the clock.

use super::backend::{AlertOrder, Backend, Sent, Verdict};
use super::message::Status;
use crate::clock::{DAY_MS, Timestamp};
use crate::db::DbError;
use crate::identity::personas::{self, AlertCase};
use crate::identity::{Identity, Person};
use crate::platform::Platform;
use crate::remote::Fault;
use crate::sql;

/// Time until a device answers, in milliseconds.
const DELIVERED_AFTER_MS: i64 = 5_000;
/// Time until a device that is off is given up, in milliseconds.
const GIVEN_UP_AFTER_MS: i64 = 3 * DAY_MS;
/// Every file that holds this is refused: the test string of EICAR (<https://www.eicar.org/download-anti-malware-testfile/>),
/// in two parts, so that no scanner refuses this program.
const EICAR: [&str; 2] = [
    "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-",
    "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
];

/// A provider that does not send anything.
#[derive(Clone, Debug)]
pub(super) struct Simulator {
    platform: Platform,
    identity: Identity,
}

impl Simulator {
    /// The simulator whose table is in the platform's database.
    pub(super) fn new(platform: Platform, identity: Identity) -> Self {
        Self { platform, identity }
    }

    /// When this alert was accepted; now for a new one.
    async fn taken(&self, order: &AlertOrder) -> Result<Timestamp, DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        sql!("notifications/sim_take", &order.id, &order.citizen, now)
            .run(&mut tx)
            .await?;
        let (taken,) = sql!("notifications/sim_alert", &order.id).one(&mut tx).await?;
        tx.commit().await?;
        Ok(taken)
    }
}

#[async_trait::async_trait]
impl Backend for Simulator {
    async fn alert(&self, order: &AlertOrder) -> Result<Sent, Fault> {
        let person = self.identity.person(&order.citizen).await?;
        let Some(person) = person.filter(has_address) else {
            return Ok(Sent {
                id: order.id.clone(),
                status: None,
            });
        };
        let taken = self
            .taken(order)
            .await
            .map_err(|error| Fault::Failed(Box::new(error)))?;
        let since = self.platform.clock.now().0.saturating_sub(taken.0);
        Ok(Sent {
            id: order.id.clone(),
            status: Some(status(&person.fin, since)),
        })
    }

    async fn scan(&self, content: &[u8]) -> Result<Verdict, Fault> {
        let eicar = EICAR.concat();
        let refused = content
            .windows(eicar.len())
            .any(|window| window == eicar.as_bytes());
        Ok(match refused {
            true => Verdict::Refused,
            false => Verdict::Clean,
        })
    }
}

fn has_address(person: &Person) -> bool {
    person.died.is_none() && (person.phone_number_verified || person.email_verified)
}

/// The state of the alert of this person, `since` milliseconds after the provider accepted it.
fn status(fin: &str, since: i64) -> Status {
    match personas::by_fin(fin).and_then(|persona| persona.alerts) {
        Some(AlertCase::AddressGone) => Status::PermanentFailure,
        Some(AlertCase::Unreported) => Status::Sent,
        Some(AlertCase::PhoneOff) if since >= GIVEN_UP_AFTER_MS => Status::TemporaryFailure,
        Some(AlertCase::PhoneOff) => Status::Sending,
        None if since >= DELIVERED_AFTER_MS => Status::Delivered,
        None => Status::Pending,
    }
}
