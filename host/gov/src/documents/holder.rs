//! A citizen's box: what the holder does with documents.

use super::document::{Acceptance, Document, Standing};
use super::{Documents, store};
use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::grant::Capability;
use crate::invocation::CitizenId;
use crate::random::is_id;
use crate::sql;

/// What a holder answers to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Accept,
    /// Also deletes a document that was accepted.
    Decline,
}

impl Documents {
    /// The documents of a citizen, newest first, without those that were declined.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn of_holder(&self, citizen: &CitizenId) -> Result<Vec<Document>, DbError> {
        let now = self.platform.clock.now();
        let mut reader = self.platform.db.reader().await?;
        let mut documents = store::of_holder(&mut reader, citizen).await?;
        documents.retain(|document| document.acceptance(now) != Acceptance::Declined);
        Ok(documents)
    }

    /// A document of the citizen that was not declined.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn held(&self, citizen: &CitizenId, id: &str) -> Result<Option<Document>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        held(&mut reader, citizen, id, self.platform.clock.now()).await
    }

    /// Carries out the holder's answer. `None` if the citizen does not have this document, or accepts one that is revoked.
    /// Repeating an answer changes nothing and is recorded once. A document that the accepted one replaces is revoked.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn answer(
        &self,
        citizen: &CitizenId,
        id: &str,
        answer: Answer,
    ) -> Result<Option<Document>, DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let Some(document) = held(&mut tx, citizen, id, now).await? else {
            return Ok(None);
        };
        // Nobody can have what its issuer took back, and it takes no other document's place.
        if answer == Answer::Accept && document.standing == Standing::Revoked {
            return Ok(None);
        }
        let (to, operation) = match answer {
            Answer::Accept => (Acceptance::Accepted, "accept"),
            Answer::Decline => (Acceptance::Declined, "decline"),
        };
        let from = document.acceptance(now);
        if from != to && self.change_acceptance(&mut tx, &document, from, to, now).await? {
            let entry = self.entry(&document, operation, now);
            audit::append(&mut tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
            if let (Answer::Accept, Some(old)) = (answer, &document.replaces) {
                self.replace(&mut tx, old, now).await?;
            }
        }
        let document = store::document(&mut tx, id)
            .await?
            .ok_or_else(|| store::vanished(id))?;
        tx.commit().await?;
        Ok(Some(document))
    }

    async fn replace(&self, tx: &mut Conn, old: &str, now: Timestamp) -> Result<(), DbError> {
        let old = store::document(tx, old)
            .await?
            .ok_or_else(|| store::vanished(old))?;
        if old.standing == Standing::Revoked {
            return Ok(());
        }
        let none: Option<String> = None;
        sql!(
            "documents/stand",
            &old.id,
            Standing::Revoked,
            now,
            none,
            old.standing
        )
        .run(tx)
        .await?;
        let entry = self.entry(&old, "replaced", now);
        audit::append(tx, &self.platform.random, now, &entry, audit::ALLOWED).await
    }

    /// The audit entry of what becomes of a document on the platform's own pages.
    pub(super) fn entry(&self, document: &Document, operation: &'static str, now: Timestamp) -> Entry {
        Entry {
            request_id: self.platform.random.id("req", now),
            service: document.service.clone(),
            digest: String::new(),
            citizen: Some(document.citizen.clone()),
            interface: Capability::Documents,
            operation,
            purpose: None,
            consent_id: None,
            attributes: Vec::new(),
            object: Some(document.id.clone()),
            awaits_answer: false,
        }
    }
}

pub(super) async fn held(
    conn: &mut Conn,
    citizen: &CitizenId,
    id: &str,
    now: Timestamp,
) -> Result<Option<Document>, DbError> {
    if !is_id(store::DOCUMENT, id) {
        return Ok(None);
    }
    let document = store::document(conn, id).await?;
    Ok(document
        .filter(|document| document.citizen == *citizen && document.acceptance(now) != Acceptance::Declined))
}
