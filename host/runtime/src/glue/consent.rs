//! `aim:gov/consent`: conversions only; see [`aim_gov::consent`].

use aim_gov::consent as gov;
use aim_gov::grant::{Capability, FetchType, LawfulBasis};

use super::{CallResult, RequestState};
use crate::arguments::{list, word};
use crate::bindings::aim::gov::consent as wit;

impl wit::Host for RequestState {
    async fn find(&mut self, purpose: String) -> CallResult<Option<wit::ConsentRecord>> {
        let call = self.begin(Capability::Consent, "find", || [("purpose", word(&purpose))])?;
        let result = call
            .wait_for(self.apis.consent.find(&self.invocation, &purpose))
            .await;
        Ok(self.end(call, result)?.map(Into::into))
    }

    async fn request_url(&mut self, purposes: Vec<String>) -> CallResult<String> {
        let call = self.begin(Capability::Consent, "request-url", || {
            [("purposes", list(&purposes, |purpose| word(purpose)))]
        })?;
        let result = call
            .wait_for(self.apis.consent.request_url(&self.invocation, &purposes))
            .await;
        self.end(call, result)
    }

    async fn release(&mut self, id: String) -> CallResult<wit::ConsentRecord> {
        let call = self.begin(Capability::Consent, "release", || [("id", word(&id))])?;
        let result = call
            .wait_for(self.apis.consent.release(&self.invocation, &id))
            .await;
        Ok(self.end(call, result)?.into())
    }
}

impl From<gov::Record> for wit::ConsentRecord {
    fn from(record: gov::Record) -> Self {
        let mut categories: Vec<_> = record
            .attributes
            .iter()
            .map(|attribute| attribute.category())
            .collect();
        categories.sort_unstable();
        categories.dedup();
        Self {
            categories: categories.into_iter().map(Into::into).collect(),
            attributes: record
                .attributes
                .iter()
                .map(|attribute| attribute.code().to_owned())
                .collect(),
            granted_at: (record.state != gov::State::Denied).then(|| record.decided_at.as_wit()),
            expiry: record.ends_at().as_wit(),
            state: record.state.into(),
            fetch: match record.fetch {
                FetchType::OneTime => wit::FetchType::OneTime,
                FetchType::Periodic => wit::FetchType::Periodic,
            },
            recipients: record.terms.receivers(),
            basis: record.terms.basis.into(),
            id: record.id,
            purpose: record.purpose,
            purpose_text: record.terms.purpose_text.into(),
            controller: record.terms.controller,
            retention_days: record.terms.retention_days,
        }
    }
}

impl From<gov::State> for wit::State {
    fn from(state: gov::State) -> Self {
        match state {
            gov::State::Active => Self::Active,
            gov::State::Denied => Self::Denied,
            gov::State::Paused => Self::Paused,
            gov::State::Revoked => Self::Revoked,
            gov::State::Expired => Self::Expired,
            gov::State::Superseded => Self::Superseded,
        }
    }
}

impl From<LawfulBasis> for wit::LawfulBasis {
    fn from(basis: LawfulBasis) -> Self {
        match basis {
            LawfulBasis::Consent => Self::Consent,
            LawfulBasis::Contract => Self::Contract,
            LawfulBasis::LegalObligation => Self::LegalObligation,
            LawfulBasis::PublicTask => Self::PublicTask,
            LawfulBasis::VitalInterest => Self::VitalInterest,
            LawfulBasis::LegitimateInterest => Self::LegitimateInterest,
        }
    }
}
