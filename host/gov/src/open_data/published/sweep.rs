//! Keeps the catalogue up to date with the database, which other nodes change too, and removes files that belong to
//! nothing.

use std::time::Duration;

use super::{DRAFT_DAYS, store};
use crate::clock::DAY_MS;
use crate::db::DbError;
use crate::open_data::OpenData;

/// How long a change on another node takes to be seen here, at most.
const REFRESH_EVERY: Duration = Duration::from_secs(5);
/// Refreshes between two sweeps: an hour.
const REFRESHES_PER_SWEEP: u32 = 720;
/// A file that belongs to nothing may still be arriving.
const UNUSED_MS: i64 = DAY_MS;

impl OpenData {
    /// Runs the jobs until it is dropped.
    pub async fn keep_in_order(&self) {
        tokio::join!(self.keep_up_to_date(), self.keep_harvesting());
    }

    async fn keep_up_to_date(&self) {
        for number in 0_u32.. {
            self.refresh().await;
            if number.is_multiple_of(REFRESHES_PER_SWEEP)
                && let Err(error) = self.sweep().await
            {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "open-data: sweep failed"
                );
            }
            tokio::time::sleep(REFRESH_EVERY).await;
        }
    }

    /// Reads the published data sets again if somebody changed one.
    pub(crate) async fn refresh(&self) {
        if let Err(error) = self.try_refresh().await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "open-data: the catalogue cannot be read"
            );
        }
    }

    pub(crate) async fn try_refresh(&self) -> Result<(), DbError> {
        let mut known = self.known.lock().await;
        let mut reader = self.platform.db.reader().await?;
        // Counted first: what is changed meanwhile is read now or with the next refresh.
        let acts = store::acts_count(&mut reader).await?;
        if *known == Some(acts) {
            return Ok(());
        }
        let mut published = Vec::new();
        for row in store::published(&mut reader).await? {
            match row {
                Ok(row) => published.push(row),
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "open-data: a row is broken"
                ),
            }
        }
        self.catalogue.store(self.base.with_published(published).into());
        *known = Some(acts);
        Ok(())
    }

    /// Removes drafts that nobody published, and files that belong to nothing.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn sweep(&self) -> Result<(), DbError> {
        let (db, now) = (&self.platform.db, self.platform.clock.now());
        let mut tx = db.begin().await?;
        store::drafts_expire(&mut tx, now.plus_ms(-DAY_MS * i64::from(DRAFT_DAYS))).await?;
        tx.commit().await?;
        loop {
            let mut reader = db.reader().await?;
            let unused = store::files_unused(&mut reader, now.plus_ms(-UNUSED_MS)).await?;
            drop(reader);
            if unused.is_empty() {
                return Ok(());
            }
            for file in unused {
                let mut tx = db.begin().await?;
                store::file_delete(&mut tx, &file).await?;
                tx.commit().await?;
            }
        }
    }
}
