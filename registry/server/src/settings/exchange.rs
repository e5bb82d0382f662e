//! The exchange with agencies: simulated, or behind a security server.

use url::Url;

use super::Exchange;
use super::components::{is_endpoint, is_this_machine};
use super::finding::Problem;
use super::resolve::Resolver;
use crate::profile::Profile;

const KEY: &str = "exchange.url";

impl Resolver<'_> {
    pub(super) fn exchange(&mut self, settings: &Exchange, profile: Profile) -> Option<Url> {
        let text = settings.url.as_deref().filter(|text| !text.is_empty())?;
        let url = Url::parse(text).ok().filter(is_endpoint);
        let url = self.ok(KEY, url.ok_or(Problem::SecurityServer))?;
        if url.scheme() == "http" && profile == Profile::Public && !is_this_machine(&url) {
            self.found(KEY, Problem::PlainSecurityServer);
        }
        Some(url)
    }
}
