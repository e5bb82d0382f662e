//! Presentations: a service asks for documents, and a citizen shows them or does not (OpenID4VP 1.0 and its DCQL, of which
//! the box on the platform is the wallet).
//!
//! A service asks ([`request`]) and reads ([`operations`]); the citizen opens, shows or refuses ([`presenter`]) what fits
//! ([`matching`]); time ends what nobody answered ([`expiry`]).

mod expiry;
pub(super) mod matching;
mod operations;
pub(super) mod presenter;
mod request;
pub(super) mod stored;

use super::claims::{Claim, Step};
use super::document::State;
use crate::clock::Timestamp;
use crate::presentation_terms::Presenter;
use crate::text::Localised;

pub use self::matching::{Choice, Fitting};
pub use self::presenter::{Answered, Taken};
pub use self::request::{ANSWER_MS_MAX, ANYONE_MS_MAX, OPEN_MAX, WAITING_MAX};
pub use self::stored::{Stored, Wanted};

/// How long a service reads what was shown, in milliseconds.
pub const READ_MS: i64 = 10 * 60 * 1000;

/// The prefix of the ids of presentations.
const PRESENTATION: &str = "prs";
/// What the codes in addresses are for.
const SCAN: &str = "presentations: scan";
const COUNTER: &str = "presentations: counter";
/// What the pairwise ids of documents are for.
const PAIRWISE: &str = "presentations: document";
const ONCE: &str = "presentations: document once";

/// Where a presentation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Status {
    Created,
    /// Of `anyone`: somebody has opened the code.
    Started,
    Success,
    Failed,
    Cancelled,
}

/// Why nothing was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Failure {
    /// Refused, not held, or not matching: the service cannot tell which.
    NotShown,
    Expired,
}

crate::coded!(Status, Failure);
crate::column!(code: Status, Failure);

impl Status {
    pub fn is_final(self) -> bool {
        !self.is_open()
    }

    /// Whether it can still be answered.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Started)
    }
}

/// A document that a service asks for, as it says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWanted {
    pub id: String,
    /// Each `service/code`.
    pub kinds: Vec<String>,
    /// Claims paths of DCQL.
    pub claims: Vec<Vec<Step>>,
}

/// A presentation that a service asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPresentation {
    pub presenter: Presenter,
    pub wanted: Vec<NewWanted>,
    /// Lists of ids of `wanted`; none for all together.
    pub options: Vec<Vec<String>>,
    /// The code of the reason in the approved manifest.
    pub purpose: String,
    pub reference: String,
    pub return_path: String,
    pub expires: Timestamp,
}

/// A document that was shown, without its contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Pairwise.
    pub id: String,
    /// `service/code`.
    pub kind: String,
    pub issuer: String,
    pub title: Localised,
    pub valid_from: Timestamp,
    pub expires: Timestamp,
    pub state: State,
}

/// What a service learns of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The id of the wanted document.
    pub wanted: String,
    pub document: Holding,
    pub claims: Vec<Claim>,
    pub state_checked: Timestamp,
}

/// A presentation as its service sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presentation {
    pub id: String,
    pub reference: String,
    pub status: Status,
    pub failure: Option<Failure>,
    /// The presenter's page, or the page with the code.
    pub next_url: Option<String>,
    /// What the code holds.
    pub link: Option<String>,
    pub shown: Vec<Shown>,
    pub created: Timestamp,
    pub expires: Timestamp,
}
