//! The one way for a plug-in's call to reach an effect: grant, boundary, effect and audit record, the
//! last two in one transaction. If the record cannot be written, the call is refused.

use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::audit::{self, Entry};
use crate::clock::{Clock, Timestamp};
use crate::db::{Conn, Db};
use crate::error::{GovError, LimitKind};
use crate::grant::Capability;
use crate::invocation::{Acr, Availability, Invocation, Service, Session};
use crate::random::Random;

/// What every government API works with. Clones share it.
#[derive(Clone, Debug)]
pub struct Platform {
    /// Where everything is kept.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
}

impl Platform {
    /// Runs a plug-in's call: checks the grant and the end of the test, runs `effect` and writes the
    /// audit record, all in one transaction, so that a call which waited for it is judged by what holds
    /// when its turn comes. `effect` fills the entry in as it learns more (purpose, consent, attributes,
    /// object). A refusal is recorded too, with its code, unless it concerns nobody: see [`is_recorded`].
    ///
    /// # Errors
    /// `suspended`, `access-denied`, `limit-exceeded`, whatever `effect` answers, or `unavailable`
    /// when the record cannot be written.
    pub async fn act<T, F>(&self, invocation: &Invocation, entry: Entry, effect: F) -> Result<T, GovError>
    where
        F: for<'c> FnOnce(&'c mut Conn, &'c mut Entry, Timestamp) -> BoxFuture<'c, Result<T, GovError>>
            + Send
            + 'static,
        T: Send + 'static,
    {
        let platform = self.clone();
        let service = invocation.service.clone();
        let refused = Arc::new(Mutex::new(entry.clone()));
        let learned = refused.clone();
        let result = self
            .write_for(entry.citizen.is_some(), move |tx| {
                async move {
                    let mut entry = entry;
                    let now = platform.clock.now();
                    admit(&service, entry.interface, now)?;
                    let result = effect(tx, &mut entry, now).await;
                    *learned.lock().unwrap_or_else(PoisonError::into_inner) = entry.clone();
                    let value = result?;
                    audit::append(tx, &platform.random, now, &entry, audit::ALLOWED).await?;
                    Ok(value)
                }
                .boxed()
            })
            .await;
        match result {
            Ok(value) => Ok(value),
            Err(refusal) => {
                let entry = refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
                Err(self.record_refusal(entry, refusal).await)
            }
        }
    }

    /// Records a refusal that [`is_recorded`] and hands it back; where even that fails, the caller learns of
    /// the storage. Only that something may have happened is said in any case.
    pub(crate) async fn record_refusal(&self, entry: Entry, refusal: GovError) -> GovError {
        if !is_recorded(&entry, &refusal) {
            return refusal;
        }
        let platform = self.clone();
        let decision = refusal.code();
        let written = self
            .write_for(entry.citizen.is_some(), move |tx| {
                async move {
                    let now = platform.clock.now();
                    Ok(audit::append(tx, &platform.random, now, &entry, decision).await?)
                }
                .boxed()
            })
            .await;
        match written {
            Err(_) if !matches!(refusal, GovError::UnknownOutcome(_)) => GovError::storage_unavailable(),
            Ok(()) | Err(_) => refusal,
        }
    }

    /// The last room on the disk is for what citizens do.
    async fn write_for<T, F>(&self, is_for_a_citizen: bool, job: F) -> Result<T, GovError>
    where
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, GovError>> + Send + 'static,
        T: Send + 'static,
    {
        if is_for_a_citizen {
            self.db.write(job).await
        } else {
            self.db.write_if_room(job).await
        }
    }
}

/// Whether a refusal becomes an audit record. One of a citizen's call always does. One of a call for a
/// visitor who is not logged in concerns nobody's data, and anybody on the network could fill the disk with
/// such records; it becomes one only where the service asked for more than its approval gives.
fn is_recorded(entry: &Entry, refusal: &GovError) -> bool {
    entry.citizen.is_some()
        || match refusal {
            GovError::AccessDenied(_)
            | GovError::LimitExceeded(_)
            | GovError::Suspended
            | GovError::Unavailable(_)
            | GovError::UnknownOutcome(_) => true,
            GovError::LoginRequired(_)
            | GovError::StepUpRequired(_)
            | GovError::ConsentRequired(_)
            | GovError::ConsentPaused(_)
            | GovError::ConsentRevoked(_)
            | GovError::ConsentExpired(_)
            | GovError::InvalidRequest(_)
            | GovError::NotFound
            | GovError::Conflict(_)
            | GovError::TooManyRequests(_) => false,
        }
}

/// Whether the approval covers this interface now.
///
/// # Errors
/// `suspended`, `access-denied` (`capability-not-granted`), `limit-exceeded` (`end-date`).
pub fn admit(service: &Service, interface: Capability, now: Timestamp) -> Result<(), GovError> {
    require_open(service, now)?;
    if !service.grant.capabilities.contains(&interface) {
        return Err(GovError::denied(
            "capability-not-granted",
            format!(
                "`{}` is not among the approved capabilities; ask for it in `aim.toml`",
                interface.code()
            ),
        ));
    }
    Ok(())
}

/// Whether the service is in force.
///
/// # Errors
/// `suspended`, `limit-exceeded` (`end-date`).
pub fn require_open(service: &Service, now: Timestamp) -> Result<(), GovError> {
    match service.availability(now) {
        Availability::Open => Ok(()),
        Availability::Suspended => Err(GovError::Suspended),
        Availability::Ended => Err(GovError::LimitExceeded(LimitKind::EndDate)),
    }
}

/// The citizen's log-in, or the address of the host's log-in page.
///
/// # Errors
/// `login-required`.
pub fn require_session(invocation: &Invocation) -> Result<&Session, GovError> {
    invocation
        .session
        .as_ref()
        .ok_or_else(|| GovError::LoginRequired(invocation.login_url(Acr::Substantial)))
}

#[cfg(test)]
mod tests;
