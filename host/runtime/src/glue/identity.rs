//! `aim:gov/identity`: conversions only; see [`aim_gov::identity`].
//!
//! A `principal` is a row of this request's own table: it cannot outlive the request, be used for another
//! citizen, or be guessed. Its methods take the citizen from the invocation.

use aim_gov::grant::Capability;
use aim_gov::identity as gov;
use aim_gov::invocation::Acr;
use wasmtime::component::Resource;

use super::{CallResult, Principal, RequestState};
use crate::arguments::{Argument, case, list, number, optional, word};
use crate::bindings::aim::gov::identity as wit;

impl wit::Host for RequestState {
    async fn current(&mut self) -> CallResult<Resource<Principal>> {
        let call = self.begin(Capability::Identity, "current", || [])?;
        let result = call.wait_for(self.apis.identity.current(&self.invocation)).await;
        self.end(call, result)?;
        Ok(self.table.push(Principal)?)
    }
}

impl wit::HostPrincipal for RequestState {
    async fn session(&mut self, principal: Resource<Principal>) -> wasmtime::Result<wit::Session> {
        self.table.get(&principal)?;
        match self.apis.identity.session(&self.invocation) {
            Ok(session) => Ok(session.into()),
            // A handle exists only with a session.
            Err(error) => Err(wasmtime::Error::msg(error.code())),
        }
    }

    async fn claims(
        &mut self,
        principal: Resource<Principal>,
        names: Vec<String>,
        purpose: String,
    ) -> CallResult<wit::Claims> {
        self.table.get(&principal)?;
        let call = self.begin(Capability::Identity, "claims", || {
            [
                ("names", list(&names, |name| word(name))),
                ("purpose", word(&purpose)),
            ]
        })?;
        let identity = &self.apis.identity;
        let result = call
            .wait_for(identity.claims(&self.invocation, &names, &purpose))
            .await;
        Ok(self.end(call, result)?.into())
    }

    async fn check(
        &mut self,
        principal: Resource<Principal>,
        question: wit::Predicate,
        purpose: String,
    ) -> CallResult<bool> {
        self.table.get(&principal)?;
        let call = self.begin(Capability::Identity, "check", || {
            [("question", asked(&question)), ("purpose", word(&purpose))]
        })?;
        let identity = &self.apis.identity;
        let result = call
            .wait_for(identity.check(&self.invocation, question.into(), &purpose))
            .await;
        self.end(call, result)
    }

    async fn require_acr(
        &mut self,
        principal: Resource<Principal>,
        level: wit::Acr,
        max_age_s: Option<u32>,
    ) -> CallResult<wit::Session> {
        self.table.get(&principal)?;
        let call = self.begin(Capability::Identity, "require-acr", || {
            [
                ("level", word(Acr::from(level).code())),
                ("max-age-s", optional(max_age_s, number)),
            ]
        })?;
        let identity = &self.apis.identity;
        let result = call
            .wait_for(identity.require_acr(&self.invocation, level.into(), max_age_s))
            .await;
        Ok(self.end(call, result)?.into())
    }

    async fn fin(&mut self, principal: Resource<Principal>, purpose: String) -> CallResult<String> {
        self.table.get(&principal)?;
        let call = self.begin(Capability::Identity, "fin", || [("purpose", word(&purpose))])?;
        let result = call
            .wait_for(self.apis.identity.fin(&self.invocation, &purpose))
            .await;
        self.end(call, result)
    }

    async fn drop(&mut self, principal: Resource<Principal>) -> wasmtime::Result<()> {
        self.table.delete(principal)?;
        Ok(())
    }
}

fn asked(question: &wit::Predicate) -> Argument {
    match question {
        wit::Predicate::AgeOver(years) => case("age-over", number(*years)),
        wit::Predicate::ResidentOf(place) => case("resident-of", word(place)),
        wit::Predicate::Citizen => word("citizen"),
    }
}

impl From<gov::SessionInfo> for wit::Session {
    fn from(session: gov::SessionInfo) -> Self {
        Self {
            sub: session.sub,
            acr: session.acr.into(),
            amr: session.amr,
            age: session.age.into(),
            locale: session.locale.into(),
        }
    }
}

impl From<gov::LoginAge> for wit::LoginAge {
    fn from(age: gov::LoginAge) -> Self {
        match age {
            gov::LoginAge::FiveMinutes => Self::FiveMinutes,
            gov::LoginAge::Hour => Self::Hour,
            gov::LoginAge::Day => Self::Day,
            gov::LoginAge::Older => Self::Older,
        }
    }
}

impl From<Acr> for wit::Acr {
    fn from(acr: Acr) -> Self {
        match acr {
            Acr::Low => Self::Low,
            Acr::Substantial => Self::Substantial,
            Acr::High => Self::High,
        }
    }
}

impl From<wit::Acr> for Acr {
    fn from(acr: wit::Acr) -> Self {
        match acr {
            wit::Acr::Low => Self::Low,
            wit::Acr::Substantial => Self::Substantial,
            wit::Acr::High => Self::High,
        }
    }
}

impl From<wit::Predicate> for gov::Predicate {
    fn from(question: wit::Predicate) -> Self {
        match question {
            wit::Predicate::AgeOver(years) => Self::AgeOver(years),
            wit::Predicate::ResidentOf(place) => Self::ResidentOf(place),
            wit::Predicate::Citizen => Self::Citizen,
        }
    }
}

impl From<gov::Claims> for wit::Claims {
    fn from(claims: gov::Claims) -> Self {
        Self {
            sub: claims.sub,
            name: claims.name,
            given_name: claims.given_name,
            middle_name: claims.middle_name,
            family_name: claims.family_name,
            birthdate: claims.birthdate,
            gender: claims.gender,
            nationalities: claims.nationalities,
            address: claims.address.map(|address| wit::Address {
                formatted: address.formatted,
                locality: address.locality,
                region: address.region,
                postal_code: address.postal_code,
                country: address.country,
            }),
            locale: claims.locale.map(Into::into),
            phone_number_verified: claims.phone_number_verified,
            email_verified: claims.email_verified,
        }
    }
}
