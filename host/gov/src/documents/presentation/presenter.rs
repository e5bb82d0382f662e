//! What a citizen does who is asked for documents: opens a code, shows, or refuses.

use std::collections::BTreeMap;

use super::matching::{self, Choice};
use super::request::is_covered;
use super::stored::{self, ShownAs, Stored, Wanted};
use super::{COUNTER, Failure, SCAN, Status};
use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::directory::Directory;
use crate::documents::document::Document;
use crate::documents::holder::held;
use crate::documents::{Documents, store};
use crate::grant::Capability;
use crate::invocation::{Availability, CitizenId};
use crate::presentation_terms::Presenter;
use crate::sql;

/// What came of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    Done,
    /// It was answered, taken back, or its time is over.
    Over,
    /// A document was chosen that the citizen does not have, that is not valid now, or that does not fit.
    NotFitting,
    /// The service is not in force, or its approval does not cover the request any more.
    Stopped,
}

/// What came of opening a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// By this citizen, now or before.
    Mine,
    /// Somebody else was first, it was taken back, or its time is over.
    Over,
    Stopped,
}

impl Documents {
    /// What a citizen was asked for, newest first.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn presentations_of(&self, citizen: &CitizenId) -> Result<Vec<Stored>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        stored::of_citizen(&mut reader, citizen).await
    }

    /// A presentation that this citizen is asked for.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn presentation_of(&self, citizen: &CitizenId, id: &str) -> Result<Option<Stored>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        theirs(&mut reader, citizen, id).await
    }

    /// The options for which the citizen who is asked has documents.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn choices(&self, citizen: &CitizenId, stored: &Stored) -> Result<Vec<Choice>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        let documents = store::of_holder(&mut reader, citizen).await?;
        Ok(matching::choices(stored, &documents, self.platform.clock.now()))
    }

    /// What the citizen showed, each with what it was shown for.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn shown_of(&self, stored: &Stored) -> Result<Vec<(Wanted, Document)>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        let mut found = Vec::new();
        for one in &stored.shown {
            let document = store::document(&mut reader, &one.document).await?;
            found.extend(stored.wanted(&one.wanted).cloned().zip(document));
        }
        Ok(found)
    }

    /// The presentation whose code this is, while somebody can open it.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn to_scan(&self, id: &str, code: &str) -> Result<Option<Stored>, DbError> {
        let now = self.platform.clock.now();
        let found = self.with_code(SCAN, id, code).await?;
        Ok(found.filter(|stored| stored.status(now) == Status::Created))
    }

    /// The presentation of a counter's page.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn at_counter(&self, id: &str, code: &str) -> Result<Option<Stored>, DbError> {
        self.with_code(COUNTER, id, code).await
    }

    async fn with_code(&self, use_of_it: &str, id: &str, code: &str) -> Result<Option<Stored>, DbError> {
        if !self.is_code(use_of_it, &[id], code) {
            return Ok(None);
        }
        let mut reader = self.platform.db.reader().await?;
        let found = stored::presentation(&mut reader, id).await?;
        Ok(found.filter(|stored| stored.presenter == Presenter::Anyone))
    }

    /// Opens a code: the first citizen who does is the one who is asked.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn take(
        &self,
        citizen: &CitizenId,
        id: &str,
        code: &str,
        services: &Directory,
    ) -> Result<Taken, DbError> {
        let Some(stored) = self.with_code(SCAN, id, code).await? else {
            return Ok(Taken::Over);
        };
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        if is_stopped(services, &stored, now) {
            return Ok(Taken::Stopped);
        }
        if sql!("presentation/take", id, citizen, now).run(&mut tx).await? != 1 {
            let mine = theirs(&mut tx, citizen, id).await?;
            return Ok(match mine {
                Some(_) => Taken::Mine,
                None => Taken::Over,
            });
        }
        self.record_for(&mut tx, &stored, citizen, "open-presentation", now)
            .await?;
        tx.commit().await?;
        Ok(Taken::Mine)
    }

    /// Shows documents: `chosen` names one for each wanted document of the option. `None` if this citizen is not asked.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn present(
        &self,
        citizen: &CitizenId,
        id: &str,
        option: usize,
        chosen: &BTreeMap<String, String>,
        services: &Directory,
    ) -> Result<Option<Answered>, DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let Some(stored) = theirs(&mut tx, citizen, id).await? else {
            return Ok(None);
        };
        if !stored.can_answer(now) {
            return Ok(Some(Answered::Over));
        }
        if is_stopped(services, &stored, now) {
            return Ok(Some(Answered::Stopped));
        }
        let Some(ids) = stored.options.get(option) else {
            return Ok(Some(Answered::NotFitting));
        };
        let mut shown = Vec::new();
        for wanted in ids.iter().filter_map(|id| stored.wanted(id)) {
            let document = match chosen.get(&wanted.id) {
                Some(document) => held(&mut tx, citizen, document, now).await?,
                None => None,
            };
            let document = document.filter(|document| matching::fits(document, wanted, now));
            let Some(document) = document else {
                return Ok(Some(Answered::NotFitting));
            };
            shown.push(ShownAs {
                wanted: wanted.id.clone(),
                document: document.id,
            });
        }
        if !self
            .finish(&mut tx, &stored, Status::Success, None, &shown, now)
            .await?
        {
            return Ok(Some(Answered::Over));
        }
        self.record_for(&mut tx, &stored, citizen, "present", now).await?;
        tx.commit().await?;
        Ok(Some(Answered::Done))
    }

    /// Shows nothing, whatever the reason is. `None` if this citizen is not asked.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn refuse_presentation(
        &self,
        citizen: &CitizenId,
        id: &str,
    ) -> Result<Option<Answered>, DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let Some(stored) = theirs(&mut tx, citizen, id).await? else {
            return Ok(None);
        };
        let failure = Some(Failure::NotShown);
        if !stored.can_answer(now)
            || !self
                .finish(&mut tx, &stored, Status::Failed, failure, &[], now)
                .await?
        {
            return Ok(Some(Answered::Over));
        }
        self.record_for(&mut tx, &stored, citizen, "refuse-presentation", now)
            .await?;
        tx.commit().await?;
        Ok(Some(Answered::Done))
    }

    /// Records what becomes of a presentation outside of a call, in the log of this citizen.
    pub(super) async fn record_for(
        &self,
        tx: &mut Conn,
        stored: &Stored,
        citizen: &CitizenId,
        operation: &'static str,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let entry = Entry {
            request_id: self.platform.random.id("req", now),
            service: stored.service.clone(),
            digest: String::new(),
            citizen: Some(citizen.clone()),
            interface: Capability::Documents,
            operation,
            purpose: Some(stored.terms.code.clone()),
            consent_id: None,
            attributes: Vec::new(),
            object: Some(stored.id.clone()),
            awaits_answer: false,
        };
        audit::append(tx, &self.platform.random, now, &entry, audit::ALLOWED).await
    }
}

/// Whether citizens show nothing to the service now: it is not in force, or may not ask for this any more.
pub(in crate::documents) fn is_stopped(services: &Directory, stored: &Stored, now: Timestamp) -> bool {
    let service = services.find(&stored.service);
    Availability::of(service.as_deref(), now) != Availability::Open
        || service.is_none_or(|service| !is_covered(&service, stored))
}

/// The presentation with this id, if this citizen is asked.
async fn theirs(conn: &mut Conn, citizen: &CitizenId, id: &str) -> Result<Option<Stored>, DbError> {
    let stored = stored::presentation(conn, id).await?;
    Ok(stored.filter(|stored| stored.citizen.as_ref() == Some(citizen)))
}
