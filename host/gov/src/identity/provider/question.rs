//! The question whether a web site may learn who a citizen is, on its way to the page that asks it.

use super::request::AuthRequest;
use super::store::Login;
use super::{Provider, REQUEST_MS};
use crate::clock::Timestamp;
use crate::identity::sites::Site;

/// Keeps tokens of the question apart from other ones.
const SEALED: &str = "site agreement";

/// What the page asks, bound to the log-in that it asks. It travels in the page's address, as the request before it.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Question {
    pub(super) request: AuthRequest,
    /// The citizen's name at the site.
    sub: String,
    /// The log-in.
    auth_time: Timestamp,
    /// What the page says of the site; other terms are a new question.
    pub(super) terms: String,
    expires: Timestamp,
}

impl Question {
    /// The address of the page that asks the citizen of this log-in.
    pub(super) fn address(
        provider: &Provider,
        request: &AuthRequest,
        site: &Site,
        login: &Login,
    ) -> Result<String, serde_json::Error> {
        let identity = &provider.0.identity;
        let question = Self {
            request: request.clone(),
            sub: identity.client_sub(&site.sector(), &login.fin),
            auth_time: login.auth_time,
            terms: site.content.terms()?,
            expires: identity.platform().clock.now().plus_ms(REQUEST_MS),
        };
        let token = provider.0.request_key.seal(SEALED, &question)?;
        Ok(format!("/{}/id/agree?request={token}", request.lang))
    }

    /// The question of a token that this provider made; its time may be over.
    pub(super) fn open(provider: &Provider, token: &str) -> Option<Self> {
        provider.0.request_key.open(SEALED, token)
    }

    /// Whether the question is for the citizen of this log-in, and still good.
    pub(super) fn is_about(&self, provider: &Provider, site: &Site, login: &Login) -> bool {
        let identity = &provider.0.identity;
        login.auth_time == self.auth_time
            && identity.platform().clock.now() < self.expires
            && identity.client_sub(&site.sector(), &login.fin) == self.sub
    }
}
