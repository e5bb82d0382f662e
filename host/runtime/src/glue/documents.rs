//! `aim:gov/documents`: conversions only; see [`aim_gov::documents`].

use aim_gov::clock::Timestamp;
use aim_gov::documents as gov;
use aim_gov::error::Problem;
use aim_gov::grant::Capability;

use super::types::{localised, problem};
use super::{CallResult, RequestState};
use crate::arguments::{Argument, keyed, list, number, optional, path, record, redacted, word};
use crate::bindings::aim::gov::documents as wit;
use crate::bindings::aim::gov::types::Localised;

impl wit::Host for RequestState {
    async fn issue(&mut self, key: String, d: wit::NewDocument) -> CallResult<wit::Issued> {
        let call = self.begin(Capability::Documents, "issue", || {
            [("key", keyed(&key)), ("d", asked(&d))]
        })?;
        let result = call
            .wait_for(self.apis.documents.issue(&self.invocation, &key, d.into()))
            .await;
        Ok(self.end(call, result)?.into())
    }

    async fn get_issued(&mut self, id: String) -> CallResult<wit::Issued> {
        let call = self.begin(Capability::Documents, "get-issued", || [("id", word(&id))])?;
        let result = call
            .wait_for(self.apis.documents.get_issued(&self.invocation, &id))
            .await;
        Ok(self.end(call, result)?.into())
    }

    async fn find_issued(&mut self, key: String) -> CallResult<Option<wit::Issued>> {
        let call = self.begin(Capability::Documents, "find-issued", || [("key", keyed(&key))])?;
        let result = call
            .wait_for(self.apis.documents.find_issued(&self.invocation, &key))
            .await;
        Ok(self.end(call, result)?.map(Into::into))
    }

    async fn change_state(
        &mut self,
        key: String,
        id: String,
        change: wit::Change,
        reason: Localised,
    ) -> CallResult<wit::Issued> {
        let call = self.begin(Capability::Documents, "change-state", || {
            [
                ("key", keyed(&key)),
                ("id", word(&id)),
                ("change", word(named(change))),
                ("reason", localised(&reason)),
            ]
        })?;
        let change = match change {
            wit::Change::Suspend => gov::Change::Suspend,
            wit::Change::Resume => gov::Change::Resume,
            wit::Change::Revoke => gov::Change::Revoke,
        };
        let result = call
            .wait_for(
                self.apis
                    .documents
                    .change_state(&self.invocation, &key, &id, change, reason.into()),
            )
            .await;
        Ok(self.end(call, result)?.into())
    }

    async fn request_presentation(
        &mut self,
        key: String,
        p: wit::NewPresentation,
    ) -> CallResult<wit::Presentation> {
        let call = self.begin(Capability::Documents, "request-presentation", || {
            [("key", keyed(&key)), ("p", asked_to_show(&p))]
        })?;
        let result = call
            .wait_for(
                self.apis
                    .documents
                    .request_presentation(&self.invocation, &key, p.into()),
            )
            .await;
        let presentation = self.end(call, result)?;
        Ok(self.presentation(presentation))
    }

    async fn get_presentation(&mut self, id: String) -> CallResult<wit::Presentation> {
        let call = self.begin(Capability::Documents, "get-presentation", || [("id", word(&id))])?;
        let result = call
            .wait_for(self.apis.documents.get_presentation(&self.invocation, &id))
            .await;
        let presentation = self.end(call, result)?;
        Ok(self.presentation(presentation))
    }

    async fn find_presentation(&mut self, key: String) -> CallResult<Option<wit::Presentation>> {
        let call = self.begin(Capability::Documents, "find-presentation", || {
            [("key", keyed(&key))]
        })?;
        let result = call
            .wait_for(self.apis.documents.find_presentation(&self.invocation, &key))
            .await;
        let found = self.end(call, result)?;
        Ok(found.map(|presentation| self.presentation(presentation)))
    }

    async fn cancel_presentation(&mut self, id: String) -> CallResult<wit::Presentation> {
        let call = self.begin(Capability::Documents, "cancel-presentation", || {
            [("id", word(&id))]
        })?;
        let result = call
            .wait_for(self.apis.documents.cancel_presentation(&self.invocation, &id))
            .await;
        let presentation = self.end(call, result)?;
        Ok(self.presentation(presentation))
    }
}

impl RequestState {
    /// A presentation with the reason why nothing was shown, in the citizen's languages.
    fn presentation(&self, presentation: gov::Presentation) -> wit::Presentation {
        let failure = presentation.failure.map(|failure| {
            let detail = match failure {
                gov::PresentationFailure::NotShown => {
                    "nothing was shown: refused, not held, or not matching; which of these is not told"
                }
                gov::PresentationFailure::Expired => "nobody answered in time",
            };
            problem(Problem::new(failure.code(), detail), &self.invocation.request_id)
        });
        wit::Presentation {
            finished: presentation.status.is_final(),
            failure,
            id: presentation.id,
            reference: presentation.reference,
            status: presentation.status.into(),
            next_url: presentation.next_url,
            link: presentation.link,
            shown: presentation.shown.into_iter().map(Into::into).collect(),
            created: presentation.created.as_wit(),
            expires: presentation.expires.as_wit(),
        }
    }
}

/// A time out of the platform's range is later than any that it accepts.
fn time(ms: u64) -> Timestamp {
    Timestamp(i64::try_from(ms).unwrap_or(i64::MAX))
}

fn step(step: &wit::Step) -> Argument {
    match step {
        wit::Step::Key(name) => word(name),
        wit::Step::Index(index) => number(*index),
        wit::Step::Every => word("every"),
    }
}

fn asked_to_show(new: &wit::NewPresentation) -> Argument {
    let wanted = |wanted: &wit::Wanted| {
        record([
            ("id", word(&wanted.id)),
            ("doc-types", list(&wanted.doc_types, |kind| word(kind))),
            ("claims", list(&wanted.claims, |path| list(path, step))),
        ])
    };
    record([
        (
            "presenter",
            word(match new.presenter {
                wit::Presenter::Current => "current",
                wit::Presenter::Anyone => "anyone",
            }),
        ),
        ("wanted", list(&new.wanted, wanted)),
        ("options", list(&new.options, |ids| list(ids, |id| word(id)))),
        ("purpose", word(&new.purpose)),
        ("reference", word(&new.reference)),
        ("return-path", path(&new.return_path)),
        ("expires", number(new.expires)),
    ])
}

fn asked(new: &wit::NewDocument) -> Argument {
    let claim = |claim: &wit::Claim| {
        record([
            ("path", list(&claim.path, step)),
            ("value", redacted(&claim.value)),
        ])
    };
    record([
        ("holder", redacted(&new.holder)),
        ("doc-type", word(&new.doc_type)),
        ("claims", list(&new.claims, claim)),
        ("valid-from", optional(new.valid_from, number)),
        ("expires", optional(new.expires, number)),
        ("replaces", optional(new.replaces.as_deref(), word)),
    ])
}

fn named(change: wit::Change) -> &'static str {
    match change {
        wit::Change::Suspend => "suspend",
        wit::Change::Resume => "resume",
        wit::Change::Revoke => "revoke",
    }
}

impl From<wit::NewDocument> for gov::NewDocument {
    fn from(new: wit::NewDocument) -> Self {
        Self {
            holder: new.holder,
            kind: new.doc_type,
            claims: new.claims.into_iter().map(Into::into).collect(),
            valid_from: new.valid_from.map(time),
            expires: new.expires.map(time),
            replaces: new.replaces,
        }
    }
}

impl From<wit::Claim> for gov::Claim {
    fn from(claim: wit::Claim) -> Self {
        Self {
            path: claim.path.into_iter().map(Into::into).collect(),
            value: claim.value,
        }
    }
}

impl From<gov::Issued> for wit::Issued {
    fn from(issued: gov::Issued) -> Self {
        Self {
            id: issued.id,
            holder: issued.holder,
            doc_type: issued.kind,
            acceptance: match issued.acceptance {
                gov::Acceptance::Offered => wit::Acceptance::Offered,
                gov::Acceptance::Accepted => wit::Acceptance::Accepted,
                gov::Acceptance::Declined => wit::Acceptance::Declined,
            },
            state: issued.state.into(),
            next_url: issued.next_url,
            created: issued.created.as_wit(),
            expires: issued.expires.as_wit(),
        }
    }
}

impl From<gov::State> for wit::State {
    fn from(state: gov::State) -> Self {
        match state {
            gov::State::Valid => Self::Valid,
            gov::State::NotYetValid => Self::NotYetValid,
            gov::State::Suspended => Self::Suspended,
            gov::State::Revoked => Self::Revoked,
            gov::State::Expired => Self::Expired,
        }
    }
}

impl From<wit::Step> for gov::Step {
    fn from(step: wit::Step) -> Self {
        match step {
            wit::Step::Key(name) => Self::Key(name),
            wit::Step::Index(index) => Self::Index(index),
            wit::Step::Every => Self::Every,
        }
    }
}

impl From<gov::Step> for wit::Step {
    fn from(step: gov::Step) -> Self {
        match step {
            gov::Step::Key(name) => Self::Key(name),
            gov::Step::Index(index) => Self::Index(index),
            gov::Step::Every => Self::Every,
        }
    }
}

impl From<wit::NewPresentation> for gov::NewPresentation {
    fn from(new: wit::NewPresentation) -> Self {
        Self {
            presenter: match new.presenter {
                wit::Presenter::Current => gov::Presenter::Current,
                wit::Presenter::Anyone => gov::Presenter::Anyone,
            },
            wanted: new.wanted.into_iter().map(Into::into).collect(),
            options: new.options,
            purpose: new.purpose,
            reference: new.reference,
            return_path: new.return_path,
            expires: time(new.expires),
        }
    }
}

impl From<wit::Wanted> for gov::NewWanted {
    fn from(wanted: wit::Wanted) -> Self {
        let path = |path: Vec<wit::Step>| path.into_iter().map(Into::into).collect();
        Self {
            id: wanted.id,
            kinds: wanted.doc_types,
            claims: wanted.claims.into_iter().map(path).collect(),
        }
    }
}

impl From<gov::PresentationStatus> for wit::PresentationStatus {
    fn from(status: gov::PresentationStatus) -> Self {
        match status {
            gov::PresentationStatus::Created => Self::Created,
            gov::PresentationStatus::Started => Self::Started,
            gov::PresentationStatus::Success => Self::Success,
            gov::PresentationStatus::Failed => Self::Failed,
            gov::PresentationStatus::Cancelled => Self::Cancelled,
        }
    }
}

impl From<gov::Shown> for wit::Shown {
    fn from(shown: gov::Shown) -> Self {
        let document = shown.document;
        let claims = shown.claims.into_iter().map(|claim| wit::Claim {
            path: claim.path.into_iter().map(Into::into).collect(),
            value: claim.value,
        });
        Self {
            wanted: shown.wanted,
            document: wit::Holding {
                id: document.id,
                doc_type: document.kind,
                issuer: document.issuer,
                title: document.title.into(),
                valid_from: document.valid_from.as_wit(),
                expires: Some(document.expires.as_wit()),
                state: document.state.into(),
            },
            claims: claims.collect(),
            state_checked: shown.state_checked.as_wit(),
        }
    }
}
