//! The box as a wallet: web sites of others ask with OpenID4VP 1.0, and citizens show documents or do not.
//!
//! A verifier is a web site that two officers approved ([`crate::identity::sites::Verifier`]): which kinds and claims it
//! may ask for, and the keys that sign its requests. A citizen opens a request ([`asking`]): it is fetched from the site's
//! own origin, its signature checked ([`request`]), its query understood ([`query`]) and compared with the approval
//! ([`wanted`]). The citizen's documents are compared with it ([`matching`]), and the answer ([`answering`]) is sent to the
//! site's own origin ([`reply`]), encrypted where the site wishes ([`jwe`]).

mod answering;
mod asking;
mod jwe;
mod matching;
mod query;
mod reply;
mod request;
mod stored;
mod verifiers;
mod wanted;

pub use self::answering::{AnswerError, Answered};
pub use self::asking::{Asked, Opened, REQUESTS_A_DAY_MAX, WAIT_MS};
pub use self::matching::{Choice, Offer};
pub use self::stored::{Status, Stored};
pub(super) use self::verifiers::Verifiers;

/// The prefix of the ids of requests.
const REQUEST: &str = "vrq";

/// An error of the protocol (OpenID4VP 1.0, section 8.5; RFC 6749, 4.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum ErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidScope,
    UnsupportedResponseType,
    /// Refused, not held, or not matching: the site cannot tell which.
    AccessDenied,
    VpFormatsNotSupported,
    InvalidTransactionData,
    InvalidRequestUriMethod,
}

crate::coded!(ErrorCode);

/// Why a request is not answered: the protocol's word, and for the site's developer the place and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: ErrorCode,
    /// In ASCII, without quotes and backslashes (RFC 6749, 4.1.2.1).
    pub detail: String,
}

impl Refusal {
    fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    fn invalid(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidRequest, detail)
    }
}
