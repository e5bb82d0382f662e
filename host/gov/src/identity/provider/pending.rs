//! An authorization request whose citizen is at the log-in page.

use super::request::AuthRequest;
use super::{Provider, REQUEST_MS};
use crate::clock::Timestamp;
use crate::text::Locale;

/// Keeps tokens of the log-in page apart from other ones.
const SEALED: &str = "authorization request";

/// A request at the log-in page. It travels in the page's address, so that nothing is written for somebody
/// who has not proved who they are.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Pending {
    pub(super) request: AuthRequest,
    expires: Timestamp,
}

impl Pending {
    /// The token of this request, good for [`REQUEST_MS`].
    pub(super) fn seal(provider: &Provider, request: &AuthRequest) -> Result<String, serde_json::Error> {
        let pending = Self {
            request: request.clone(),
            expires: provider.0.identity.platform().clock.now().plus_ms(REQUEST_MS),
        };
        provider.0.request_key.seal(SEALED, &pending)
    }

    /// The request of a token that this provider made; its time may be over.
    pub(super) fn open(provider: &Provider, token: &str) -> Option<Self> {
        provider.0.request_key.open(SEALED, token)
    }

    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires
    }
}

/// The address of the log-in page for the request in this token.
pub(super) fn address(lang: Locale, token: &str) -> String {
    format!("/{lang}/id/login?request={token}")
}
