//! A client for the part of the registry's API that a developer's commands use.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use url::Url;

use crate::failure::{Blame, Failure};
use crate::login_file::{Login, is_loopback};

/// Limit for establishing a connection.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// Limit for an ordinary answer.
const ANSWER_MAX: Duration = Duration::from_secs(60);
/// Limit for an upload, which must suffice for the largest component on a slow line. A little longer than the
/// registry itself waits, so that its answer is received.
const UPLOAD_MAX: Duration = Duration::from_secs(330);

/// The registry, with the token of a developer.
#[derive(Debug)]
pub struct Api {
    login: Login,
    client: Client,
}

/// The owner of a token.
#[derive(Debug, Deserialize)]
pub struct WhoAmI {
    /// The organisation's name.
    pub organisation: String,
    /// The label of the token.
    pub token: String,
    /// When it expires, as RFC 3339.
    pub expires_at: String,
}

/// When a token was revoked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Revoked {
    /// By this request.
    Now,
    /// Before it, or the token had expired.
    Before,
}

/// A submission that was announced, now or earlier.
#[derive(Debug, Deserialize)]
pub struct Announced {
    /// The id of the submission.
    pub id: String,
    /// The state: `draft` waits for the component.
    pub state: String,
    /// The path to upload the component to.
    pub upload: String,
    /// When it was first announced, as RFC 3339.
    pub created_at: String,
    /// Whether an officer has verified the organisation.
    pub organisation_verified: bool,
}

impl Announced {
    /// The day of the first announcement: `2026-11-25`.
    pub fn day(&self) -> &str {
        self.created_at.split('T').next().unwrap_or_default()
    }
}

/// Problem details (RFC 9457).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    code: Option<String>,
    title: Option<String>,
    detail: Option<String>,
    errors: Vec<FieldError>,
}

/// A wrong field of the manifest.
#[derive(Debug, Deserialize)]
struct FieldError {
    field: String,
    message: String,
}

impl Api {
    /// A client for the registry of `login`.
    ///
    /// # Errors
    /// When the machine's TLS cannot be set up.
    pub fn new(login: Login) -> Result<Self, Failure> {
        let mut client = Client::builder()
            .user_agent(concat!("aim/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_MAX)
            .timeout(ANSWER_MAX);
        if is_loopback(&login.registry) {
            // A proxy from the environment would see the token in clear text, and could not reach this machine
            // anyway.
            client = client.no_proxy();
        }
        let client = client
            .build()
            .map_err(Failure::unexpected("the HTTP client does not start"))?;
        Ok(Self { login, client })
    }

    fn at(&self, path: &str) -> Result<Url, Failure> {
        self.login.registry.join(path).map_err(Failure::caused(
            Blame::Registry,
            format!("the registry gave an unusable path, `{path}`"),
        ))
    }

    /// Requests `path`, whose answer is JSON.
    ///
    /// # Errors
    /// When the registry cannot be reached, refuses or fails.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let response = self.send(self.request(Method::GET, path)?).await?;
        self.read(response).await
    }

    /// As [`Api::get`]; `None` if the registry answers 404.
    ///
    /// # Errors
    /// As [`Api::get`].
    pub async fn find<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Failure> {
        let response = self.exchange(self.request(Method::GET, path)?).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        self.read(accepted(response).await?).await.map(Some)
    }

    /// The owner of the token.
    ///
    /// # Errors
    /// As [`Api::get`].
    pub async fn whoami(&self) -> Result<WhoAmI, Failure> {
        self.get("/api/v1/whoami").await
    }

    /// Revokes the token.
    ///
    /// # Errors
    /// When the registry cannot be reached, or fails.
    pub async fn revoke(&self) -> Result<Revoked, Failure> {
        let response = self
            .exchange(self.request(Method::DELETE, "/api/v1/token")?)
            .await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            return Ok(Revoked::Before);
        }
        accepted(response).await.map(|_| Revoked::Now)
    }

    /// Announces a component. Repeating the same announcement returns the same submission.
    ///
    /// # Errors
    /// As [`Api::get`]; the registry refuses a manifest that breaks a rule.
    pub async fn announce(&self, manifest: &str, sha256: &str, bytes: u64) -> Result<Announced, Failure> {
        let body = json!({ "manifest": manifest, "component_sha256": sha256, "component_bytes": bytes });
        let response = self
            .send(self.request(Method::POST, "/api/v1/submissions")?.json(&body))
            .await?;
        self.read(response).await
    }

    /// Uploads the component.
    ///
    /// # Errors
    /// As [`Api::get`]; the registry refuses bytes that differ from the announcement.
    pub async fn upload(&self, path: &str, component: Vec<u8>) -> Result<(), Failure> {
        let request = self.request(Method::PUT, path)?.timeout(UPLOAD_MAX);
        self.send(request.header("content-type", "application/wasm").body(component))
            .await
            .map(drop)
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Failure> {
        let url = self.at(path)?;
        // The path comes from the registry's answer; the token must not follow it to another site.
        if url.origin() != self.login.registry.origin() {
            return Err(Failure::new(
                Blame::Registry,
                format!("the registry redirected to another site, `{url}`"),
            ));
        }
        Ok(self.client.request(method, url).bearer_auth(&self.login.token))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        accepted(self.exchange(request).await?).await
    }

    async fn exchange(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let registry = self.login.registry.as_str();
        request.send().await.map_err(|error| {
            Failure::caused(
                Blame::Registry,
                format!("cannot reach the registry at {registry}"),
            )(error.without_url())
            .advise("check the address, and that the registry is up (`aim up` starts one on this machine)")
        })
    }

    async fn read<T: DeserializeOwned>(&self, response: Response) -> Result<T, Failure> {
        let what = format!("{} did not answer like a registry", self.login.registry);
        response.json().await.map_err(|error| {
            Failure::caused(Blame::Registry, what)(error.without_url())
                .advise("check the address; a newer registry may need a newer `aim`")
        })
    }
}

/// The answer, if it is a success.
async fn accepted(response: Response) -> Result<Response, Failure> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = response.bytes().await.unwrap_or_default();
    Err(refusal(
        status,
        &serde_json::from_slice(&body).unwrap_or_default(),
    ))
}

/// The registry's explanation of a refusal.
fn refusal(status: StatusCode, problem: &Problem) -> Failure {
    let blame = if status.is_server_error() {
        Blame::Registry
    } else {
        Blame::Refused
    };
    let what = match (&problem.title, &problem.detail) {
        (_, Some(detail)) => detail.clone(),
        (Some(title), None) => title.clone(),
        (None, None) => format!("the registry answered {status}"),
    };
    let mut what = what.trim_end_matches('.').to_owned();
    if let Some(code) = &problem.code {
        what.push_str(&format!(" [{code}]"));
    }
    for error in &problem.errors {
        what.push_str(&format!("\n  `{}`: {}", error.field, error.message));
    }
    let failure = Failure::new(blame, what);
    if status == StatusCode::UNAUTHORIZED {
        return failure.advise("make a new token on the registry's developer pages and run `aim login`");
    }
    failure
}
