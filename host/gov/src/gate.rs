//! The one way for a plug-in's call to reach an effect: grant, boundary, effect and audit record, the
//! last two in one transaction. If the record cannot be written, the call is refused.

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::audit::{self, Entry};
use crate::clock::{Clock, Timestamp};
use crate::db::{Conn, Db};
use crate::error::{GovError, LimitKind};
use crate::grant::Capability;
use crate::invocation::{Acr, Invocation, Session};
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
    /// Runs a plug-in's call: checks the grant and the end of the test, then runs `effect` and writes
    /// the audit record in one transaction. `effect` fills the entry in as it learns more (purpose,
    /// consent, attributes, object). A refusal is recorded too, with its code.
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
        let now = self.clock.now();
        if let Err(refusal) = admit(invocation, entry.interface, now) {
            return Err(self.record_refusal(entry, now, refusal).await);
        }
        let random = self.random.clone();
        let refused = std::sync::Arc::new(std::sync::Mutex::new(entry.clone()));
        let learned = refused.clone();
        let result = self
            .db
            .write(move |tx| {
                async move {
                    let mut entry = entry;
                    let result = effect(tx, &mut entry, now).await;
                    *learned.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = entry.clone();
                    let value = result?;
                    audit::append(tx, &random, now, &entry, audit::ALLOWED).await?;
                    Ok(value)
                }
                .boxed()
            })
            .await;
        match result {
            Ok(value) => Ok(value),
            Err(refusal) => {
                let entry = refused
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .clone();
                Err(self.record_refusal(entry, now, refusal).await)
            }
        }
    }

    /// Records a refusal and hands it back; where even that fails, the caller learns of the storage.
    pub(crate) async fn record_refusal(&self, entry: Entry, now: Timestamp, refusal: GovError) -> GovError {
        let random = self.random.clone();
        let decision = refusal.code();
        let written: Result<(), GovError> = self
            .db
            .write(move |tx| {
                async move { Ok(audit::append(tx, &random, now, &entry, decision).await?) }.boxed()
            })
            .await;
        match written {
            Ok(()) => refusal,
            Err(storage) => storage,
        }
    }
}

/// Whether the approval covers this interface now.
///
/// # Errors
/// `suspended`, `access-denied` (`capability-not-granted`), `limit-exceeded` (`end-date`).
pub fn admit(invocation: &Invocation, interface: Capability, now: Timestamp) -> Result<(), GovError> {
    let service = &invocation.service;
    if service.is_stopped() {
        return Err(GovError::Suspended);
    }
    if !service.grant.capabilities.contains(&interface) {
        return Err(GovError::denied(
            "capability-not-granted",
            format!(
                "`{}` is not among the approved capabilities; ask for it in `aim.toml`",
                interface.code()
            ),
        ));
    }
    if now >= service.grant.boundary.ends_at {
        return Err(GovError::LimitExceeded(LimitKind::EndDate));
    }
    Ok(())
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
