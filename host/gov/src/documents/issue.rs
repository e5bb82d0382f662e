//! Issuing a document: `issue` of `wit/documents.wit`.

use futures::FutureExt as _;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::document::{Acceptance, Document, Issued, NewDocument, Standing};
use super::{Documents, claims, store};
use crate::audit::Entry;
use crate::clock::{BAKU, DAY_MS, Timestamp};
use crate::db::Conn;
use crate::document_kind::DocumentKind;
use crate::error::{GovError, LimitKind};
use crate::grant::Capability;
use crate::idempotency::check_key;
use crate::invocation::{CitizenId, Invocation, Service, ServiceId};
use crate::random::is_id;
use crate::usage::Window;
use crate::{sql, subs};

/// How far ahead the first day of a document may be, in days.
pub const AHEAD_DAYS: i64 = 366;
/// Documents of one service, for each citizen of its test.
const DOCUMENTS_PER_CITIZEN: u32 = 10;

impl Documents {
    /// Issues a document, which is offered to its holder. The same key and request return the first answer; the same key
    /// with another request is a conflict.
    ///
    /// # Errors
    /// `access-denied` (`document-kind-not-approved`); `not-found` for a `sub` that does not take part;
    /// `invalid-request` (`idempotency-key-malformed`, `claims-malformed`, `time-out-of-range`, `document-unknown`);
    /// `conflict` (`idempotency-key-reused`, `document-state`); `limit-exceeded` (`documents`).
    pub async fn issue(
        &self,
        invocation: &Invocation,
        key: &str,
        new: NewDocument,
    ) -> Result<Issued, GovError> {
        let entry = Entry::of(invocation, Capability::Documents, "issue");
        subs::learn(&self.platform, &self.identity, &invocation.service.id).await?;
        let (this, asking, key) = (self.clone(), invocation.clone(), key.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move { this.try_to_issue(tx, entry, now, &asking, &key, &new).await }.boxed()
            })
            .await
    }

    async fn try_to_issue(
        &self,
        tx: &mut Conn,
        entry: &mut Entry,
        now: Timestamp,
        asking: &Invocation,
        key: &str,
        new: &NewDocument,
    ) -> Result<Issued, GovError> {
        check_key(key)?;
        let service = &asking.service;
        // From here to the end of the transaction, documents of this service are issued one after the other.
        sql!("documents/count_open", &service.id).run(tx).await?;
        sql!("documents/count_lock", &service.id).run(tx).await?;
        let hash = new.hash();
        if let Some(first) = store::by_key(tx, &service.id, key).await? {
            entry.citizen = Some(first.citizen.clone());
            entry.object = Some(first.id.clone());
            if first.hash != hash {
                return Err(GovError::conflict(
                    "idempotency-key-reused",
                    "this key was used for another document; take a new one for each document",
                ));
            }
            return Ok(self.shown(asking, first, now));
        }
        let kind = approved(service, &new.kind)?;
        let claims = claims::check(kind, &new.claims)?;
        let (valid_from, expires) = days(kind, new, now)?;
        let citizen = subs::addressee(tx, &service.id, &new.holder)
            .await?
            .ok_or(GovError::NotFound)?;
        entry.citizen = Some(citizen.clone());
        if let Some(id) = &new.replaces {
            replaceable(tx, &service.id, id, kind, &citizen, now).await?;
        }
        let most = service
            .grant
            .boundary
            .citizens_max
            .saturating_mul(DOCUMENTS_PER_CITIZEN);
        let counted = sql!("documents/count_up", &service.id, i64::from(most))
            .run(tx)
            .await?;
        if asking.usage.is_kept() {
            let (used,) = sql!("documents/counted", &service.id).one(tx).await?;
            let most = i64::from(most);
            asking
                .usage
                .count(LimitKind::Documents.code(), Window::Test, used, most);
        }
        if counted != 1 {
            return Err(GovError::LimitExceeded(LimitKind::Documents));
        }
        let digest = kind
            .digest(&service.id.0)
            .map_err(|_| GovError::storage_unavailable())?;
        let text = |value: &serde_json::Value| value.to_string();
        let description = serde_json::to_string(kind).map_err(|_| GovError::storage_unavailable())?;
        sql!("documents/kind_insert", &digest, &service.id, description)
            .run(tx)
            .await?;
        let id = self.platform.random.id(store::DOCUMENT, now);
        let title = serde_json::to_string(&service.title).map_err(|_| GovError::storage_unavailable())?;
        sql!(
            "documents/insert",
            &id,
            &service.id,
            key,
            &hash,
            &citizen,
            &digest,
            text(&serde_json::json!(claims)),
            title,
            &service.controller,
            valid_from,
            expires,
            Acceptance::Offered,
            Standing::Good,
            &new.replaces,
            now
        )
        .run(tx)
        .await?;
        self.notifications
            .document_offered(tx, asking, &citizen, &kind.title, &id, now)
            .await?;
        entry.object = Some(id.clone());
        let document = store::document(tx, &id)
            .await?
            .ok_or_else(|| store::vanished(&id))?;
        Ok(self.shown(asking, document, now))
    }

    /// The page on which the holder answers.
    fn address(&self, asking: &Invocation, document: &Document) -> String {
        let lang = asking.locale.for_page();
        format!("{}/{lang}/my/documents/{}", asking.service.platform, document.id)
    }

    /// The document as its service sees it.
    pub(super) fn shown(&self, asking: &Invocation, document: Document, now: Timestamp) -> Issued {
        let acceptance = document.acceptance(now);
        Issued {
            holder: self.identity.sub(&document.service, &document.citizen),
            next_url: document.is_offered(now).then(|| self.address(asking, &document)),
            acceptance,
            state: document.state(now),
            kind: document.kind.code,
            created: document.created,
            expires: document.expires,
            id: document.id,
        }
    }
}

/// The kind with this code in the approval.
fn approved<'a>(service: &'a Service, code: &str) -> Result<&'a DocumentKind, GovError> {
    let kinds = &service.grant.documents;
    kinds.iter().find(|kind| kind.code == code).ok_or_else(|| {
        GovError::denied(
            "document-kind-not-approved",
            format!(
                "`{}` is not a kind of the approved manifest; declare it as a `[[document]]` in `aim.toml`",
                code.escape_default()
            ),
        )
    })
}

/// The first moment of the document's first day, and the one after its last.
fn days(kind: &DocumentKind, new: &NewDocument, now: Timestamp) -> Result<(Timestamp, Timestamp), GovError> {
    let out_of_range = |detail: String| GovError::invalid("time-out-of-range", detail);
    let day = |at: Timestamp| {
        let day = at.in_baku().map(|at| at.date());
        day.ok_or_else(|| out_of_range("the platform cannot count with this time".to_owned()))
    };
    let latest = now.plus_ms(AHEAD_DAYS * DAY_MS);
    let from = new.valid_from.unwrap_or(now);
    if from > latest {
        return Err(out_of_range(format!(
            "`valid-from` is at most {AHEAD_DAYS} days ahead"
        )));
    }
    let first = day(from)?;
    let last = match new.expires {
        Some(expires) => day(expires)?,
        None => later(first, kind.valid_days.saturating_sub(1))?,
    };
    let valid_days = first
        .until(last)
        .map_or(-1, |span| span.get_days())
        .saturating_add(1);
    if valid_days < 1 || i64::from(valid_days) > i64::from(kind.valid_days) {
        return Err(out_of_range(format!(
            "`expires` is on the first day or later, and the document is valid for at most {} days",
            kind.valid_days
        )));
    }
    let end = start(later(last, 1)?)?;
    if end <= now {
        return Err(out_of_range("the document would be over already".to_owned()));
    }
    Ok((start(first)?, end))
}

fn later(day: Date, days: u32) -> Result<Date, GovError> {
    day.checked_add(i64::from(days).days())
        .map_err(|_| GovError::invalid("time-out-of-range", "the platform cannot count with this time"))
}

/// The first moment of a day in Baku.
fn start(day: Date) -> Result<Timestamp, GovError> {
    BAKU.to_timestamp(day.at(0, 0, 0, 0))
        .map(|at| Timestamp(at.as_millisecond()))
        .map_err(|_| GovError::invalid("time-out-of-range", "the platform cannot count with this time"))
}

/// Whether a new document may take the place of this one.
async fn replaceable(
    tx: &mut Conn,
    service: &ServiceId,
    id: &str,
    kind: &DocumentKind,
    citizen: &CitizenId,
    now: Timestamp,
) -> Result<(), GovError> {
    let old = match is_id(store::DOCUMENT, id) {
        true => store::document(tx, id).await?,
        false => None,
    };
    let own =
        old.filter(|old| old.service == *service && old.citizen == *citizen && old.kind.code == kind.code);
    let Some(old) = own else {
        return Err(GovError::invalid(
            "document-unknown",
            "`replaces` has to be a document of this service, of the same kind and holder",
        ));
    };
    match (old.standing, old.acceptance(now)) {
        (Standing::Revoked, _) | (_, Acceptance::Declined) => Err(GovError::conflict(
            "document-state",
            "the document that it replaces is revoked or was declined; issue the new one without `replaces`",
        )),
        _ => Ok(()),
    }
}
