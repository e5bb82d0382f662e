//! Tells services what became of their messages.

use super::Notifications;
use super::message::Message;
use super::store;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::event_type::EventType;
use crate::outbox::Change;

impl Notifications {
    /// Stores the next state of a message as [`store::advance`] does, and tells its service once every delivery has a
    /// final state.
    pub(super) async fn advance(
        &self,
        tx: &mut Conn,
        from: &Message,
        to: &Message,
        due: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, DbError> {
        let moved = store::advance(tx, from, to, due).await?;
        if moved && to.is_finished() && !from.is_finished() {
            self.tell(tx, EventType::MessageFinished, to, now).await?;
        }
        Ok(moved)
    }

    /// Tells the service of a message in the transaction of the change.
    pub(super) async fn tell(
        &self,
        tx: &mut Conn,
        event_type: EventType,
        message: &Message,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let change = Change {
            event_type,
            service: &message.service,
            citizen: Some(&message.citizen),
            id: &message.id,
            status: message.status.code(),
            payment: None,
            happened: now,
        };
        self.outbox.changed(tx, &self.platform.random, now, change).await
    }
}
