//! The provider that sends alerts and scans files, as the platform sees it.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use super::message::Status;
use crate::invocation::CitizenId;
use crate::remote::{self, Fault};
use crate::text::Locale;

/// How long the provider may take to answer. Nobody waits for it.
pub const PROVIDER_WITHIN: Duration = Duration::from_secs(10);

/// An alert: it says that there is a message and of which service, and nothing of what the message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertOrder {
    /// Names the alert; at most one has it.
    pub id: String,
    pub citizen: CitizenId,
    pub language: Locale,
    pub text: String,
}

/// An alert, as the provider answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// [`AlertOrder::id`].
    pub id: String,
    /// `None` where the provider knows no address of the citizen.
    pub status: Option<Status>,
}

/// What the scanner says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Clean,
    Refused,
}

/// Whoever sends alerts and scans files. Each call can be repeated.
///
/// # Errors
/// [`Fault`] for each call that is not answered.
#[async_trait::async_trait]
pub trait Backend: Debug + Send + Sync {
    /// Sends an alert, unless there is one of this id; either way, how far it has come.
    async fn alert(&self, order: &AlertOrder) -> Result<Sent, Fault>;

    async fn scan(&self, content: &[u8]) -> Result<Verdict, Fault>;
}

/// The provider, and how long it may take.
#[derive(Clone, Debug)]
pub(super) struct Provider {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) deadline: Duration,
}

impl Provider {
    /// How far the alert has come; `None` where there will not be one.
    pub(super) async fn alert(&self, order: &AlertOrder) -> Result<Option<Status>, Fault> {
        let answer = remote::call(self.deadline, self.backend.alert(order)).await?;
        if answer.id != order.id {
            return Err(Fault::Unfit("another alert"));
        }
        match answer.status {
            Some(Status::Created | Status::Cancelled) => {
                Err(Fault::Unfit("a state that an alert does not reach"))
            }
            status => Ok(status),
        }
    }

    pub(super) async fn scan(&self, content: &[u8]) -> Result<Verdict, Fault> {
        remote::call(self.deadline, self.backend.scan(content)).await
    }
}
