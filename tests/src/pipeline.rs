//! From a component to a service that citizens can open: publish, vet, two approvals.

use anyhow::{Result, bail};

use crate::actors::developer::Developer;
use crate::actors::officer::{AYSEL, Officer, RASHAD};

/// The two officers of a new sandbox.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Who looks first.
    pub first: Officer,
    /// Who looks second.
    pub second: Officer,
}

impl Panel {
    /// Logs both in.
    ///
    /// # Errors
    /// When the log-in is refused.
    pub async fn log_in(platform: &str) -> Result<Self> {
        Ok(Self {
            first: Officer::log_in(platform, AYSEL, "en").await?,
            second: Officer::log_in(platform, RASHAD, "az").await?,
        })
    }

    /// Both approve an application for a web site, which brings it into force.
    ///
    /// # Errors
    /// When the platform refuses.
    pub async fn approve_site(&self, application: &str) -> Result<()> {
        for officer in [&self.first, &self.second] {
            officer.approve_site(application).await?;
        }
        Ok(())
    }

    /// Whoever has not decided yet says yes, which deploys the submission. It may be anywhere between
    /// vetting and deployment: an earlier run may have ended in between.
    ///
    /// # Errors
    /// When the platform refuses, or the submission is not deployed afterwards.
    pub async fn approve(&self, developer: &Developer, id: &str) -> Result<()> {
        for officer in [&self.first, &self.second] {
            let page = officer.verify(id).await?;
            if page.form_to("/approve").is_ok() {
                officer.approve_on(&page).await?.ok()?;
            }
        }
        let mut state = developer.submission(id).await?;
        if state.text("state") == "approved" {
            self.first.act(id, "deploy").await?;
            state = developer.submission(id).await?;
        }
        if state.text("state") == "deployed" {
            Ok(())
        } else {
            bail!("after two approvals the submission is {}", state.body)
        }
    }
}
