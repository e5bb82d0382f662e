//! Who may send citizens to the provider.

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// A registered relying party.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    pub secret: SecretString,
    /// Where citizens may be sent back to, each compared character by character.
    pub redirect_uris: Vec<String>,
    /// Where citizens may be sent after a log-out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Clients of one sector know a citizen by the same `sub`.
    pub sector: String,
}

impl Client {
    /// Whether this is the client's secret; the time it takes tells nothing.
    pub(super) fn has_secret(&self, secret: &str) -> bool {
        let ours = Sha256::digest(self.secret.expose_secret().as_bytes());
        let theirs = Sha256::digest(secret.as_bytes());
        bool::from(ours.as_slice().ct_eq(theirs.as_slice()))
    }
}
