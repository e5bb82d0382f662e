//! A citizen with a browser: logs in, agrees, pays, looks at what was done.

use anyhow::{Context as _, Result};

use super::CODE;
use crate::http::{Agent, Page};

/// The persona whose data is complete.
pub const ORDINARY: &str = "OTEST01";

/// One person.
#[derive(Clone, Debug)]
pub struct Citizen {
    /// Their browser.
    pub agent: Agent,
    /// Their personal identification number.
    pub fin: String,
    platform: String,
    lang: &'static str,
}

impl Citizen {
    /// A citizen who has not logged in yet, and reads `az` or `en`.
    ///
    /// # Errors
    /// When the browser does not start.
    pub fn new(platform: &str, fin: &str, lang: &'static str) -> Result<Self> {
        Ok(Self {
            agent: Agent::new(lang)?,
            fin: fin.to_owned(),
            platform: platform.to_owned(),
            lang,
        })
    }

    /// A page of the platform in the citizen's language; `path` begins with `/`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn page(&self, path: &str) -> Result<Page> {
        self.agent
            .get(format!("{}/{}{path}", self.platform, self.lang))
            .await
    }

    /// Logs in at the platform.
    ///
    /// # Errors
    /// When the identity provider does not let the citizen in.
    pub async fn log_in(&self) -> Result<Page> {
        let page = self.page("/login").await?.ok()?;
        self.identify(&page).await
    }

    /// Fills in the identity provider's page.
    ///
    /// # Errors
    /// When `page` is not that page, or the log-in fails.
    pub async fn identify(&self, page: &Page) -> Result<Page> {
        let form = page
            .form_with(&["persona", "code"])?
            .fill("persona", &self.fin)?
            .fill("code", CODE)?
            .press("action", "log-in")?;
        self.agent.submit(page, &form).await
    }

    /// Opens an address, and logs in if it leads to the identity provider.
    ///
    /// # Errors
    /// When there is no answer, or the log-in fails.
    pub async fn open(&self, url: &str) -> Result<Page> {
        let page = self.agent.get(url).await?;
        if page.form_with(&["persona", "code"]).is_ok() {
            self.identify(&page).await
        } else {
            Ok(page)
        }
    }

    /// Presses the first button of a form sent to an address containing `part`.
    ///
    /// # Errors
    /// When there is no such form, or no answer.
    pub async fn send(&self, page: &Page, part: &str) -> Result<Page> {
        let form = page
            .form_to(part)
            .with_context(|| format!("citizen {} at {page}", self.fin))?;
        self.agent.submit(page, &form).await
    }
}
