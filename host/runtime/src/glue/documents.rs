//! `aim:gov/documents`: conversions only; see [`aim_gov::documents`].

use aim_gov::clock::Timestamp;
use aim_gov::documents as gov;
use aim_gov::grant::Capability;

use super::types::localised;
use super::{CallResult, RequestState};
use crate::arguments::{Argument, keyed, list, number, optional, record, redacted, word};
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
}

/// A time out of the platform's range is later than any that it accepts.
fn time(ms: u64) -> Timestamp {
    Timestamp(i64::try_from(ms).unwrap_or(i64::MAX))
}

fn asked(new: &wit::NewDocument) -> Argument {
    let step = |step: &wit::Step| match step {
        wit::Step::Key(name) => word(name),
        wit::Step::Index(index) => number(*index),
        wit::Step::Every => word("every"),
    };
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
        let step = |step| match step {
            wit::Step::Key(name) => gov::Step::Key(name),
            wit::Step::Index(index) => gov::Step::Index(index),
            wit::Step::Every => gov::Step::Every,
        };
        Self {
            path: claim.path.into_iter().map(step).collect(),
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
            state: match issued.state {
                gov::State::Valid => wit::State::Valid,
                gov::State::NotYetValid => wit::State::NotYetValid,
                gov::State::Suspended => wit::State::Suspended,
                gov::State::Revoked => wit::State::Revoked,
                gov::State::Expired => wit::State::Expired,
            },
            next_url: issued.next_url,
            created: issued.created.as_wit(),
            expires: issued.expires.as_wit(),
        }
    }
}
