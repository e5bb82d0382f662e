//! The job that writes down which consents have ended by time, and tells their services. A consent is over at its end
//! whether the job has run or not ([`Record::at`]).

use std::time::Duration;

use super::Consent;
use super::record::{Record, State};
use super::require::ONE_TIME_MS;
use crate::db::DbError;
use crate::sql;

/// Interval of the search for consents that have ended.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// Consents that are read at once.
const SWEEP_BATCH: u32 = 100;

impl Consent {
    /// Writes down, every [`SWEEP_EVERY`] and at the start, which consents have ended by time. Runs until it is dropped.
    pub async fn keep_in_order(self) {
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.expire_due().await {
                tracing::error!(error = &error as &dyn std::error::Error, "consent.expiry failed");
            }
        }
    }

    /// Ends every consent whose time has passed, each in a transaction of its own.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn expire_due(&self) -> Result<(), DbError> {
        loop {
            let now = self.platform.clock.now();
            let over: Vec<Record> = {
                let mut reader = self.platform.db.reader().await?;
                sql!(
                    "consent/over",
                    now,
                    now.plus_ms(-ONE_TIME_MS),
                    i64::from(SWEEP_BATCH)
                )
                .all(&mut reader)
                .await?
            };
            if over.is_empty() {
                return Ok(());
            }
            for record in over {
                self.expire(record).await?;
            }
        }
    }

    async fn expire(&self, record: Record) -> Result<(), DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        // No row: it was decided about, or another node ended it.
        let ended = sql!("consent/expire", &record.id, record.state, now)
            .run(&mut tx)
            .await?;
        if ended == 1 {
            self.tell(&mut tx, &record, State::Expired, record.ends_at(), now)
                .await?;
        }
        tx.commit().await
    }
}
