//! A person's browser without a screen: cookies, redirects, one language, and every name ending in
//! `localhost` at the loopback address.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::cookie::Jar;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT_LANGUAGE, HeaderMap};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use url::Url;

use crate::html::{Document, Form};

/// No answer of the platform may take longer.
pub const ANSWER_MAX: Duration = Duration::from_secs(60);
/// Redirects followed at most: log-in, consent and hand-over together are below ten.
const REDIRECTS_MAX: usize = 15;

/// Names resolve to this machine, at this port where the address names none (0: the usual one), whatever the system thinks of `*.localhost`.
#[derive(Debug)]
struct Loopback(u16);

impl Resolve for Loopback {
    fn resolve(&self, _: Name) -> Resolving {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.0));
        let found: Addrs = Box::new(std::iter::once(address));
        Box::pin(std::future::ready(Ok(found)))
    }
}

/// A client without cookies that follows no redirect, for APIs and load.
///
/// # Errors
/// When the client cannot be built.
pub fn plain() -> Result<Client> {
    Ok(builder().redirect(Policy::none()).build()?)
}

/// Gives the HTTP clients of this process their cryptography, which they ask for even where they only
/// speak plain HTTP.
pub fn install_cryptography() {
    // Another caller may have installed it already; either way it is there.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn builder() -> reqwest::ClientBuilder {
    install_cryptography();
    Client::builder()
        .dns_resolver(Arc::new(Loopback(0)))
        .timeout(ANSWER_MAX)
        .no_proxy()
}

/// One person's browser.
#[derive(Clone, Debug)]
pub struct Agent {
    client: Client,
    still: Client,
    jar: Arc<Jar>,
}

impl Agent {
    /// A browser without cookies.
    ///
    /// # Errors
    /// When the client cannot be built.
    pub fn new(language: &str) -> Result<Self> {
        Self::with(language, builder)
    }

    /// A browser that trusts this certificate alone, and finds every host at this port.
    pub fn over_tls(language: &str, port: u16, certificate: &reqwest::Certificate) -> Result<Self> {
        Self::with(language, || {
            builder()
                .dns_resolver(Arc::new(Loopback(port)))
                .tls_certs_only([certificate.clone()])
        })
    }

    fn with(language: &str, builder: impl Fn() -> reqwest::ClientBuilder) -> Result<Self> {
        let jar = Arc::new(Jar::default());
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, language.parse()?);
        let common = || {
            builder()
                .cookie_provider(jar.clone())
                .default_headers(headers.clone())
        };
        Ok(Self {
            client: common().redirect(Policy::limited(REDIRECTS_MAX)).build()?,
            still: common().redirect(Policy::none()).build()?,
            jar,
        })
    }

    /// Opens an address and follows redirects.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, url: impl AsRef<str>) -> Result<Page> {
        send(self.client.get(url.as_ref())).await
    }

    /// Opens an address and stays where it is sent elsewhere.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get_still(&self, url: impl AsRef<str>) -> Result<Page> {
        send(self.still.get(url.as_ref())).await
    }

    /// Sends a form of `page` and follows redirects.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn submit(&self, page: &Page, form: &Form) -> Result<Page> {
        send(request(&self.client, page, form)?).await
    }

    /// Sends a form of `page` with a file in `field`, and follows redirects.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn upload(
        &self,
        page: &Page,
        form: &Form,
        field: &str,
        name: &str,
        content: &str,
    ) -> Result<Page> {
        const BOUNDARY: &str = "----a-boundary-of-this-form";
        let part = |disposition: String, value: &str| {
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{value}\r\n")
        };
        let values = form.values();
        let fields = values.iter().filter(|(name, _)| *name != field);
        let mut body: String = fields
            .map(|(name, value)| part(format!("name=\"{name}\""), value))
            .collect();
        body.push_str(&part(format!("name=\"{field}\"; filename=\"{name}\""), content));
        body.push_str(&format!("--{BOUNDARY}--\r\n"));
        let request = self
            .client
            .post(page.url.join(&form.action)?)
            .header("sec-fetch-site", "same-origin")
            .header(
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .body(body);
        send(request).await
    }

    /// Follows the first link of `page` whose address contains `part`.
    ///
    /// # Errors
    /// When there is no such link, or no answer.
    pub async fn follow(&self, page: &Page, part: &str) -> Result<Page> {
        let href = page
            .document()
            .link(part)
            .with_context(|| format!("no link to `{part}` on {page}"))?;
        self.get(page.url.join(&href)?).await
    }

    /// A client with its cookies that follows no redirect, for requests that no form makes.
    pub fn unredirected(&self) -> &Client {
        &self.still
    }

    /// Its cookies.
    pub fn cookies(&self) -> &Jar {
        &self.jar
    }
}

fn request(client: &Client, page: &Page, form: &Form) -> Result<RequestBuilder> {
    let url = page.url.join(&form.action)?;
    let values = form.values();
    Ok(match form.method.as_str() {
        "post" if form.enctype == "multipart/form-data" => bail!("the form uploads a file"),
        "post" => client
            .post(url)
            // What a browser says about a form that the site's own page sends.
            .header("sec-fetch-site", "same-origin")
            .form(&values),
        _ => client.get(url).query(&values),
    })
}

async fn send(request: RequestBuilder) -> Result<Page> {
    let response = request.send().await?;
    Ok(Page {
        status: response.status(),
        url: response.url().clone(),
        headers: response.headers().clone(),
        body: response.text().await?,
    })
}

/// An answer, read to the end.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its status.
    pub status: StatusCode,
    /// Where it came from, redirects followed.
    pub url: Url,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl std::fmt::Display for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "`{}` at {} ({}): {}",
            self.heading(),
            self.url,
            self.status,
            self.document().text()
        )
    }
}

impl Page {
    /// Its pieces.
    pub fn document(&self) -> Document {
        Document::parse(&self.body)
    }

    /// The text of its `h1`.
    pub fn heading(&self) -> String {
        self.document().text_of("h1").unwrap_or_default()
    }

    /// What it says.
    pub fn text(&self) -> String {
        self.document().text()
    }

    /// Itself, if it is a success.
    ///
    /// # Errors
    /// With the page's words otherwise.
    pub fn ok(self) -> Result<Self> {
        self.expect(StatusCode::OK)
    }

    /// Itself, if it has this status.
    ///
    /// # Errors
    /// With the page's words otherwise.
    pub fn expect(self, status: StatusCode) -> Result<Self> {
        if self.status == status {
            Ok(self)
        } else {
            bail!("expected {status}, got {self}")
        }
    }

    /// The form that has all these fields.
    ///
    /// # Errors
    /// When there is none.
    pub fn form_with(&self, fields: &[&str]) -> Result<Form> {
        self.document()
            .form(|form| fields.iter().all(|name| form.has(name)))
            .with_context(|| format!("a form with {fields:?} is wanted on {}", self.url))
    }

    /// The form that is sent to an address containing `part`.
    ///
    /// # Errors
    /// When there is none.
    pub fn form_to(&self, part: &str) -> Result<Form> {
        self.document()
            .form(|form| form.action.contains(part))
            .with_context(|| format!("a form to `{part}` is wanted on {}", self.url))
    }
}
