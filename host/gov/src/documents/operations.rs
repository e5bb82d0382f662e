//! The operations of `wit/documents.wit` other than `issue`.

use futures::FutureExt as _;

use super::document::{Acceptance, Change, Document, Issued, Standing};
use super::{Documents, store};
use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::GovError;
use crate::grant::Capability;
use crate::idempotency::{check_key, hash_fields};
use crate::invocation::{Invocation, ServiceId};
use crate::random::is_id;
use crate::shown::ShownText;
use crate::sql;
use crate::text::Localised;

/// The most characters of the reason of a change, in each language.
const REASON_CHARS_MAX: usize = 255;

impl Documents {
    /// A document that this service issued.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn get_issued(&self, invocation: &Invocation, id: &str) -> Result<Issued, GovError> {
        let entry = Entry::of(invocation, Capability::Documents, "get-issued");
        let (this, asking, id) = (self.clone(), invocation.clone(), id.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    let document = own(tx, entry, &asking.service.id, &id).await?;
                    Ok(this.shown(&asking, document, now))
                }
                .boxed()
            })
            .await
    }

    /// The document that this service issued with this key.
    ///
    /// # Errors
    /// `invalid-request` (`idempotency-key-malformed`).
    pub async fn find_issued(&self, invocation: &Invocation, key: &str) -> Result<Option<Issued>, GovError> {
        let entry = Entry::of(invocation, Capability::Documents, "find-issued");
        let (this, asking, key) = (self.clone(), invocation.clone(), key.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    check_key(&key)?;
                    let found = store::by_key(tx, &asking.service.id, &key).await?;
                    if let Some(document) = &found {
                        entry.citizen = Some(document.citizen.clone());
                        entry.object = Some(document.id.clone());
                    }
                    Ok(found.map(|document| this.shown(&asking, document, now)))
                }
                .boxed()
            })
            .await
    }

    /// Changes whether a document may be relied on. The same key and request change nothing more.
    ///
    /// # Errors
    /// `not-found`; `conflict` (`document-state`, `idempotency-key-reused`); `invalid-request`
    /// (`idempotency-key-malformed`, `text-out-of-range`).
    pub async fn change_state(
        &self,
        invocation: &Invocation,
        key: &str,
        id: &str,
        change: Change,
        reason: Localised,
    ) -> Result<Issued, GovError> {
        let entry = Entry::of(invocation, Capability::Documents, "change-state");
        let (this, asking) = (self.clone(), invocation.clone());
        let (key, id) = (key.to_owned(), id.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    check_key(&key)?;
                    let service = &asking.service.id;
                    let document = own(tx, entry, service, &id).await?;
                    let hash = hash_of(&id, change, &reason);
                    let first = sql!("documents/change_insert", service, &key, &hash, &id);
                    if first.run(tx).await? == 0 {
                        let (kept,): (String,) = sql!("documents/change", service, &key).one(tx).await?;
                        if kept != hash {
                            return Err(GovError::conflict(
                                "idempotency-key-reused",
                                "this key was used for another change; take a new one for each change",
                            ));
                        }
                        return Ok(this.shown(&asking, document, now));
                    }
                    check_reason(&reason)?;
                    if document.acceptance(now) == Acceptance::Declined
                        || !change.is_possible(document.standing)
                    {
                        return Err(wrong_state());
                    }
                    stand(tx, &document, change.to(), Some(&reason), now).await?;
                    let document = store::document(tx, &id)
                        .await?
                        .ok_or_else(|| store::vanished(&id))?;
                    Ok(this.shown(&asking, document, now))
                }
                .boxed()
            })
            .await
    }
}

/// Gives a document another standing.
pub(super) async fn stand(
    tx: &mut Conn,
    document: &Document,
    to: Standing,
    reason: Option<&Localised>,
    now: Timestamp,
) -> Result<(), GovError> {
    let reason = reason
        .map(serde_json::to_string)
        .transpose()
        .map_err(|_| GovError::storage_unavailable())?;
    let changed = sql!(
        "documents/stand",
        &document.id,
        to,
        now,
        reason,
        document.standing
    )
    .run(tx)
    .await?;
    // Another node changed it first.
    if changed == 1 { Ok(()) } else { Err(wrong_state()) }
}

fn wrong_state() -> GovError {
    GovError::conflict(
        "document-state",
        "the document is revoked, was declined, or is not in the state that this change begins with",
    )
}

fn hash_of(id: &str, change: Change, reason: &Localised) -> String {
    let other = |text: &Option<String>| {
        text.as_ref()
            .map_or_else(|| "-".to_owned(), |text| format!("+{text}"))
    };
    hash_fields(&[
        id,
        change.code(),
        &reason.az,
        &other(&reason.en),
        &other(&reason.ru),
    ])
}

fn check_reason(reason: &Localised) -> Result<(), GovError> {
    let texts = [Some(&reason.az), reason.en.as_ref(), reason.ru.as_ref()];
    for text in texts.into_iter().flatten() {
        ShownText::parse(text, REASON_CHARS_MAX)
            .map_err(|wrong| GovError::invalid("text-out-of-range", format!("`reason` {wrong}")))?;
    }
    Ok(())
}

/// The document with this id, if this service issued it.
async fn own(tx: &mut Conn, entry: &mut Entry, service: &ServiceId, id: &str) -> Result<Document, GovError> {
    if !is_id(store::DOCUMENT, id) {
        return Err(GovError::NotFound);
    }
    let document = store::document(tx, id)
        .await?
        .filter(|document| document.service == *service)
        .ok_or(GovError::NotFound)?;
    entry.citizen = Some(document.citizen.clone());
    entry.object = Some(document.id.clone());
    Ok(document)
}
