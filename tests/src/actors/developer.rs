//! A startup's developer: a citizen with an organisation, an API token and the `aim` command.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Context as _, Result, bail};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::process::Command;

use super::citizen::Citizen;
use crate::{guests, http, paths};

/// The persona of the first startup's developer.
pub const ELCHIN: &str = "OTEST02";
/// The first startup.
pub const STARTUP: &str = "Xəzər Startap MMC";
/// The first startup's taxpayer's number.
pub const TAX_ID: &str = "1400000001";

/// What the token of a developer at work is called, and how long it lasts.
const LAPTOP: (&str, &str) = ("laptop", "30d");
/// Valid tokens of one organisation at most.
const TOKENS_MAX: usize = 20;

/// One developer, with a token.
#[derive(Clone, Debug)]
pub struct Developer {
    /// Who they are as a citizen.
    pub citizen: Citizen,
    /// The API token.
    pub token: String,
    platform: String,
    client: reqwest::Client,
}

/// What the registry's API answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The JSON, or null.
    pub body: Value,
}

impl Answer {
    /// The stable code of a refusal, or an empty text.
    pub fn code(&self) -> &str {
        self.text("code")
    }

    /// A text of the answer, or an empty one.
    pub fn text(&self, name: &str) -> &str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Developer {
    /// Logs in, registers the organisation unless the developer has one, and makes a token.
    ///
    /// # Errors
    /// When a page refuses.
    pub async fn start(platform: &str, fin: &str, organisation: &str, tax_id: &str) -> Result<Self> {
        Self::start_with(platform, fin, organisation, tax_id, LAPTOP).await
    }

    /// As [`Developer::start`], with a token of this label and lifetime (`15m`, `1d`, `30d` or `90d`).
    ///
    /// # Errors
    /// When a page refuses.
    pub async fn start_with(
        platform: &str,
        fin: &str,
        organisation: &str,
        tax_id: &str,
        (label, lifetime): (&str, &str),
    ) -> Result<Self> {
        let citizen = Citizen::new(platform, fin, "en")?;
        citizen.log_in().await?.ok()?;
        let page = citizen.page("/developers").await?.ok()?;
        let page = match page.form_with(&["name", "tax_id"]) {
            Ok(form) => {
                let form = form.fill("name", organisation)?.fill("tax_id", tax_id)?;
                citizen.agent.submit(&page, &form).await?.ok()?
            }
            Err(_) => page,
        };
        // Valid tokens have labels of their own: a second laptop is called "laptop 2".
        let document = page.document();
        let free = |label: &String| {
            let opens = |id: String| {
                let revoke = format!("/tokens/{id}/revoke");
                document.link(&revoke).is_some()
            };
            !document.ids_of("th", label).into_iter().any(opens)
        };
        let label = std::iter::once(label.to_owned())
            .chain((2..=TOKENS_MAX).map(|number| format!("{label} {number}")))
            .find(free)
            .context("every label is taken")?;
        let form = page
            .form_with(&["label", "lifetime"])?
            .fill("label", &label)?
            .fill("lifetime", lifetime)?;
        let page = citizen.agent.submit(&page, &form).await?;
        let token = page
            .document()
            .text_of("output")
            .with_context(|| format!("no token on {page}"))?;
        Ok(Self {
            citizen,
            token,
            platform: platform.to_owned(),
            client: http::plain()?,
        })
    }

    /// Asks for the right to publish open data.
    ///
    /// # Errors
    /// When the page refuses.
    pub async fn ask_to_publish(&self) -> Result<()> {
        let page = self.citizen.page("/developers/open-data").await?.ok()?;
        let form = page.form_to("/open-data/ask")?;
        self.citizen.agent.submit(&page, &form).await?.ok()?;
        Ok(())
    }

    /// The same developer with the same token, after the platform moved to this address.
    #[must_use]
    pub fn at_platform(self, platform: &str) -> Self {
        Self {
            platform: platform.to_owned(),
            ..self
        }
    }

    /// The token of the registry's API.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Ends every token of this developer's organisation that bears this label and still opens something.
    ///
    /// # Errors
    /// When a page refuses.
    pub async fn revoke_tokens(&self, label: &str) -> Result<()> {
        let page = self.citizen.page("/developers").await?.ok()?;
        let document = page.document();
        let numbered = (2..=TOKENS_MAX).map(|number| format!("{label} {number}"));
        let labels = std::iter::once(label.to_owned()).chain(numbered);
        for id in labels.flat_map(|label| document.ids_of("th", &label)) {
            let revoke = format!("/tokens/{id}/revoke");
            if document.link(&revoke).is_some() {
                let asked = self.citizen.agent.follow(&page, &revoke).await?.ok()?;
                let form = asked.form_to(&revoke)?;
                self.citizen.agent.submit(&asked, &form).await?.ok()?;
            }
        }
        Ok(())
    }

    /// Takes a version back.
    ///
    /// # Errors
    /// When the page does not offer that, or the platform refuses.
    pub async fn withdraw(&self, id: &str) -> Result<()> {
        let path = format!("/developers/submissions/{id}/withdraw");
        let asked = self.citizen.page(&path).await?.ok()?;
        let form = asked.form_to("/withdraw")?;
        self.citizen.agent.submit(&asked, &form).await?.ok()?;
        Ok(())
    }

    /// Runs the `aim` command with this developer's token.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn aim(&self, arguments: &[&str]) -> Result<Output> {
        Ok(Command::new(paths::aim()?)
            .args(arguments)
            .env("AIM_REGISTRY", &self.platform)
            .env("AIM_TOKEN", &self.token)
            .env("CARGO_TARGET_DIR", guests::target()?)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await?)
    }

    /// `aim publish FOLDER --wait`; answers with the submission's id once vetting passed.
    ///
    /// # Errors
    /// With the command's words when it fails.
    pub async fn publish(&self, folder: &Path, component: Option<&Path>) -> Result<String> {
        let folder = folder.display().to_string();
        let component = component.map(|path| path.display().to_string());
        let mut arguments = vec!["publish", folder.as_str(), "--wait"];
        if let Some(component) = &component {
            arguments.extend(["--component", component.as_str()]);
        }
        let output = self.aim(&arguments).await?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!(
                "`aim publish {folder}` failed: {said}{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        said.lines()
            .find_map(|line| line.trim().strip_prefix("submission"))
            .map(|id| id.trim().to_owned())
            .with_context(|| format!("`aim publish` names no submission: {said}"))
    }

    /// Publishes a component that was made on the spot.
    ///
    /// # Errors
    /// As [`Developer::publish`].
    pub async fn publish_bytes(&self, manifest: &str, component: &[u8]) -> Result<String> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("aim.toml"), manifest)?;
        let file: PathBuf = folder.path().join("component.wasm");
        std::fs::write(&file, component)?;
        self.publish(folder.path(), Some(&file)).await
    }

    /// Announces a version to the registry's API.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn announce(&self, manifest: &str, component: &[u8]) -> Result<Answer> {
        let announcement = json!({
            "manifest": manifest,
            "component_sha256": hex::encode(Sha256::digest(component)),
            "component_bytes": component.len(),
        });
        self.ask(
            self.client
                .post(self.at("/api/v1/submissions"))
                .json(&announcement),
        )
        .await
    }

    /// Sends the bytes of an announced version.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn upload(&self, path: &str, component: Vec<u8>) -> Result<Answer> {
        self.ask(self.client.put(self.at(path)).body(component)).await
    }

    /// A submission of this developer's organisation.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn submission(&self, id: &str) -> Result<Answer> {
        self.ask(self.client.get(self.at(&format!("/api/v1/submissions/{id}"))))
            .await
    }

    /// A service of this developer's organisation.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn service(&self, name: &str) -> Result<Answer> {
        self.ask(self.client.get(self.at(&format!("/api/v1/services/{name}"))))
            .await
    }

    /// Applies for a web site of this developer's organisation; answers with the application.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn apply_for_site(&self, site: &serde_json::Value) -> Result<Answer> {
        self.ask(self.client.post(self.at("/api/v1/sites")).json(site))
            .await
    }

    /// Makes the secret of a web site that is in force.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn site_secret(&self, application: &str) -> Result<Answer> {
        let path = format!("/api/v1/sites/{application}/secret");
        self.ask(self.client.post(self.at(&path))).await
    }

    /// Asks the API about test spaces; `path` comes after `/api/v1/spaces`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn spaces(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        let request = self
            .client
            .request(method, self.at(&format!("/api/v1/spaces{path}")));
        self.ask(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.platform)
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Answer> {
        let response = request.bearer_auth(&self.token).send().await?;
        let status = response.status();
        let text = response.text().await?;
        Ok(Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        })
    }
}
