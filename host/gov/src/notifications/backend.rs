//! The interface of the provider that sends alerts and scans files.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use super::message::Status;
use crate::invocation::CitizenId;
use crate::remote::{self, Fault};
use crate::text::Locale;

/// The time limit for an answer of the provider. No request waits for it.
pub const PROVIDER_WITHIN: Duration = Duration::from_secs(10);

/// An alert: it tells that there is a message and from which service, without any word of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertOrder {
    /// The id of the alert, unique at the provider.
    pub id: String,
    pub citizen: CitizenId,
    pub language: Locale,
    pub text: String,
}

/// The provider's answer about an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// [`AlertOrder::id`].
    pub id: String,
    /// `None` if the provider knows no address of the citizen.
    pub status: Option<Status>,
}

/// The scanner's verdict about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Clean,
    Refused,
}

/// A system that sends alerts and scans files. Each call can be repeated.
///
/// # Errors
/// [`Fault`] for each call that is not answered.
#[async_trait::async_trait]
pub trait Backend: Debug + Send + Sync {
    /// Sends an alert unless one with this id exists; returns its state in both cases.
    async fn alert(&self, order: &AlertOrder) -> Result<Sent, Fault>;

    async fn scan(&self, content: &[u8]) -> Result<Verdict, Fault>;
}

/// The provider, and its time limit.
#[derive(Clone, Debug)]
pub(super) struct Provider {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) deadline: Duration,
}

impl Provider {
    /// The state of the alert; `None` if it will not be sent.
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
