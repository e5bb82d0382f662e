//! The operations on presentations of `wit/documents.wit` other than `request-presentation`, and how a service sees one.

use futures::FutureExt as _;

use super::stored::{self, ShownAs, Stored};
use super::{COUNTER, Failure, Holding, ONCE, PAIRWISE, Presentation, SCAN, Shown, Status};
use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::documents::document::{Acceptance, Document, State};
use crate::documents::{Claim, Documents, Step, store};
use crate::error::GovError;
use crate::event_type::EventType;
use crate::grant::Capability;
use crate::idempotency::check_key;
use crate::invocation::{Invocation, ServiceId};
use crate::outbox::Change;
use crate::presentation_terms::{Presenter, kind_name};
use crate::sql;
use crate::text::Locale;

impl Documents {
    /// A presentation of this service.
    ///
    /// # Errors
    /// `not-found`.
    pub async fn get_presentation(
        &self,
        invocation: &Invocation,
        id: &str,
    ) -> Result<Presentation, GovError> {
        let entry = Entry::of(invocation, Capability::Documents, "get-presentation");
        let (this, asking, id) = (self.clone(), invocation.clone(), id.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    let stored = own(tx, entry, &asking.service.id, &id).await?;
                    Ok(this.presented(tx, &asking, stored, now).await?)
                }
                .boxed()
            })
            .await
    }

    /// The presentation that this service asked for with this key.
    ///
    /// # Errors
    /// `invalid-request` (`idempotency-key-malformed`).
    pub async fn find_presentation(
        &self,
        invocation: &Invocation,
        key: &str,
    ) -> Result<Option<Presentation>, GovError> {
        let entry = Entry::of(invocation, Capability::Documents, "find-presentation");
        let (this, asking, key) = (self.clone(), invocation.clone(), key.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    check_key(&key)?;
                    let Some(stored) = stored::by_key(tx, &asking.service.id, &key).await? else {
                        return Ok(None);
                    };
                    named(entry, &stored);
                    Ok(Some(this.presented(tx, &asking, stored, now).await?))
                }
                .boxed()
            })
            .await
    }

    /// Takes back a request that nobody has answered.
    ///
    /// # Errors
    /// `not-found`; `conflict` (`presentation-state`).
    pub async fn cancel_presentation(
        &self,
        invocation: &Invocation,
        id: &str,
    ) -> Result<Presentation, GovError> {
        let entry = Entry::of(invocation, Capability::Documents, "cancel-presentation");
        let (this, asking, id) = (self.clone(), invocation.clone(), id.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    let service = &asking.service.id;
                    let stored = own(tx, entry, service, &id).await?;
                    let is_open = stored.status(now).is_open();
                    if !is_open
                        || !this
                            .finish(tx, &stored, Status::Cancelled, None, &[], now)
                            .await?
                    {
                        return Err(GovError::conflict(
                            "presentation-state",
                            "it was answered, taken back, or its time is over",
                        ));
                    }
                    let stored = own(tx, entry, service, &id).await?;
                    Ok(this.presented(tx, &asking, stored, now).await?)
                }
                .boxed()
            })
            .await
    }

    /// Moves a presentation to its end and tells the service; `false` if somebody else was first.
    pub(super) async fn finish(
        &self,
        tx: &mut Conn,
        stored: &Stored,
        to: Status,
        failure: Option<Failure>,
        shown: &[ShownAs],
        now: Timestamp,
    ) -> Result<bool, DbError> {
        let id = &stored.id;
        let shown = (to == Status::Success)
            .then(|| serde_json::to_string(shown))
            .transpose()
            .map_err(|_| DbError::corrupt("presentation", id))?;
        let moved = sql!(
            "presentation/finish",
            id,
            to,
            failure,
            shown,
            now,
            stored.stored_status
        )
        .run(tx)
        .await?;
        if moved == 1 {
            let change = Change {
                event_type: EventType::PresentationFinished,
                service: &stored.service,
                // The service learns of nobody who opened a code.
                citizen: stored
                    .citizen
                    .as_ref()
                    .filter(|_| stored.presenter == Presenter::Current),
                id,
                status: to.into(),
                payment: None,
                happened: now,
            };
            self.outbox
                .changed(tx, &self.platform.random, now, change)
                .await?;
        }
        Ok(moved == 1)
    }

    /// The presentation as its service sees it.
    pub(super) async fn presented(
        &self,
        tx: &mut Conn,
        asking: &Invocation,
        stored: Stored,
        now: Timestamp,
    ) -> Result<Presentation, DbError> {
        let status = stored.status(now);
        let lang = asking.locale.for_page();
        let platform = &asking.service.platform;
        let id = &stored.id;
        let (next_url, link) = match stored.presenter {
            Presenter::Current => (format!("{platform}/{lang}/my/presentations/{id}"), None),
            Presenter::Anyone => (
                format!("{platform}{}", self.counter_path(lang, id)),
                Some(format!("{platform}{}", self.scan_path(lang, id))),
            ),
        };
        let mut shown = Vec::new();
        if stored.readable_until().is_some_and(|until| now < until) {
            for one in &stored.shown {
                shown.extend(self.shown_as(tx, &stored, one, now).await?);
            }
        }
        Ok(Presentation {
            next_url: status.is_open().then_some(next_url),
            link: link.filter(|_| status == Status::Created),
            failure: stored.failure(now),
            status,
            shown,
            reference: stored.reference,
            created: stored.created,
            expires: stored.expires,
            id: stored.id,
        })
    }

    /// A document as the service sees it: the claims that it asked for, and no others.
    async fn shown_as(
        &self,
        tx: &mut Conn,
        stored: &Stored,
        one: &ShownAs,
        now: Timestamp,
    ) -> Result<Option<Shown>, DbError> {
        let document = store::document(tx, &one.document)
            .await?
            .ok_or_else(|| store::vanished(&one.document))?;
        let Some(wanted) = stored.wanted(&one.wanted) else {
            return Ok(None);
        };
        let claims = wanted.claims.iter().filter_map(|name| {
            Some(Claim {
                path: vec![Step::Key(name.clone())],
                value: document.claims.get(name)?.to_string(),
            })
        });
        Ok(Some(Shown {
            wanted: one.wanted.clone(),
            claims: claims.collect(),
            document: self.holding(stored, &document, now),
            state_checked: now,
        }))
    }

    fn holding(&self, stored: &Stored, document: &Document, now: Timestamp) -> Holding {
        let id = match stored.presenter {
            Presenter::Current => self.code(PAIRWISE, &[&stored.service.0, &document.id]),
            Presenter::Anyone => self.code(ONCE, &[&stored.id, &document.id]),
        };
        Holding {
            id,
            kind: kind_name(&document.service.0, &document.kind.code),
            issuer: document.controller.clone(),
            title: document.kind.title.clone(),
            valid_from: document.valid_from,
            expires: document.expires,
            state: match document.acceptance(now) {
                Acceptance::Accepted => document.state(now),
                Acceptance::Offered | Acceptance::Declined => State::Revoked,
            },
        }
    }

    /// The path that a code holds.
    pub(in crate::documents) fn scan_path(&self, lang: Locale, id: &str) -> String {
        format!("/{lang}/present/{id}/{}", self.code(SCAN, &[id]))
    }

    /// The path of the page with the code.
    pub(in crate::documents) fn counter_path(&self, lang: Locale, id: &str) -> String {
        format!("/{lang}/presentations/{id}/{}", self.code(COUNTER, &[id]))
    }
}

/// Puts the presentation into the entry, for the log of whoever was asked, if anybody was.
fn named(entry: &mut Entry, stored: &Stored) {
    entry.citizen = stored.citizen.clone();
    entry.object = Some(stored.id.clone());
    entry.purpose = Some(stored.terms.code.clone());
}

/// The presentation with this id, if this service asked for it.
async fn own(tx: &mut Conn, entry: &mut Entry, service: &ServiceId, id: &str) -> Result<Stored, GovError> {
    let stored = stored::presentation(tx, id)
        .await?
        .filter(|stored| stored.service == *service)
        .ok_or(GovError::NotFound)?;
    named(entry, &stored);
    Ok(stored)
}
