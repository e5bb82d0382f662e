//! The expiry of payments: money that is never captured and bills that are never paid are released, even if the
//! service never calls again.

use std::time::Duration;

use super::lifecycle::LifecycleError;
use super::{Payments, ledger, store};
use crate::db::DbError;

/// Interval of the search for overdue payments and unanswered requests.
pub const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// Overdue payments that are read at once.
const SWEEP_BATCH: u32 = 100;

impl Payments {
    /// Compares the ledger with the payments once and logs inconsistencies. Then, every [`SWEEP_EVERY`] and
    /// immediately at the start, expires overdue payments and reconciles unanswered requests. Runs until it is
    /// dropped.
    pub async fn keep_in_order(self) {
        match ledger::verify(&self.platform.db).await {
            Ok(verification) if verification.is_clean() => tracing::info!("payments.ledger is balanced"),
            Ok(verification) => tracing::error!(?verification, "payments.ledger does not balance"),
            Err(error) => report(&error, "payments.ledger could not be read"),
        }
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.expire_overdue().await {
                report(&error, "payments.expiry failed");
            }
            if let Err(error) = self.reconcile().await {
                report(&error, "payments.reconciliation failed");
            }
        }
    }

    /// Expires every overdue payment of every service and releases what it holds. A payment that cannot be
    /// ended is named in the log and does not block others.
    ///
    /// # Errors
    /// [`DbError::Statement`] when they cannot be listed.
    pub async fn expire_overdue(&self) -> Result<(), DbError> {
        let now = self.platform.clock.now();
        let mut after = store::BEFORE_ALL;
        loop {
            let overdue = {
                let mut reader = self.platform.db.reader().await?;
                store::overdue(&mut reader, now, &after, SWEEP_BATCH).await?
            };
            // Each in a transaction of its own, so that a payment that is being paid delays no other.
            futures::future::join_all(overdue.iter().map(async |(_, id)| {
                if let Err(error) = self.expire(id).await {
                    tracing::error!(
                        payment = %id,
                        error = &error as &dyn std::error::Error,
                        "payments.expiry of one payment failed"
                    );
                }
            }))
            .await;
            match overdue.into_iter().last() {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }

    async fn expire(&self, id: &str) -> Result<(), LifecycleError> {
        let mut tx = self.platform.db.begin().await?;
        if let Some(payment) = store::payment(&mut tx, id).await? {
            self.lifecycle
                .at(&mut tx, payment, self.platform.clock.now())
                .await?;
        }
        Ok(tx.commit().await?)
    }
}

fn report(error: &DbError, message: &'static str) {
    tracing::error!(error = error as &dyn std::error::Error, message);
}
