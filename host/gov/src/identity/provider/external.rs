//! Log-in at an external OpenID provider that the operator names, such as the state's own.
//!
//! The provider of this platform stays that of its pages and of web sites. In place of its own log-in page it sends the
//! citizen to the external one, and knows them by the FIN that this one tells. References: OpenID Connect Core 1.0 (3.1,
//! 5.3), Discovery 1.0 (4), RP-Initiated Logout 1.0; RFC 7636, RFC 9207, RFC 9700.

mod call;
mod flow;
mod leave;
mod metadata;
mod pages;
mod tokens;

use std::sync::{Arc, Mutex};

use secrecy::SecretString;

pub use self::call::CallError;
pub(super) use self::flow::FlowKeys;
pub(super) use self::leave::logout_address;
use self::metadata::Known;
pub use self::metadata::ProbeError;
pub(super) use self::pages::{callback, leave, logged_out};
use crate::invocation::Acr;

/// The path under the platform's address to which the external provider sends citizens back: the client's redirect
/// address there.
pub const CALLBACK_PATH: &str = "/id/callback";
/// The path to which it sends them after a log-out: the client's post-logout redirect address there.
pub const LOGGED_OUT_PATH: &str = "/id/logged-out";

/// The platform's registration at the external provider.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The issuer, letter for letter as its metadata has it.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: SecretString,
    /// The scopes that are asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim with the citizen's FIN, in the ID token or in the answer of userinfo.
    pub fin_claim: String,
    /// The `acr` of a log-in that counts as [`Acr::Substantial`]; every log-in does where it is not given.
    pub acr_substantial: Option<String>,
    /// The `acr` of a log-in that counts as [`Acr::High`]; none does where it is not given.
    pub acr_high: Option<String>,
}

impl Settings {
    /// The values of `acr_values` for a log-in of at least this level: the first is wanted most.
    fn acr_values(&self, least: Acr) -> impl Iterator<Item = &str> {
        let substantial = self.acr_substantial.as_deref().filter(|_| least < Acr::High);
        let high = self.acr_high.as_deref();
        // Without a name for less there is nothing to ask for.
        let high = high.filter(|_| least == Acr::High || substantial.is_some());
        substantial.into_iter().chain(high)
    }

    /// The level of a log-in with this `acr`; `None` where it is not one of those that count.
    fn level(&self, acr: Option<&str>) -> Option<Acr> {
        match acr {
            Some(acr) if self.acr_high.as_deref() == Some(acr) => Some(Acr::High),
            acr if self.acr_substantial.is_none() || self.acr_substantial.as_deref() == acr => {
                Some(Acr::Substantial)
            }
            _ => None,
        }
    }
}

/// The external provider. Clones share it.
#[derive(Clone, Debug)]
pub struct External(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    http: reqwest::Client,
    /// The metadata that was read last.
    known: Mutex<Option<Known>>,
}

impl External {
    /// The external provider of these settings. Nothing is asked of it yet, so that the platform starts while it is
    /// down.
    ///
    /// # Errors
    /// [`CallError::Client`].
    pub fn new(settings: Settings) -> Result<Self, CallError> {
        Ok(Self(Arc::new(Inner {
            settings,
            http: call::client()?,
            known: Mutex::new(None),
        })))
    }
}

/// Why a log-in at the external provider came to nothing.
#[derive(Debug, thiserror::Error)]
enum ExternalError {
    #[error(transparent)]
    Call(#[from] CallError),
    /// Its answer breaks a rule of the protocol: it was tampered with, or it is an old one.
    #[error("the external provider's answer is not acceptable: {0}")]
    Answer(&'static str),
    /// The citizen is not the one that was asked for, or not logged in as was asked for.
    #[error("the log-in at the external provider is not the one that was asked for: {0}")]
    Level(&'static str),
    /// It refused for a reason of its own.
    #[error("the external provider refused the log-in with `{0}`")]
    Refused(String),
}
