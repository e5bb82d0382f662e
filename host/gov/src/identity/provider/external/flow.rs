//! A log-in under way at the external provider.

use openidconnect::{Nonce, PkceCodeVerifier};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::super::REQUEST_MS;
use super::super::request::AuthRequest;
use crate::clock::Timestamp;
use crate::mac::MacKey;
use crate::platform::Platform;
use crate::sealing::SealingKey;

/// Keeps flows apart from other sealed tokens.
const SEALED: &str = "external log-in";
/// The same for the address to go on to after a log-out.
const LOGGED_OUT: &str = "external log-out";

/// The keys of log-ins under way. Clones share them.
#[derive(Clone, Debug)]
pub(in crate::identity::provider) struct FlowKeys {
    sealing: SealingKey,
    derived: MacKey,
}

/// A log-in under way. It travels in `state`, so that nothing is stored for a visitor who has not logged in, and it is
/// encrypted: the external provider does not learn which service or web site the citizen wants to use. Nonce and code
/// verifier are derived from `state`.
#[derive(Debug, serde::Deserialize, serde::Serialize)]
pub(super) struct Flow {
    pub(super) request: AuthRequest,
    /// Hash of the value in the browser's cookie: the answer is good in that browser alone.
    browser: String,
    expires: Timestamp,
}

/// A value that cannot be sealed.
#[derive(Debug, thiserror::Error)]
#[error("a log-in cannot be sealed")]
pub(super) struct NotSealed;

impl FlowKeys {
    /// The keys that are derived from this secret of the platform's.
    pub(in crate::identity::provider) fn of(secret: &SecretString) -> Option<Self> {
        let key = Sha256::digest(secret.expose_secret().as_bytes());
        Some(Self {
            sealing: SealingKey::of(&key.into()).ok()?,
            derived: MacKey::new(secret),
        })
    }

    fn seal<T: serde::Serialize>(
        &self,
        platform: &Platform,
        name: &str,
        value: &T,
    ) -> Result<String, NotSealed> {
        let text = serde_json::to_string(value).map_err(|_| NotSealed)?;
        let sealed = self.sealing.seal(&platform.random, name, &text);
        sealed.map_err(|_| NotSealed)
    }

    fn open<T: serde::de::DeserializeOwned>(&self, name: &str, sealed: &str) -> Option<T> {
        let text = self.sealing.unseal(name, sealed).ok()?;
        serde_json::from_str(text.expose_secret()).ok()
    }

    /// The `state` of a log-in for this request in the browser whose value has this hash, good for [`REQUEST_MS`].
    pub(super) fn state(
        &self,
        platform: &Platform,
        request: &AuthRequest,
        browser: String,
    ) -> Result<String, NotSealed> {
        let flow = Flow {
            request: request.clone(),
            browser,
            expires: platform.clock.now().plus_ms(REQUEST_MS),
        };
        self.seal(platform, SEALED, &flow)
    }

    /// The flow of a `state` that was made here; its time may be over, and its browser another one.
    pub(super) fn flow(&self, state: &str) -> Option<Flow> {
        self.open(SEALED, state)
    }

    /// The `state` of a log-out that leads on to this address.
    pub(super) fn log_out(&self, platform: &Platform, address: &str) -> Result<String, NotSealed> {
        self.seal(platform, LOGGED_OUT, &address)
    }

    /// The address of a log-out's `state` that was made here.
    pub(super) fn address(&self, state: &str) -> Option<String> {
        self.open(LOGGED_OUT, state)
    }

    /// RFC 7636, 4.1: 64 characters.
    pub(super) fn verifier(&self, state: &str) -> PkceCodeVerifier {
        PkceCodeVerifier::new(self.derived.code("external log-in verifier", &[state]))
    }

    pub(super) fn nonce(&self, state: &str) -> Nonce {
        Nonce::new(self.derived.code("external log-in nonce", &[state]))
    }
}

impl Flow {
    /// Whether the flow began in the browser whose value has this hash.
    pub(super) fn is_of(&self, browser: Option<&str>) -> bool {
        browser.is_some_and(|browser| bool::from(browser.as_bytes().ct_eq(self.browser.as_bytes())))
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires
    }
}
