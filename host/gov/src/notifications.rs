//! Messages to citizens. Reference: GOV.UK Notify v2 (templates, personalisation, states), Suomi.fi Messages (the inbox
//! comes first, receipt is confirmed).
//!
//! A message is built from a template that was approved with the service, and lands in the citizen's inbox on
//! the platform. An alert outside follows if the citizen allows alerts; another system sends it ([`backend`]),
//! never inside a transaction and never while a service waits ([`delivery`]).

pub mod backend;
mod delivery;
mod inbox;
pub mod message;
pub mod new_message;
mod notice;
mod operations;
pub mod pages;
pub mod rendering;
mod send;
mod simulator;
mod store;
mod tell;
mod words;

use std::sync::Arc;
use std::time::Duration;

use self::backend::Provider;
use self::simulator::Simulator;
use crate::identity::Identity;
use crate::outbox::Outbox;
use crate::platform::Platform;

pub use self::backend::Backend;
pub use self::inbox::{Choice, Open};
pub use self::message::{Message, Status};
pub use self::new_message::{Attachment, NewMessage, Value};
pub(crate) use self::notice::SignatureAsked;
pub use self::operations::{Page, Rendering};
pub use self::store::InboxFile;
pub use self::words::InboxText;
pub use crate::message_template::{Field, FieldKind, Kind, Template};

/// How long a service can read a message, in days.
pub const VISIBLE_DAYS: i64 = 90;
/// The number of days over which a citizen's messages of one service are counted.
pub const COUNTED_DAYS: i64 = 7;

/// The notifications API. Clones share it.
#[derive(Clone, Debug)]
pub struct Notifications {
    platform: Platform,
    identity: Identity,
    provider: Provider,
    outbox: Outbox,
}

impl Notifications {
    pub fn new(platform: Platform, identity: Identity) -> Self {
        Self {
            provider: Provider {
                backend: Arc::new(Simulator::new(platform.clone(), identity.clone())),
                deadline: backend::PROVIDER_WITHIN,
            },
            platform,
            identity,
            outbox: Outbox::default(),
        }
    }

    /// The same notifications, whose ends are told.
    #[must_use]
    pub fn with_outbox(self, outbox: Outbox) -> Self {
        Self { outbox, ..self }
    }

    /// The same notifications for the citizens of `identity`.
    #[must_use]
    pub(crate) fn with_identity(self, identity: Identity) -> Self {
        Self { identity, ..self }
    }

    /// The same notifications with another provider, which has `deadline` to answer.
    #[must_use]
    pub fn with_provider(self, backend: Arc<dyn Backend>, deadline: Duration) -> Self {
        Self {
            provider: Provider { backend, deadline },
            ..self
        }
    }
}

#[cfg(test)]
mod tests;
