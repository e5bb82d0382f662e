//! The whole platform under measurement: the samples and the probe on it, and a citizen at the probe.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::cookie::CookieStore as _;
use tokio::time::{Instant, sleep};

use super::{engine, neighbours};
use crate::actors::citizen::{Citizen, ORDINARY};
use crate::actors::developer::{Developer, ELCHIN, STARTUP, TAX_ID};
use crate::guests;
use crate::instance::{Instance, Start};
use crate::pipeline::Panel;

/// How often the platform is asked whether vetting is over.
const POLL: Duration = Duration::from_millis(20);

/// A platform with everything that `bench` asks.
#[derive(Debug)]
pub struct Scene {
    /// The platform.
    pub platform: Instance,
    /// The component of `hello-wasi-http`.
    pub wasi_http: std::path::PathBuf,
    /// The component of `hello`.
    pub handler: std::path::PathBuf,
    citizen: Citizen,
    developer: Developer,
    panel: Panel,
}

impl Scene {
    /// Builds the components, starts a platform and deploys them on it.
    ///
    /// # Errors
    /// When any of it fails.
    pub async fn start(platform: Start) -> Result<Self> {
        let mut built = Vec::new();
        for folder in [
            guests::sample("hello"),
            guests::sample("hello-wasi-http"),
            guests::guest("probe"),
        ] {
            let component = guests::build(&folder).await?;
            built.push((folder, component));
        }
        let platform = Instance::start_with(platform).await?;
        let developer = Developer::start(&platform.url, ELCHIN, STARTUP, TAX_ID).await?;
        let panel = Panel::log_in(&platform.url).await?;
        for (folder, component) in &built {
            let id = developer.publish(folder, Some(component)).await?;
            panel.approve(&developer, &id).await?;
        }
        let greedy = manifest("greedy", "1.0.0", "");
        let id = developer.publish_bytes(&greedy, &neighbours::greedy()?).await?;
        panel.approve(&developer, &id).await?;
        let citizen = Citizen::new(&platform.url, ORDINARY, "az")?;
        let page = citizen
            .open(&format!("{}/enter", platform.origin("probe")))
            .await?;
        ensure!(
            page.body.starts_with("ok "),
            "the probe does not let the citizen in: {page}"
        );
        let component = |at: usize| built.get(at).map(|(_, file)| file.clone()).unwrap_or_default();
        Ok(Self {
            wasi_http: component(1),
            handler: component(0),
            platform,
            citizen,
            developer,
            panel,
        })
    }

    /// How long the probe takes for one request of this path, log-in included.
    ///
    /// # Errors
    /// When it does not answer `ok`.
    pub async fn time(&self, path: &str) -> Result<Duration> {
        let url = format!("{}{path}", self.platform.origin("probe"));
        let begin = Instant::now();
        let page = self.citizen.agent.get_still(url).await?;
        let time = begin.elapsed();
        ensure!(page.body.starts_with("ok"), "{path}: {page}");
        Ok(time)
    }

    /// The `Cookie` header of the citizen at the probe.
    ///
    /// # Errors
    /// When the citizen has none.
    pub fn cookie(&self) -> Result<String> {
        let url = self.platform.origin("probe").parse()?;
        let cookies = self.citizen.agent.cookies().cookies(&url);
        let cookies = cookies
            .as_ref()
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        ensure!(!cookies.is_empty(), "the citizen has no cookie at the probe");
        Ok(cookies.to_owned())
    }

    /// What `service` answers on `/`.
    ///
    /// # Errors
    /// When it does not.
    pub async fn page(&self, service: &str) -> Result<Bytes> {
        let response = crate::http::plain()?
            .get(self.platform.origin(service))
            .send()
            .await?;
        ensure!(
            response.status().is_success(),
            "{service} answers {}",
            response.status()
        );
        Ok(response.bytes().await?)
    }

    /// From the announcement of a new service to its first answer: upload, vetting with its smoke run,
    /// two approvals by people who need no time, deployment.
    ///
    /// # Errors
    /// When the platform refuses it.
    pub async fn time_publication(&self, number: u32) -> Result<Duration> {
        let component = engine::variant(
            &engine::read(&self.handler)?,
            1_000_000 + usize::try_from(number)?,
        );
        let name = format!("bench-{number}");
        let begin = Instant::now();
        let id = vet(&self.developer, &manifest(&name, "1.0.0", ""), &component).await?;
        self.panel.approve(&self.developer, &id).await?;
        self.page(&name).await?;
        Ok(begin.elapsed())
    }

    /// The citizen who is logged in at the probe.
    pub fn citizen(&self) -> &Citizen {
        &self.citizen
    }

    /// Deploys a component of JavaScript or Python under this name.
    ///
    /// # Errors
    /// When the platform refuses it.
    pub async fn publish_interpreter(&self, name: &str, component: &Path) -> Result<()> {
        let manifest = manifest(name, "1.0.0", INTERPRETER) + "[limits]\ncalls-per-minute = 1000000\n";
        let id = self
            .developer
            .publish_bytes(&manifest, &engine::read(component)?)
            .await?;
        self.panel.approve(&self.developer, &id).await
    }

    /// Who uploads large components.
    pub fn publisher(&self) -> Publisher {
        Publisher {
            developer: self.developer.clone(),
        }
    }
}

/// A developer whose large component is vetted again and again.
#[derive(Debug)]
pub struct Publisher {
    developer: Developer,
}

impl Publisher {
    /// Uploads `component`, slightly changed, as a version that nobody will approve, and waits until it is vetted.
    ///
    /// # Errors
    /// When the platform refuses it.
    pub async fn vet(&self, component: &[u8]) -> Result<()> {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let component = engine::variant(component, 2_000_000 + number);
        vet(
            &self.developer,
            &manifest("bench-large", &format!("1.0.{number}"), INTERPRETER),
            &component,
        )
        .await?;
        Ok(())
    }
}

/// Announces and uploads a component, and waits until vetting has passed it. Answers with the submission's id.
async fn vet(developer: &Developer, manifest: &str, component: &[u8]) -> Result<String> {
    let announced = developer.announce(manifest, component).await?;
    ensure!(announced.status == StatusCode::CREATED, "{}", announced.body);
    let uploaded = developer
        .upload(announced.text("upload"), component.to_vec())
        .await?;
    ensure!(uploaded.status == StatusCode::ACCEPTED, "{}", uploaded.body);
    let id = announced.text("id");
    loop {
        let submission = developer.submission(id).await?;
        match submission.text("state") {
            "draft" | "vetting" => sleep(POLL).await,
            "vetted" => return Ok(id.to_owned()),
            other => anyhow::bail!("vetting ended with {other}: {}", submission.body),
        }
    }
}

/// What the interpreters of JavaScript and Python import, and the world of the services in them.
const INTERPRETER: &str = r#""open-data", "clock", "random""#;

/// The manifest of a service that declares `capabilities`, a list as in TOML.
fn manifest(name: &str, version: &str, capabilities: &str) -> String {
    format!(
        "name = \"{name}\"\nversion = \"{version}\"\ncontact = \"help@bench.example\"\n\
         capabilities = [{capabilities}]\n\
         [title]\naz = \"Ölçü {name}\"\n[summary]\naz = \"Ölçmək üçün\"\n"
    )
}
