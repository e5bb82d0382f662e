//! The register of the population, as the platform sees it.

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use super::Identity;
use super::calls::{AGE_YEARS_MAX, REGISTER};
use super::person::{Person, local_date};
use crate::audit::Entry;
use crate::error::GovError;
use crate::invocation::CitizenId;
use crate::remote::{self, Fault};

/// How long the register may take to answer: a citizen waits for the page meanwhile.
pub const REGISTER_WITHIN: Duration = Duration::from_secs(5);
/// Characters of any text in a record.
pub const RECORD_TEXT_CHARS_MAX: usize = 200;
/// Nationalities of one person.
pub const NATIONALITIES_MAX: usize = 8;

/// Who keeps the register of the population.
#[async_trait::async_trait]
pub trait Backend: Debug + Send + Sync {
    /// The person with this FIN; `None` where nobody has it.
    ///
    /// # Errors
    /// [`Fault`].
    async fn by_fin(&self, fin: &str) -> Result<Option<Person>, Fault>;

    /// The person whom the platform knows under this pseudonym; `None` where it is nobody's.
    ///
    /// # Errors
    /// [`Fault`].
    async fn by_citizen(&self, citizen: &CitizenId) -> Result<Option<Person>, Fault>;
}

/// The register, and how long it may take.
#[derive(Clone, Debug)]
pub(super) struct Register {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) deadline: Duration,
}

impl Identity {
    /// The register's record of a citizen, for what was judged before: never inside a transaction.
    ///
    /// # Errors
    /// [`Fault`], [`Fault::Unfit`] where the record is another person's or cannot be right.
    pub(crate) async fn person(&self, citizen: &CitizenId) -> Result<Option<Person>, Fault> {
        self.fitting(citizen, self.register.backend.by_citizen(citizen))
            .await
    }

    /// The same for a plug-in's call, of which `entry` is recorded as refused where the register does not answer.
    ///
    /// # Errors
    /// `unavailable` (`system-unavailable`).
    pub(crate) async fn person_for(
        &self,
        citizen: &CitizenId,
        entry: &Entry,
    ) -> Result<Option<Person>, GovError> {
        match self.person(citizen).await {
            Ok(person) => Ok(person),
            Err(fault) => {
                let refusal = fault.unavailable(REGISTER);
                Err(self.platform.record_refusal(entry.clone(), refusal).await)
            }
        }
    }

    /// The same for somebody who names their FIN.
    pub(super) async fn person_with_fin(&self, fin: &str) -> Result<Option<Person>, Fault> {
        let Some(citizen) = self.citizen(fin) else {
            return Ok(None);
        };
        self.fitting(&citizen, self.register.backend.by_fin(fin)).await
    }

    async fn fitting(
        &self,
        citizen: &CitizenId,
        answer: impl Future<Output = Result<Option<Person>, Fault>>,
    ) -> Result<Option<Person>, Fault> {
        let person = remote::call(self.register.deadline, answer).await?;
        if let Some(person) = &person {
            check(person, local_date(self.platform.clock.now())).map_err(Fault::Unfit)?;
            if self.citizen(&person.fin).as_ref() != Some(citizen) {
                return Err(Fault::Unfit("the record of another person"));
            }
        }
        Ok(person)
    }
}

/// Whether a record can be right on this day.
fn check(person: &Person, today: Date) -> Result<(), &'static str> {
    let address = &person.address;
    let texts = [
        &person.given_name,
        &person.family_name,
        &person.household,
        &address.country,
    ];
    let optional = [
        &person.middle_name,
        &address.formatted,
        &address.locality,
        &address.region,
        &address.postal_code,
    ];
    if !texts
        .into_iter()
        .chain(optional.into_iter().flatten())
        .all(|text| is_text(text))
    {
        return Err("a malformed text");
    }
    let oldest = today.year().saturating_sub(i16::from(AGE_YEARS_MAX));
    if person.birthdate > today || person.birthdate.year() < oldest {
        return Err("a date of birth out of range");
    }
    if person
        .died
        .is_some_and(|died| died < person.birthdate || died > today)
    {
        return Err("a date of death out of range");
    }
    let is_code = |code: &String| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if person.nationalities.len() > NATIONALITIES_MAX || !person.nationalities.iter().all(is_code) {
        return Err("a malformed nationality");
    }
    Ok(())
}

fn is_text(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= RECORD_TEXT_CHARS_MAX
        && !text.chars().any(char::is_control)
}
