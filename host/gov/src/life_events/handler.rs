//! What runs a service on an event. The runtime implements it.

use std::fmt::Debug;
use std::sync::Arc;

use super::event::Event;
use crate::clock::Timestamp;
use crate::invocation::Service;

/// The most characters of the code of [`Outcome::Reject`].
pub const REJECT_CHARS_MAX: usize = 64;

/// One attempt to deliver an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The id shared by the attempt's audit record, its host calls and its log lines.
    pub request_id: String,
    pub event: Event,
    /// 1 for the first attempt.
    pub number: u32,
    pub first: Timestamp,
    /// Whether it is the last one.
    pub is_final: bool,
}

/// What becomes of the event next, by the service's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Again, after this many seconds at the earliest.
    Retry(Option<u32>),
    /// To the dead letters, with the service's code.
    Reject(String),
}

/// The service did not answer: the code of the failure. The event is delivered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event was not handled: {0}")]
pub struct Unhandled(pub &'static str);

/// Runs the deployed version of a service on an event.
#[async_trait::async_trait]
pub trait Handler: Debug + Send + Sync {
    /// `service` is the version that was judged to be allowed to learn of the event; no other may get it.
    ///
    /// # Errors
    /// [`Unhandled`].
    async fn on_event(&self, service: &Arc<Service>, attempt: &Attempt) -> Result<Outcome, Unhandled>;
}
