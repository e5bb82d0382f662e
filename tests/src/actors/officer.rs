//! An officer or the director of AIM at the staff's pages.

use anyhow::{Context as _, Result, bail};

use super::{STAFF_CODE, STAFF_PASSWORD};
use crate::html::Form;
use crate::http::{Agent, Page};

/// The first officer of a new sandbox.
pub const AYSEL: &str = "aysel@aim.example";
/// The second officer.
pub const RASHAD: &str = "rashad@aim.example";
/// The director.
pub const NIGAR: &str = "nigar@aim.example";

/// The field of the page that asks for a code before a decision.
const STEP_UP_FIELD: &str = "step-up-code";

/// One member of staff, logged in.
#[derive(Clone, Debug)]
pub struct Officer {
    /// Their browser.
    pub agent: Agent,
    platform: String,
    lang: &'static str,
}

impl Officer {
    /// Logs in with the sandbox's password and code.
    ///
    /// # Errors
    /// When the log-in is refused.
    pub async fn log_in(platform: &str, email: &str, lang: &'static str) -> Result<Self> {
        let officer = Self {
            agent: Agent::new(lang)?,
            platform: platform.to_owned(),
            lang,
        };
        let page = officer.page("/staff").await?.ok()?;
        let form = page
            .form_with(&["email", "password", "code"])?
            .fill("email", email)?
            .fill("password", STAFF_PASSWORD)?
            .fill("code", STAFF_CODE)?;
        let queue = officer.agent.submit(&page, &form).await?.ok()?;
        if queue.form_with(&["email", "password"]).is_ok() {
            bail!("`{email}` is not let in: {queue}");
        }
        Ok(officer)
    }

    /// A page of the staff's; `path` begins with `/staff`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn page(&self, path: &str) -> Result<Page> {
        self.agent
            .get(format!("{}/{}{path}", self.platform, self.lang))
            .await
    }

    /// The page of a submission, with its evidence.
    ///
    /// # Errors
    /// When there is no such submission.
    pub async fn submission(&self, id: &str) -> Result<Page> {
        self.page(&format!("/staff/submissions/{id}")).await?.ok()
    }

    /// Says yes, within the limits that the startup asks for. The answer is the submission's page, or
    /// the page that says why not.
    ///
    /// # Errors
    /// When the page offers no approval, or there is no answer.
    pub async fn approve(&self, id: &str) -> Result<Page> {
        self.approve_on(&self.submission(id).await?).await
    }

    /// As [`Officer::approve`], on the page of a submission that was opened before. Verifies the organisation
    /// first where nobody has.
    ///
    /// # Errors
    /// As [`Officer::approve`].
    pub async fn approve_on(&self, page: &Page) -> Result<Page> {
        let verified = self.verify_on(page).await?;
        let page = verified.as_ref().unwrap_or(page);
        let form = Self::approval(page)?;
        self.send(page, &form).await
    }

    /// Verifies the organisation of a submission where nobody has; answers with the submission's page.
    ///
    /// # Errors
    /// When there is no such submission, or the platform refuses.
    pub async fn verify(&self, id: &str) -> Result<Page> {
        let page = self.submission(id).await?;
        Ok(self.verify_on(&page).await?.unwrap_or(page))
    }

    async fn verify_on(&self, page: &Page) -> Result<Option<Page>> {
        let Ok(form) = page.form_to("/verify") else {
            return Ok(None);
        };
        let form = form.fill("evidence", "Extract 1/2026 of the register of companies.")?;
        Ok(Some(self.send(page, &form).await?.ok()?))
    }

    /// The approval form of a page, filled in with everything that the startup asks for.
    ///
    /// # Errors
    /// When the page offers no approval.
    pub fn approval(page: &Page) -> Result<Form> {
        let mut form = page.form_to("/approve").context("no approval is offered")?;
        let document = page.document();
        let limits: Vec<_> = form
            .fields
            .iter()
            .filter_map(|field| {
                let asked = document.text_by_id(&format!("{}-asked", field.name))?;
                Some((field.name.clone(), asked))
            })
            .collect();
        for (name, asked) in limits {
            form = form.fill(&name, &asked)?;
        }
        form.fill("note", "The evidence was read and the limits fit the test.")
    }

    /// Approves an application for a web site; verifies the organisation first where nobody has. The answer is the
    /// application's page.
    ///
    /// # Errors
    /// When the page offers no approval, or the platform refuses.
    pub async fn approve_site(&self, id: &str) -> Result<Page> {
        let mut page = self.page(&format!("/staff/sites/{id}")).await?.ok()?;
        if let Some(verified) = self.verify_on(&page).await? {
            page = verified;
        }
        let form = page.form_to("/approve").context("no approval is offered")?;
        let form = form.fill("grounds", "The site and its organisation were looked at.")?;
        self.send(&page, &form).await?.ok()
    }

    /// Admits an organisation of this name, which asked, as a publisher of open data.
    ///
    /// # Errors
    /// When it did not ask, or the platform refuses.
    pub async fn admit_publisher(&self, name: &str) -> Result<Page> {
        let page = self.page("/staff/publishers").await?.ok()?;
        let (_, rest) = page
            .body
            .split_once(&format!(">{name}</h2>"))
            .with_context(|| format!("`{name}` is not on {page}"))?;
        let action = rest
            .split_once("action=\"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(action, _)| action)
            .context("no form for this organisation")?;
        let form = page
            .form_to(action)?
            .fill("grounds", "Its charter names the register.")?;
        self.send(&page, &form).await?.ok()
    }

    /// Sends a form; gives a code where the last one is too old for a decision, and says yes where the platform
    /// asks whether it is meant so.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(&self, page: &Page, form: &Form) -> Result<Page> {
        let mut answer = self.agent.submit(page, form).await?;
        if let Ok(form) = answer.form_with(&[STEP_UP_FIELD]) {
            let form = form.fill(STEP_UP_FIELD, STAFF_CODE)?;
            answer = self.agent.submit(&answer, &form).await?;
        }
        match answer.form_with(&["confirm"]) {
            Ok(form) => self.agent.submit(&answer, &form).await,
            Err(_) => Ok(answer),
        }
    }

    /// Whether the page of a submission offers this officer an approval.
    ///
    /// # Errors
    /// When there is no such submission.
    pub async fn may_approve(&self, id: &str) -> Result<bool> {
        Ok(self.submission(id).await?.form_to("/approve").is_ok())
    }

    /// As the director: ties somebody of the staff to the organisation with this taxpayer's number.
    ///
    /// # Errors
    /// When there is no such person on the page, or the platform refuses.
    pub async fn tie(&self, email: &str, tax_id: &str) -> Result<Page> {
        let page = self.page("/staff/people").await?.ok()?;
        // Each person's form follows their e-mail address.
        let (_, rest) = page
            .body
            .split_once(&format!("<dd>{email}</dd>"))
            .with_context(|| format!("`{email}` is not on {page}"))?;
        let action = rest
            .split_once("action=\"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .map(|(action, _)| action)
            .context("no form for this person")?;
        let form = page.form_to(action)?.fill("tax_id", tax_id)?;
        self.send(&page, &form).await?.ok()
    }

    /// Stops a service at once, or lets it run again: `suspend`, `resume`, `reject`.
    ///
    /// # Errors
    /// When the page does not offer that, or the platform refuses.
    pub async fn act(&self, id: &str, action: &str) -> Result<Page> {
        let page = self.submission(id).await?;
        let mut form = page.form_to(&format!("/{action}"))?;
        if form.has("reason") {
            form = form.fill("reason", "A test of the emergency stop.")?;
        }
        self.send(&page, &form).await?.ok()
    }
}
