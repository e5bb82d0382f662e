//! A citizen with a browser: logs in, agrees, pays, looks at what was done.

use anyhow::{Context as _, Result, bail};

use super::CODE;
use crate::http::{Agent, Page};

/// The persona whose data is complete.
pub const ORDINARY: &str = "OTEST01";

/// A card that pays.
pub const GOOD_CARD: &str = "4242 4242 4242 4242";
/// A card that is declined.
pub const DECLINED_CARD: &str = "4000 0000 0000 0002";
/// Screens of the platform between a citizen and a service at most.
const SCREENS_MAX: usize = 8;

/// One person.
#[derive(Clone, Debug)]
pub struct Citizen {
    /// Their browser.
    pub agent: Agent,
    /// Their personal identification number.
    pub fin: String,
    platform: String,
    lang: &'static str,
    code: String,
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
            code: CODE.to_owned(),
        })
    }

    /// A citizen with this browser and this one-time code.
    pub fn with(agent: Agent, platform: &str, fin: &str, lang: &'static str, code: &str) -> Self {
        Self {
            agent,
            fin: fin.to_owned(),
            platform: platform.to_owned(),
            lang,
            code: code.to_owned(),
        }
    }

    /// The address of a page of the platform in the citizen's language; `path` begins with `/`.
    pub fn address(&self, path: &str) -> String {
        format!("{}/{}{path}", self.platform, self.lang)
    }

    /// The page at [`Citizen::address`].
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn page(&self, path: &str) -> Result<Page> {
        self.agent.get(self.address(path)).await
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
            .form_with(&["fin", "code"])?
            .fill("fin", &self.fin)?
            .fill("code", &self.code)?
            .press("action", "log-in")?;
        self.agent.submit(page, &form).await
    }

    /// Opens an address, logs in if it leads to the identity provider, joins the service's test, and agrees
    /// to whatever the platform's consent screen asks.
    ///
    /// # Errors
    /// When there is no answer, or the platform asks for ever.
    pub async fn open(&self, url: &str) -> Result<Page> {
        let page = self.agent.get(url).await?;
        self.pass(page).await
    }

    /// Passes the platform's own screens that lead from `page` to the service.
    ///
    /// # Errors
    /// As [`Citizen::open`].
    pub async fn pass(&self, mut page: Page) -> Result<Page> {
        for _ in 0..SCREENS_MAX {
            page = if is_login(&page) {
                self.identify(&page).await?
            } else if is_join(&page) {
                self.join(&page, "join").await?
            } else if is_consent(&page) {
                let next = self.decide(&page, "agree").await?;
                // Data of a special category needs a signature under the agreement.
                if is_signing(&next) {
                    let signed = self.sign(&next).await?;
                    self.agent.follow(&signed, "/consent/").await?
                } else {
                    next
                }
            } else {
                return Ok(page);
            };
        }
        bail!("after {SCREENS_MAX} screens there is still one more: {page}")
    }

    /// Signs on the page of a signing: the page after it.
    ///
    /// # Errors
    /// When `page` is not such a page, or the signature is not made.
    pub async fn sign(&self, page: &Page) -> Result<Page> {
        let form = page.form_to("/device")?;
        let device = self.agent.submit(page, &form).await?.ok()?;
        let code = device.document().text_of("output").context("no code is shown")?;
        let form = device.form_to("/choice")?.press("choice", &code)?;
        self.agent.submit(&device, &form).await?.ok()
    }

    /// Answers the question whether to take part in a service's test: `join` or `not-now`.
    ///
    /// # Errors
    /// When `page` does not ask that, or there is no answer.
    pub async fn join(&self, page: &Page, decision: &str) -> Result<Page> {
        let form = page.form_to("/enter")?.press("decision", decision)?;
        self.agent.submit(page, &form).await
    }

    /// Answers the first question of the consent screen: `agree` or `refuse`.
    ///
    /// # Errors
    /// When `page` is not that screen, or there is no answer.
    pub async fn decide(&self, page: &Page, decision: &str) -> Result<Page> {
        let form = page
            .form_with(&["agreement", "decision"])?
            .press("decision", decision)?;
        self.agent.submit(page, &form).await
    }

    /// Pays on the platform's page with a card of the sandbox.
    ///
    /// # Errors
    /// When `page` is not the pay page, or there is no answer.
    pub async fn pay(&self, page: &Page, card: &str) -> Result<Page> {
        let form = page
            .form_with(&["card-number", "cvc"])?
            .fill("card-number", card)?
            .fill("expiry-month", "12")?
            .fill("expiry-year", "2030")?
            .fill("cvc", "123")?;
        self.agent.submit(page, &form).await
    }

    /// Changes the citizen's consent to a service: `pause` or `resume`.
    ///
    /// # Errors
    /// When there is no such consent, or no answer.
    pub async fn change_consent(&self, change: &str) -> Result<Page> {
        let page = self.page("/my/consents").await?.ok()?;
        let form = page
            .document()
            .forms()
            .into_iter()
            .find_map(|form| form.press("change", change).ok())
            .with_context(|| format!("no button to {change} on {page}"))?;
        self.agent.submit(&page, &form).await
    }

    /// Revokes the citizen's consent to a service, and confirms it.
    ///
    /// # Errors
    /// When there is no such consent, or no answer.
    pub async fn revoke_consent(&self) -> Result<Page> {
        let page = self.page("/my/consents").await?.ok()?;
        let asked = self.agent.follow(&page, "/revoke").await?.ok()?;
        let form = asked.form_to("/my/consents/")?;
        self.agent.submit(&asked, &form).await
    }

    /// Leaves the test of a service, and confirms it.
    ///
    /// # Errors
    /// When the citizen does not take part in it, or there is no answer.
    pub async fn leave(&self, service: &str) -> Result<Page> {
        let page = self.page("/my/consents").await?.ok()?;
        let place = format!("/my/tests/{service}/leave");
        let asked = self.agent.follow(&page, &place).await?.ok()?;
        let form = asked.form_to(&place)?;
        self.agent.submit(&asked, &form).await
    }
}

/// Whether this is the identity provider's log-in.
pub fn is_login(page: &Page) -> bool {
    page.form_with(&["fin", "code"]).is_ok()
}

/// Whether this asks the citizen to take part in a service's test.
pub fn is_join(page: &Page) -> bool {
    page.form_to("/enter").is_ok()
}

/// Whether this page has something to sign.
pub fn is_signing(page: &Page) -> bool {
    page.form_to("/device").is_ok()
}

/// Whether this is the consent screen.
pub fn is_consent(page: &Page) -> bool {
    page.form_with(&["agreement", "decision"]).is_ok()
}
