//! Questions to other agencies' registries, and what is sent in there. Reference: X-Road Message Protocol for REST
//! (PR-REST, `r1`).
//!
//! The platform is the only member on the exchange. A service names an operation of its approval, whom it is about
//! and why; the host finds the consent, puts the personal identification number in, and keeps a signed, chained log
//! of every message ([`log`]). Who answers is another system ([`backend`]), asked outside any transaction.
//!
//! **To add an operation that sends something in:** its entry in `data/exchange.toml` (`verb = "submit"`, its content
//! types, the fields of a JSON body); what a citizen agrees to, an [`Attribute`](crate::grant::Attribute) with its words in
//! `text/consent.*.toml`; and what the simulated agency does with it, a file in `simulator/counters/` and its line in
//! `simulator/counters.rs`.

mod agency;
mod answer;
mod asking;
pub mod backend;
mod body;
mod calls;
pub mod client;
pub mod context;
mod cursor;
mod envelope;
mod error_type;
mod following;
mod job;
mod kept;
pub mod log;
pub mod message;
mod plan;
mod simulator;
mod submission;
mod submissions;
mod submit;

use std::sync::Arc;
use std::time::Duration;

use self::agency::Agency;
use self::cursor::CursorKey;
use crate::civil_status::CivilStatus;
use crate::identity::{Identity, SecretError, secret};
use crate::mac::MacKey;
use crate::outbox::Outbox;
use crate::platform::Platform;

pub use self::answer::{Answer, Evidence};
pub use self::backend::Backend;
pub use self::body::BODY_BYTES_MAX;
pub use self::context::{Context, Parameter, Subject};
pub use self::following::{FIRST_WAIT_MS, POLL_EVERY_MS, UNDECIDED_MS, UNHEARD_MS, given_up};
pub use self::submission::{Failure, Status, Stored, Submission};
pub use crate::registry_operation::{About, BodyField, Operation, ServiceAddress, Verb};

/// Questions that one consent answers with yes or no; the same one again is free.
pub use crate::identity::QUESTIONS_MAX;
/// Bytes of an answer.
pub const ANSWER_BYTES_MAX: usize = 1 << 20;

/// The registries of other agencies. Clones share them.
#[derive(Clone, Debug)]
pub struct Exchange {
    platform: Platform,
    identity: Identity,
    agency: Agency,
    cursors: CursorKey,
    outbox: Outbox,
}

impl Exchange {
    /// The simulated registries.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn open(platform: Platform, identity: Identity, root: Vec<u8>) -> Result<Self, SecretError> {
        let key = secret(&platform, "exchange-cursor").await?;
        Ok(Self {
            agency: Agency {
                backend: simulated(&platform, &identity, root),
                deadline: backend::AGENCY_WITHIN,
            },
            cursors: CursorKey(MacKey::new(&key)),
            outbox: Outbox::default(),
            identity,
            platform,
        })
    }

    /// The same exchange, which tells services of changes.
    #[must_use]
    pub fn with_outbox(self, outbox: Outbox) -> Self {
        Self { outbox, ..self }
    }

    /// The same exchange for the citizens of `identity`.
    #[must_use]
    pub(crate) fn with_identity(self, identity: Identity) -> Self {
        Self { identity, ..self }
    }

    /// The same over other registries, which have `deadline` to answer.
    #[must_use]
    pub fn with_backend(self, backend: Arc<dyn Backend>, deadline: Duration) -> Self {
        Self {
            agency: Agency { backend, deadline },
            ..self
        }
    }
}

/// The simulated agencies, on the platform's clock.
///
/// `root` is that of the authority that certifies signatures, in DER.
pub fn simulated(platform: &Platform, identity: &Identity, root: Vec<u8>) -> Arc<dyn Backend> {
    let office = CivilStatus::new(platform.clone(), identity.clone());
    let state = simulator::State::new(office, root);
    Arc::new(simulator::Simulator::new(platform.clone(), state))
}
