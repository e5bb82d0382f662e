//! The jobs: agencies are asked about what was sent in, messages are forgotten when their time is over, and the chain of
//! the log is verified.

use std::time::Duration;

use super::Exchange;
use super::log::{CONTENT_DAYS, LogError};
use crate::clock::DAY_MS;
use crate::db::DbError;
use crate::sql;

/// Interval at which old messages are forgotten and the chain is verified.
const EVERY: Duration = Duration::from_secs(3_600);

/// Interval at which agencies are asked about what is due.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

impl Exchange {
    /// Keeps submissions and the log in order until it is dropped.
    pub async fn keep_in_order(self) {
        tokio::join!(self.clone().follow(), self.keep_log());
    }

    async fn follow(self) {
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.sweep().await {
                tracing::error!(error = &error as &dyn std::error::Error, "exchange.sweep failed");
            }
        }
    }

    async fn keep_log(self) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.tidy().await {
                tracing::error!(error = &error as &dyn std::error::Error, "exchange.log failed");
            }
        }
    }

    async fn tidy(&self) -> Result<(), LogError> {
        self.forget_content().await?;
        self.verify_log().await?;
        Ok(())
    }

    /// Forgets the content of messages that are older than [`CONTENT_DAYS`], and agencies' answers as long after the end
    /// of their submissions.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn forget_content(&self) -> Result<(), DbError> {
        let before = self
            .platform
            .clock
            .now()
            .plus_ms(-i64::from(CONTENT_DAYS) * DAY_MS);
        for statement in [
            sql!("exchange/forget", before),
            sql!("exchange/submissions_forget", before),
        ] {
            statement.run_alone(&self.platform.db).await?;
        }
        Ok(())
    }
}
