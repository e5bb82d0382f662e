//! Events and reminders, as services see them.

use crate::clock::Timestamp;
use crate::event_type::EventType;

/// The extension attribute with the object that an event is about (CloudEvents extensions, `correlation`).
const CORRELATION_ID: &str = "correlationid";
/// The extension attribute with the name that the service gave a reminder.
const TIMER_NAME: &str = "timername";

/// Whom an event names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// The citizen, if it is about one.
    Named,
    /// Nobody: the citizen has left.
    Unnamed,
}

/// One event; the fields are CloudEvents attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// 30 characters of `[a-z0-9-]`: a prefix of idempotency keys.
    pub id: String,
    pub event_type: EventType,
    /// The pairwise pseudonym of the citizen.
    pub subject: Option<String>,
    pub time: Timestamp,
    /// The object that it is about: a reminder, a payment, a refund, a message, a consent.
    pub object: Option<String>,
    /// What the service called the object.
    pub name: Option<String>,
    /// The address of the schema of the data.
    pub data_schema: Option<String>,
    pub content_type: Option<String>,
    pub data: Option<Vec<u8>>,
}

impl Event {
    /// The extension attributes.
    pub fn extensions(&self) -> Vec<(String, String)> {
        [(CORRELATION_ID, &self.object), (TIMER_NAME, &self.name)]
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
            .collect()
    }
}

/// A reminder that a service sets for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTimer {
    pub due: Timestamp,
    /// The pairwise pseudonym of the citizen whom it is about.
    pub subject: Option<String>,
    pub name: String,
    pub data: Option<Vec<u8>>,
}

/// A reminder in its current state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    pub id: String,
    pub due: Timestamp,
    pub name: String,
    /// Whether its event is still to come.
    pub pending: bool,
}
