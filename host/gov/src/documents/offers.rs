//! What holders do with offers, told to the services that issued the documents.

use super::document::{Acceptance, Document};
use super::{Documents, OFFER_DAYS};
use crate::audit;
use crate::clock::{DAY_MS, Timestamp};
use crate::db::{Conn, DbError};
use crate::event_type::EventType;
use crate::outbox::Change;
use crate::sql;

/// Offers that one look ends.
const SWEEP_BATCH: i64 = 100;

impl Documents {
    /// Changes what the holder did with a document, and tells its service; `false` if somebody else changed it first.
    pub(super) async fn change_acceptance(
        &self,
        tx: &mut Conn,
        document: &Document,
        from: Acceptance,
        to: Acceptance,
        now: Timestamp,
    ) -> Result<bool, DbError> {
        if sql!("documents/answer", &document.id, to, from).run(tx).await? != 1 {
            return Ok(false);
        }
        let change = Change {
            event_type: EventType::DocumentChanged,
            service: &document.service,
            citizen: Some(&document.citizen),
            id: &document.id,
            status: to.into(),
            payment: None,
            happened: now,
        };
        self.outbox
            .changed(tx, &self.platform.random, now, change)
            .await?;
        Ok(true)
    }

    /// Ends the offers that their holders did not answer in time, and tells the services.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn end_offers(&self) -> Result<(), DbError> {
        let now = self.platform.clock.now();
        let made_before = now.plus_ms(-i64::from(OFFER_DAYS) * DAY_MS);
        let over: Vec<Document> = {
            let mut reader = self.platform.db.reader().await?;
            sql!("documents/offers_over", made_before, now, SWEEP_BATCH)
                .all(&mut reader)
                .await?
        };
        for document in over {
            let mut tx = self.platform.db.begin().await?;
            let (from, to) = (Acceptance::Offered, Acceptance::Declined);
            if !self.change_acceptance(&mut tx, &document, from, to, now).await? {
                continue;
            }
            let entry = self.entry(&document, "offer-ended", now);
            audit::append(&mut tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
