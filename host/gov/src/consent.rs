//! Agreements between a citizen and a service: which data it may read, why, and until when.
//!
//! The host draws the screens and stores the records; a service can only ask. Every interface that reads a
//! citizen's data calls [`require`] in the transaction of its effect, so that a revocation acts on the next
//! call. References: GovStack Consent, ISO/IEC TS 27560, DEPA (`fetch`).

mod agreement;
mod decide;
mod end;
mod enrol;
mod expiry;
mod history;
mod log_words;
pub mod pages;
mod receipt;
mod record;
mod require;
mod tell;
mod widening;
mod words;

pub use agreement::{Terms, agreement_digest, capabilities, hosts};
pub use decide::{Change, ChangeError, Signed};
pub use end::end_service;
pub use enrol::{Enrolment, JoinTerms};
pub use history::{HISTORY_CHANGES_MAX, Happened};
pub use receipt::Receipt;
pub use record::{EndedBy, Record, State};
pub(crate) use require::approved;
pub use require::{Basis, ONE_TIME_MS, listeners, require, still_agreed, would_allow, would_tell};
pub use widening::{Widening, widenings as widenings_of};
pub use words::ConsentText;

use futures::FutureExt as _;

use crate::audit::Entry;
use crate::db::DbError;
use crate::error::{GovError, LimitKind};
use crate::grant::{Capability, Purpose};
use crate::invocation::{CitizenId, Invocation, Service, ServiceId};
use crate::outbox::Outbox;
use crate::platform::{Platform, require_session};
use crate::sql;

/// Records on one page of a citizen's consents.
pub const PAGE_RECORDS_MAX: u32 = 100;
/// Purposes that one consent screen may ask for.
pub const ASK_PURPOSES_MAX: usize = 16;

/// Agreements. Clones share the database.
#[derive(Clone, Debug)]
pub struct Consent {
    platform: Platform,
    outbox: Outbox,
}

impl Consent {
    /// The agreements in the platform's database.
    pub fn new(platform: Platform) -> Self {
        Self {
            platform,
            outbox: Outbox::default(),
        }
    }

    /// The same agreements, whose changes are told.
    #[must_use]
    pub fn with_outbox(self, outbox: Outbox) -> Self {
        Self { outbox, ..self }
    }

    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The citizen's latest record for a purpose of the approval, if it exists (WIT `find`).
    ///
    /// # Errors
    /// `login-required`, `access-denied` (`purpose-not-approved`), and those of
    /// [`crate::platform::Platform::act`].
    pub async fn find(&self, inv: &Invocation, purpose: &str) -> Result<Option<Record>, GovError> {
        let entry = Entry::under(inv, Capability::Consent, "find", purpose);
        let (inv_in, purpose) = (inv.clone(), purpose.to_owned());
        self.platform
            .act(inv, entry, move |tx, entry, now| {
                async move {
                    let session = require_session(&inv_in)?;
                    require::approved(&inv_in, &purpose)?;
                    let found = record::latest(tx, &session.citizen, &inv_in.service.id, &purpose).await?;
                    entry.consent_id = found.as_ref().map(|record| record.id.clone());
                    Ok(found.map(|record| record.at(now)))
                }
                .boxed()
            })
            .await
    }

    /// The address of the host's consent screen for these purposes (WIT `request-url`).
    ///
    /// # Errors
    /// `invalid-request` (`purposes-empty`, `purposes-too-many`), `access-denied`
    /// (`purpose-not-approved`), and those of [`crate::platform::Platform::act`].
    pub async fn request_url(&self, inv: &Invocation, purposes: &[String]) -> Result<String, GovError> {
        let approved: Vec<_> = purposes
            .iter()
            .take(ASK_PURPOSES_MAX)
            .map(String::as_str)
            .filter(|purpose| inv.service.grant.purpose(purpose).is_some())
            .collect();
        let entry = Entry {
            purpose: Some(approved.join(" ")),
            ..Entry::of(inv, Capability::Consent, "request-url")
        };
        let (inv_in, purposes) = (inv.clone(), purposes.to_vec());
        self.platform
            .act(inv, entry, move |_, _, _| {
                async move {
                    if purposes.is_empty() {
                        return Err(GovError::invalid("purposes-empty", "name at least one purpose"));
                    }
                    if purposes.len() > ASK_PURPOSES_MAX {
                        return Err(GovError::invalid(
                            "purposes-too-many",
                            format!("one screen asks for {ASK_PURPOSES_MAX} purposes at most"),
                        ));
                    }
                    for purpose in &purposes {
                        require::approved(&inv_in, purpose)?;
                    }
                    let purposes: Vec<_> = purposes.iter().map(String::as_str).collect();
                    Ok(inv_in.consent_url(&purposes))
                }
                .boxed()
            })
            .await
    }

    /// Gives a consent up before it expires, on behalf of the service (WIT `release`).
    ///
    /// # Errors
    /// `login-required`, `not-found` for a record of another citizen or service, `conflict` (`consent-over`)
    /// for one that has ended, and those of [`crate::platform::Platform::act`].
    pub async fn release(&self, inv: &Invocation, id: &str) -> Result<Record, GovError> {
        let entry = Entry::of(inv, Capability::Consent, "release");
        let (inv_in, id, this) = (inv.clone(), id.to_owned(), self.clone());
        self.platform
            .act(inv, entry, move |tx, entry, now| {
                async move {
                    let session = require_session(&inv_in)?;
                    let found = record::by_id(tx, &id, &session.citizen)
                        .await?
                        .filter(|record| record.service == inv_in.service.id)
                        .ok_or(GovError::NotFound)?
                        .at(now);
                    entry.purpose = Some(found.purpose.clone());
                    entry.consent_id = Some(found.id.clone());
                    match found.state {
                        State::Active | State::Paused => {
                            decide::give_up(tx, &found, found.state, now).await?;
                            this.tell(tx, &found, State::Revoked, now, now).await?;
                            Ok(Record {
                                state: State::Revoked,
                                changed_at: now,
                                ended_by: Some(EndedBy::Service),
                                ..found
                            })
                        }
                        State::Denied | State::Revoked | State::Expired | State::Superseded => {
                            Err(GovError::conflict(
                                "consent-over",
                                "the consent is no longer in force; there is nothing to give up",
                            ))
                        }
                    }
                }
                .boxed()
            })
            .await
    }

    /// The id of the consent in which the citizen agrees to everything that this purpose covers now.
    pub async fn agreed(
        &self,
        service: &Service,
        citizen: &CitizenId,
        purpose: &Purpose,
    ) -> Result<Option<String>, DbError> {
        let now = self.platform.clock.now();
        let mut reader = self.platform.db.reader().await?;
        let latest = record::latest(&mut reader, citizen, &service.id, &purpose.code).await?;
        let latest = latest.map(|latest| latest.at(now));
        Ok(latest
            .filter(|latest| latest.is_whole(service, purpose))
            .map(|latest| latest.id))
    }

    /// Whether a consent was recorded from this signing.
    pub async fn is_recorded(&self, signing: &str) -> Result<bool, DbError> {
        let mut reader = self.platform.db.reader().await?;
        Ok(decide::given_by(&mut reader, signing).await?.is_some())
    }

    /// Whether the citizen takes part in the service's test, or may join it.
    ///
    /// # Errors
    /// `suspended`, `limit-exceeded` (`end-date`, `citizens`), a storage failure.
    pub async fn may_join(&self, service: &Service, citizen: &CitizenId) -> Result<(), GovError> {
        enrol::is_open(service, self.platform.clock.now())?;
        let mut reader = self.platform.db.reader().await?;
        let takes_part: Option<JoinTerms> = sql!("consent/takes_part", &service.id, citizen)
            .optional(&mut reader)
            .await?;
        let most = i64::from(service.grant.boundary.citizens_max);
        let count: Option<(i64,)> = sql!("consent/enrolled", &service.id)
            .optional(&mut reader)
            .await?;
        match takes_part.is_some() || count.map_or(0, |(count,)| count) < most {
            true => Ok(()),
            false => Err(GovError::LimitExceeded(LimitKind::Citizens)),
        }
    }

    /// A citizen's records, newest first: the page after the record `before`, or the first one.
    pub async fn of_citizen(
        &self,
        citizen: &CitizenId,
        before: Option<&str>,
    ) -> Result<Vec<Record>, DbError> {
        let now = self.platform.clock.now();
        let mut reader = self.platform.db.reader().await?;
        let records = record::of_citizen(&mut reader, citizen, before, PAGE_RECORDS_MAX).await?;
        Ok(records.into_iter().map(|record| record.at(now)).collect())
    }

    /// One record of a citizen.
    pub async fn record(&self, citizen: &CitizenId, id: &str) -> Result<Option<Record>, DbError> {
        let now = self.platform.clock.now();
        let mut reader = self.platform.db.reader().await?;
        let found = record::by_id(&mut reader, id, citizen).await?;
        Ok(found.map(|record| record.at(now)))
    }
}

/// The audit entry of a citizen's action on the platform's own screen about a service.
fn entry_of(
    service: &ServiceId,
    citizen: &CitizenId,
    request_id: &str,
    operation: &'static str,
    purpose: Option<&str>,
) -> Entry {
    Entry {
        request_id: request_id.to_owned(),
        service: service.clone(),
        digest: String::new(),
        citizen: Some(citizen.clone()),
        interface: Capability::Consent,
        operation,
        purpose: purpose.map(str::to_owned),
        consent_id: None,
        attributes: Vec::new(),
        object: None,
        awaits_answer: false,
    }
}

#[cfg(test)]
mod tests;
