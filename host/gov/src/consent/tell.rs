//! Tells services what became of the consents that they asked for.

use super::Consent;
use super::enrol::JoinTerms;
use super::record::{self, Record, State};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::event_type::EventType;
use crate::invocation::{CitizenId, Service};
use crate::outbox::Change;
use crate::sql;

impl Consent {
    /// Tells the service of a consent that it is in this state since `happened`, in the transaction of the change.
    pub(super) async fn tell(
        &self,
        tx: &mut Conn,
        record: &Record,
        state: State,
        happened: Timestamp,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let change = Change {
            event_type: EventType::ConsentChanged,
            service: &record.service,
            citizen: Some(&record.citizen),
            id: &record.id,
            status: state.code(),
            payment: None,
            happened,
        };
        self.outbox.changed(tx, &self.platform.random, now, change).await
    }

    /// Tells the service of a decision that the citizen has just made. Somebody who refuses without taking part is
    /// nobody whom the service knows.
    pub(super) async fn tell_decided(
        &self,
        tx: &mut Conn,
        service: &Service,
        citizen: &CitizenId,
        purpose: &str,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let takes_part: Option<JoinTerms> = sql!("consent/takes_part", &service.id, citizen)
            .optional(tx)
            .await?;
        let decided = record::latest(tx, citizen, &service.id, purpose).await?;
        match (takes_part, decided) {
            (Some(_), Some(decided)) => self.tell(tx, &decided, decided.state, now, now).await,
            _ => Ok(()),
        }
    }
}
