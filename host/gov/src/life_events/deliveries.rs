//! What a service's developer sees of its events: never whom they are about.

use super::LifeEvents;
use super::store::State;
use crate::clock::Timestamp;
use crate::db::DbError;
use crate::event_type::EventType;
use crate::invocation::ServiceId;
use crate::outbox::{GIVE_UP_MS, is_event_id};
use crate::{row, sql};

/// Sorts after every id.
const AFTER_ALL: &str = "z";

/// An event and the state of its delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: String,
    pub event_type: EventType,
    pub state: State,
    pub attempts: u32,
    pub created: Timestamp,
    /// The next attempt, or the end of the lease of the one under way.
    pub due: Option<Timestamp>,
    /// The code of the last failure.
    pub error: Option<String>,
    pub ended: Option<Timestamp>,
}

row!(Delivery, "life_event", "id", row => Self {
    id: row.get("id")?,
    event_type: row.get("type")?,
    state: row.get("state")?,
    attempts: row.check(u32::try_from(row.get::<i64>("attempts")?))?,
    created: row.get("created_ms")?,
    due: row.get("due_ms")?,
    error: row.get("error")?,
    ended: row.get("ended_ms")?,
});

impl LifeEvents {
    /// The events of a service, newest first: those after the event `before`, or the first ones; all, or those in one
    /// state. Nothing if `before` is not an event's id.
    pub async fn deliveries(
        &self,
        service: &ServiceId,
        state: Option<State>,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Delivery>, DbError> {
        if before.is_some_and(|before| !is_event_id(before)) {
            return Ok(Vec::new());
        }
        let mut reader = self.platform.db.reader().await?;
        sql!(
            "life_events/list",
            service,
            before.unwrap_or(AFTER_ALL),
            state.map_or("", State::code),
            i64::from(limit)
        )
        .all(&mut reader)
        .await
    }

    /// The number of a service's events in each state.
    pub async fn counts(&self, service: &ServiceId) -> Result<Vec<(State, i64)>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        sql!("life_events/counts", service).all(&mut reader).await
    }

    /// Delivers a dead letter of the service once more, for another 3 days; `false` if there is none.
    pub async fn replay(&self, service: &ServiceId, id: &str) -> Result<bool, DbError> {
        if !is_event_id(id) {
            return Ok(false);
        }
        let platform = &self.platform;
        let now = platform.clock.now();
        let mut tx = platform.db.begin_if_room().await?;
        let replayed = sql!("life_events/replay", id, service, now, now.plus_ms(GIVE_UP_MS))
            .run(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(replayed == 1)
    }
}
