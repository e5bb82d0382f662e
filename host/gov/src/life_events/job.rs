//! The job that turns reminders into events and delivers what is due.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::delivery::Due;
use super::handler::Handler;
use super::{LifeEvents, VISIBLE_DAYS};
use crate::clock::DAY_MS;
use crate::db::DbError;
use crate::directory::Directory;
use crate::invocation::ServiceId;
use crate::sql;

/// Interval at which the job looks for due events.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Events of one service that one node delivers at the same time.
const AT_ONCE_PER_SERVICE: usize = 4;
/// Events that one node delivers at the same time.
const AT_ONCE: usize = 64;

impl LifeEvents {
    /// Delivers events until it is dropped; those under way are then delivered again when their leases have ended.
    pub async fn keep_in_order(self, services: Directory, handler: Arc<dyn Handler>) {
        let mut under_way = UnderWay::default();
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    if let Err(error) = self.forget().await {
                        report(&error);
                    }
                }
                Some(_) = under_way.tasks.join_next() => {}
            }
            while under_way.tasks.try_join_next().is_some() {}
            let due = match self.due().await {
                Ok(due) => due,
                Err(error) => {
                    report(&error);
                    continue;
                }
            };
            for due in due {
                let Some(permit) = under_way.permit(&due.service) else {
                    continue;
                };
                let (this, services, handler) = (self.clone(), services.clone(), handler.clone());
                under_way.tasks.spawn(async move {
                    this.attempt(&due, &services, &*handler).await;
                    drop(permit);
                });
            }
        }
    }

    /// One round of the job: turns due reminders into events and delivers what is due, each event once; returns how many
    /// events that were.
    ///
    /// # Errors
    /// [`DbError`] when they cannot be listed.
    pub async fn deliver_due(&self, services: &Directory, handler: &dyn Handler) -> Result<usize, DbError> {
        self.forget().await?;
        let due = self.due().await?;
        futures::future::join_all(due.iter().map(|due| self.attempt(due, services, handler))).await;
        Ok(due.len())
    }

    async fn attempt(&self, due: &Due, services: &Directory, handler: &dyn Handler) {
        if let Err(error) = self.deliver(due, services, handler).await {
            tracing::error!(object = %due.id, error = &error as &dyn std::error::Error, "life-events.attempt failed");
        }
    }

    /// Deletes events whose delivery ended long ago.
    async fn forget(&self) -> Result<(), DbError> {
        let long_ago = self.platform.clock.now().plus_ms(-VISIBLE_DAYS * DAY_MS);
        sql!("life_events/forget", long_ago)
            .run_alone(&self.platform.db)
            .await?;
        Ok(())
    }

    /// The events that are due, a few of each service, the earliest first.
    async fn due(&self) -> Result<Vec<Due>, DbError> {
        let now = self.platform.clock.now();
        self.tell_due_timers().await?;
        let mut reader = self.platform.db.reader().await?;
        sql!(
            "life_events/due",
            now,
            i64::try_from(AT_ONCE_PER_SERVICE).unwrap_or(i64::MAX),
            i64::try_from(AT_ONCE).unwrap_or(i64::MAX)
        )
        .all(&mut reader)
        .await
    }
}

fn report(error: &DbError) {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "life-events.delivery failed"
    );
}

/// The attempts under way, of which a slow service has only so many.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<()>,
    places: HashMap<ServiceId, Arc<Semaphore>>,
}

impl UnderWay {
    fn permit(&mut self, service: &ServiceId) -> Option<OwnedSemaphorePermit> {
        if self.tasks.len() >= AT_ONCE {
            return None;
        }
        let places = self
            .places
            .entry(service.clone())
            .or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE_PER_SERVICE)));
        places.clone().try_acquire_owned().ok()
    }
}
