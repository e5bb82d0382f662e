//! What becomes of signings by time: the end of those whose time is over, and another question to a silent provider.

use super::making::{FAILED, Made};
use super::signing::{Failure, Status};
use super::{ASK_AGAIN_MS, GIVE_UP_MS, Signatures, store};
use crate::db::DbError;
use crate::sql;

/// Signings that one look takes on.
const SWEEP_BATCH: i64 = 100;

impl Signatures {
    /// Ends signings whose time is over, asks the provider again, and deletes staged files that nobody used.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn sweep(&self) -> Result<(), DbError> {
        let now = self.platform.clock.now();
        sql!("signature/forget_staged", now)
            .run_alone(&self.platform.db)
            .await?;
        let (overdue, unanswered): (Vec<(String,)>, Vec<(String,)>) = {
            let mut reader = self.platform.db.reader().await?;
            let since = now.plus_ms(-ASK_AGAIN_MS);
            (
                sql!("signature/overdue", now, SWEEP_BATCH)
                    .all(&mut reader)
                    .await?,
                sql!("signature/unanswered", since, SWEEP_BATCH)
                    .all(&mut reader)
                    .await?,
            )
        };
        for (id,) in overdue {
            self.expire(&id).await?;
        }
        for (id,) in unanswered {
            self.ask_again(&id).await?;
        }
        Ok(())
    }

    async fn expire(&self, id: &str) -> Result<(), DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let Some(stored) = store::locked(&mut tx, id).await? else {
            return Ok(());
        };
        let from = stored.stored_status;
        let failure = Some(Failure::Expired);
        if !from.is_open()
            || !self
                .finish(&mut tx, &stored, from, Status::Failed, failure, now)
                .await?
        {
            return Ok(());
        }
        self.record_end(&mut tx, &stored, None, "expire", now).await?;
        tx.commit().await
    }

    /// Asks the provider once more, or gives up.
    async fn ask_again(&self, id: &str) -> Result<(), DbError> {
        let stored = {
            let mut reader = self.platform.db.reader().await?;
            store::signing(&mut reader, id).await?
        };
        let Some(stored) = stored else {
            return Ok(());
        };
        let Some(next) = stored.next_to_make() else {
            return Ok(());
        };
        let now = self.platform.clock.now();
        let begun = next.answered.unwrap_or(stored.created);
        if now >= begun.plus_ms(GIVE_UP_MS) {
            return self.record(&stored, next, FAILED, Made::default()).await;
        }
        // One process asks at a time.
        let taken = sql!("signature/asked", id, now, stored.asked)
            .run_alone(&self.platform.db)
            .await?;
        if taken == 1 {
            self.make(id).await;
        }
        Ok(())
    }
}
