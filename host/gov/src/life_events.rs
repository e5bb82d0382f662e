//! Events for services. Reference: CloudEvents 1.0 (attributes), Kubernetes controllers (an event is a hint, the state
//! is read).
//!
//! An event is written in the transaction of what it tells of ([`crate::outbox`]), for one service. A job ([`delivery`])
//! hands it to the service's deployed version ([`Handler`]) at least once: it claims the event under a lease, in the
//! transaction that checks whether the service may still learn of it and that writes the audit record.

mod allowed;
mod deliveries;
mod delivery;
mod event;
mod handler;
mod job;
pub mod pages;
mod recent;
mod rehearsal;
mod store;
mod timers;

use crate::identity::Identity;
use crate::platform::Platform;

pub use self::deliveries::Delivery;
pub use self::event::{Event, NewTimer, Timer};
pub use self::handler::{Attempt, Handler, Outcome, REJECT_CHARS_MAX, Unhandled};
pub use self::recent::Page;
pub use self::store::State;
pub use self::timers::{TIMER_AHEAD_DAYS, TIMER_DATA_BYTES_MAX, TIMER_NAME_CHARS_MAX};

/// How long a service can read its events, and how long they are kept after their delivery has ended, in days.
pub const VISIBLE_DAYS: i64 = 30;

/// The life-events API. Clones share it.
#[derive(Clone, Debug)]
pub struct LifeEvents {
    platform: Platform,
    identity: Identity,
}

impl LifeEvents {
    pub fn new(platform: Platform, identity: Identity) -> Self {
        Self { platform, identity }
    }

    /// The same events about the citizens of `identity`.
    #[must_use]
    pub(crate) fn with_identity(self, identity: Identity) -> Self {
        Self { identity, ..self }
    }
}
