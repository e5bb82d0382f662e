//! Calls to other systems. They run outside any transaction and have a deadline, so that a slow or broken
//! system holds up neither the database nor another citizen.

use std::future::Future;
use std::time::Duration;

use tracing::Instrument as _;

use crate::error::{GovError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("the system failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the system did not answer within {0:?}")]
    Deadline(Duration),
    #[error("the system's answer does not match the request: {0}")]
    Unfit(&'static str),
}

impl Fault {
    /// The error for a plug-in if the call could not change anything, so that it may retry. The cause goes to
    /// the log, under the name of the `system`.
    pub fn unavailable(&self, system: &'static str) -> GovError {
        tracing::warn!(
            system,
            error = self as &dyn std::error::Error,
            "remote.call failed"
        );
        GovError::Unavailable(Problem {
            code: "system-unavailable",
            detail: format!("the system `{system}` does not answer; nothing was changed, retry later"),
            retry_after_ms: Some(1_000),
        })
    }
}

/// Waits for `answer` until `deadline`; a later answer is dropped.
///
/// # Errors
/// [`Fault::Deadline`], and those of the answer.
pub async fn call<T>(deadline: Duration, answer: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let answered = tokio::time::timeout(deadline, answer).instrument(tracing::debug_span!("remote.call"));
    answered.await.unwrap_or(Err(Fault::Deadline(deadline)))
}

/// Runs `work` in a task of its own, so that it completes even if the caller is cancelled: a citizen may close
/// the page while the provider works.
pub async fn to_the_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}
