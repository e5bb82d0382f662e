//! Who the citizen of this request is. Capability: `identity`.
//!
//! A service knows a citizen by [`Session::sub`], which is stable for one citizen at this service and differs
//! at every other. Anything more is a claim, and needs a purpose of the manifest and the citizen's consent.

pub use crate::bindings::aim::gov::identity::{Acr, Address, Claims, LoginAge, Predicate, Session};

use crate::bindings::aim::gov::identity as host;
use crate::error::GovError;

/// The citizen of this request.
#[derive(Debug)]
pub struct Citizen(host::Principal);

/// The citizen of this request.
///
/// # Errors
/// `login-required` if no citizen is logged in; returned with `?` it sends the citizen to the log-in.
pub fn current() -> Result<Citizen, GovError> {
    host::current().map(Citizen)
}

impl Citizen {
    /// The log-in. Discloses nothing and needs no consent.
    pub fn session(&self) -> Session {
        self.0.session()
    }

    /// Claims by their OpenID Connect names (`given_name`), for a purpose of the manifest.
    ///
    /// # Errors
    /// `consent-required`, `-paused`, `-revoked`, `-expired` (with `?`: the citizen is asked, or resumes);
    /// `access-denied` for a claim that the purpose does not cover; `invalid-request` for an unknown name.
    pub fn claims(&self, names: &[&str], purpose: &str) -> Result<Claims, GovError> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        self.0.claims(&names, purpose)
    }

    /// Whether the citizen is at least `years` years old.
    ///
    /// # Errors
    /// As [`Citizen::claims`].
    pub fn is_age_over(&self, years: u8, purpose: &str) -> Result<bool, GovError> {
        self.check(&Predicate::AgeOver(years), purpose)
    }

    /// A yes-or-no question that discloses nothing else.
    ///
    /// # Errors
    /// As [`Citizen::claims`].
    pub fn check(&self, question: &Predicate, purpose: &str) -> Result<bool, GovError> {
        self.0.check(question, purpose)
    }

    /// A log-in at least this strong and, if `max_age_s` is given, at most this many seconds old, rounded down
    /// to one of 30, 300, 3600 and 86400.
    ///
    /// # Errors
    /// `step-up-required`; returned with `?` it sends the citizen to a stronger log-in.
    pub fn require_acr(&self, level: Acr, max_age_s: Option<u32>) -> Result<Session, GovError> {
        self.0.require_acr(level, max_age_s)
    }

    /// The personal identification number, 7 characters. The citizen sees each use in their access log.
    ///
    /// # Errors
    /// As [`Citizen::claims`].
    pub fn fin(&self, purpose: &str) -> Result<String, GovError> {
        self.0.fin(purpose)
    }
}
