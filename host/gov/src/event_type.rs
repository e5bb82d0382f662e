//! The types of events that services can subscribe to.

use std::collections::BTreeSet;

/// A type of events: the `type` attribute of CloudEvents 1.0, section 3.1.1, as the manifest, the database and the
/// WIT spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
pub enum EventType {
    /// A reminder that the service set for itself.
    #[strum(serialize = "az.gov.timer.due.v1")]
    #[serde(rename = "az.gov.timer.due.v1")]
    TimerDue,
}

crate::coded!(EventType);

impl EventType {
    /// The operation of its delivery in audit records.
    pub fn operation(self) -> &'static str {
        match self {
            Self::TimerDue => "timer-due",
        }
    }

    /// Who says so: the `source` attribute, a tag URI (RFC 4151).
    pub fn source(self) -> &'static str {
        match self {
            Self::TimerDue => "tag:gov.az,2026:timers",
        }
    }
}

/// The events that a service receives.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Subscriptions {
    pub types: BTreeSet<EventType>,
}

impl Subscriptions {
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }
}
