//! The end of presentations that nobody answered in time.

use super::stored::Stored;
use super::{Failure, Status};
use crate::db::DbError;
use crate::documents::Documents;
use crate::sql;

/// Presentations that one look ends.
const SWEEP_BATCH: i64 = 100;

impl Documents {
    /// Ends the presentations whose time is over, and tells their services.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn expire_presentations(&self) -> Result<(), DbError> {
        let now = self.platform.clock.now();
        let overdue: Vec<Stored> = {
            let mut reader = self.platform.db.reader().await?;
            sql!("presentation/overdue", now, SWEEP_BATCH)
                .all(&mut reader)
                .await?
        };
        for stored in overdue {
            let mut tx = self.platform.db.begin().await?;
            let failure = Some(Failure::Expired);
            if !self
                .finish(&mut tx, &stored, Status::Failed, failure, &[], now)
                .await?
            {
                continue;
            }
            if let Some(citizen) = &stored.citizen {
                self.record_for(&mut tx, &stored, citizen, "expire-presentation", now)
                    .await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }
}
