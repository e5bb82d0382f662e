//! The events of a service as its handler would get them, without a job: for the vetting of a service.

use super::LifeEvents;
use super::event::Naming;
use super::handler::Attempt;
use super::store::Stored;
use crate::db::DbError;
use crate::invocation::Service;
use crate::sql;

/// The most events that a service is tried with.
const EVENTS_MAX: i64 = 100;

impl LifeEvents {
    /// The first attempts to deliver what has happened: the last event of each type.
    ///
    /// # Errors
    /// [`DbError`].
    pub(crate) async fn rehearsed(&self, service: &Service) -> Result<Vec<Attempt>, DbError> {
        self.tell_due_timers().await?;
        let now = self.platform.clock.now();
        let mut reader = self.platform.db.reader().await?;
        let happened: Vec<Stored> = sql!("life_events/page", &service.id, "", i64::MIN, EVENTS_MAX)
            .all(&mut reader)
            .await?;
        let mut last = std::collections::BTreeMap::new();
        for event in happened {
            last.insert(event.event_type, event);
        }
        Ok(last
            .into_values()
            .map(|event| Attempt {
                request_id: self.platform.random.id("req", now),
                event: event.shown(&self.identity, Naming::Named, service),
                number: 1,
                first: now,
                is_final: false,
            })
            .collect())
    }
}
