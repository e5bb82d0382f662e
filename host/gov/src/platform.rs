//! The only way from a plug-in's call to an effect: grant, boundary, effect and audit record, the last two in
//! one transaction. If the record cannot be written, the call is refused.

use futures::future::BoxFuture;

use crate::audit::{self, Entry};
use crate::clock::{Clock, Timestamp};
use crate::db::{Conn, Db, DbError, Tx};
use crate::error::{GovError, LimitKind};
use crate::grant::Capability;
use crate::invocation::{Acr, Availability, Invocation, Service, Session};
use crate::random::Random;

/// The dependencies of every government API. Clones share it.
#[derive(Clone, Debug)]
pub struct Platform {
    /// The store of all state.
    pub db: Db,
    pub clock: Clock,
    pub random: Random,
}

/// The end of the transaction of an allowed call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Commit,
    Undo,
}

impl Platform {
    /// Runs a plug-in's call: checks the grant and the end of the test, runs `effect` and writes the audit
    /// record, all in one transaction, so that a call which waited for the database is judged by the state at
    /// the start of the transaction. `effect` completes the entry (purpose, consent, attributes, object). If
    /// `effect` only records what another system is to be asked, it says so in the entry, and the record is
    /// written with the answer. A refusal is recorded too, with its code, unless it concerns nobody: see
    /// [`is_recorded`].
    ///
    /// # Errors
    /// `suspended`, `access-denied`, `limit-exceeded`, the errors of `effect`, or `unavailable` if the record
    /// cannot be written.
    #[tracing::instrument(level = "debug", skip_all, fields(interface = entry.interface.code()))]
    pub async fn act<T, F>(&self, invocation: &Invocation, entry: Entry, effect: F) -> Result<T, GovError>
    where
        F: for<'c> FnOnce(&'c mut Conn, &'c mut Entry, Timestamp) -> BoxFuture<'c, Result<T, GovError>>
            + Send,
        T: Send,
    {
        self.judged(invocation, entry, Then::Commit, effect).await
    }

    /// Judges by `check` whether a call may ask another system, before that system is asked. It holds a
    /// transaction only as long as `check` runs, and changes nothing. The system's answer then goes through
    /// [`Self::act`], which judges again. A refusal is recorded as there.
    ///
    /// # Errors
    /// As [`Self::act`].
    #[tracing::instrument(level = "debug", skip_all, fields(interface = entry.interface.code()))]
    pub async fn may_ask<T, F>(&self, invocation: &Invocation, entry: Entry, check: F) -> Result<T, GovError>
    where
        F: for<'c> FnOnce(&'c mut Conn, &'c mut Entry, Timestamp) -> BoxFuture<'c, Result<T, GovError>>
            + Send,
        T: Send,
    {
        self.judged(invocation, entry, Then::Undo, check).await
    }

    /// As [`Self::may_ask`], by a `check` that only reads: no change waits for it, and on SQLite it waits for none.
    ///
    /// # Errors
    /// As [`Self::act`].
    #[tracing::instrument(level = "debug", skip_all, fields(interface = entry.interface.code()))]
    pub async fn may_read<T, F>(
        &self,
        invocation: &Invocation,
        mut entry: Entry,
        check: F,
    ) -> Result<T, GovError>
    where
        F: for<'c> FnOnce(&'c mut Conn, &'c mut Entry, Timestamp) -> BoxFuture<'c, Result<T, GovError>>
            + Send,
        T: Send,
    {
        match self.checked(&invocation.service, &mut entry, check).await {
            Ok(value) => Ok(value),
            Err(refusal) => Err(self.record_refusal(entry, refusal).await),
        }
    }

    async fn checked<T, F>(&self, service: &Service, entry: &mut Entry, check: F) -> Result<T, GovError>
    where
        F: for<'c> FnOnce(&'c mut Conn, &'c mut Entry, Timestamp) -> BoxFuture<'c, Result<T, GovError>>
            + Send,
        T: Send,
    {
        let mut reader = self.db.reader().await?;
        let now = self.clock.now();
        admit(service, entry.interface, now)?;
        check(&mut reader, entry, now).await
    }

    /// Runs `effect` if the approval covers the call; a refusal is recorded.
    async fn judged<T, F>(
        &self,
        invocation: &Invocation,
        mut entry: Entry,
        then: Then,
        effect: F,
    ) -> Result<T, GovError>
    where
        F: for<'c> FnOnce(&'c mut Conn, &'c mut Entry, Timestamp) -> BoxFuture<'c, Result<T, GovError>>
            + Send,
        T: Send,
    {
        let result = self.try_to(&invocation.service, &mut entry, then, effect).await;
        match result {
            Ok(value) => Ok(value),
            Err(refusal) => Err(self.record_refusal(entry, refusal).await),
        }
    }

    async fn try_to<T, F>(
        &self,
        service: &Service,
        entry: &mut Entry,
        then: Then,
        effect: F,
    ) -> Result<T, GovError>
    where
        F: for<'c> FnOnce(&'c mut Conn, &'c mut Entry, Timestamp) -> BoxFuture<'c, Result<T, GovError>>
            + Send,
        T: Send,
    {
        let mut tx = self.begin_for(entry).await?;
        let now = self.clock.now();
        admit(service, entry.interface, now)?;
        let value = effect(&mut tx, entry, now).await?;
        if then == Then::Commit {
            if !entry.awaits_answer {
                audit::append(&mut tx, &self.random, now, entry, audit::ALLOWED).await?;
            }
            tx.commit().await?;
        }
        Ok(value)
    }

    /// Records a refusal that [`is_recorded`] and returns it; if the record fails, returns the fault of the
    /// storage instead. `UnknownOutcome` is returned unchanged even if the record cannot be written.
    pub(crate) async fn record_refusal(&self, entry: Entry, refusal: GovError) -> GovError {
        if !is_recorded(&entry, &refusal) {
            return refusal;
        }
        match self.record(&entry, refusal.code()).await {
            Err(_) if !matches!(refusal, GovError::UnknownOutcome(_)) => GovError::storage_unavailable(),
            Ok(()) | Err(_) => refusal,
        }
    }

    async fn record(&self, entry: &Entry, decision: &str) -> Result<(), DbError> {
        let mut tx = self.begin_for(entry).await?;
        audit::append(&mut tx, &self.random, self.clock.now(), entry, decision).await?;
        tx.commit().await
    }

    /// The reserve of the disk is for calls of citizens.
    async fn begin_for(&self, entry: &Entry) -> Result<Tx, DbError> {
        if entry.citizen.is_some() {
            self.db.begin().await
        } else {
            self.db.begin_if_room().await
        }
    }
}

/// Whether a refusal becomes an audit record. A refused call for a citizen always does. A refused call for a
/// visitor who is not logged in concerns nobody's data, and anybody on the network could fill the disk with
/// such records; it becomes one only if the service asked for more than its approval gives.
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
