//! Calls to the sites that ask. Each has a deadline, follows no redirect (OpenID4VP 1.0, section 14.6), names no software
//! (15.8), and leaves for public addresses only; a platform without TLS, in a development sandbox, calls sites on its own
//! machine too.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::{HeaderValue, header};
use url::{Host, Url};

use super::request::OBJECT_TYPE;
use crate::public_address::{Checked, System, is_public};
use crate::remote::{self, Fault};

/// The time limit of one call.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The time limit of a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// The way to the sites.
#[derive(Debug)]
pub(in crate::documents) struct Verifiers {
    private: Arc<BTreeSet<IpAddr>>,
    /// Made by the first call: most platforms of vetting runs make none.
    http: OnceLock<reqwest::Client>,
}

/// What a site answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) is_ok: bool,
    pub(super) body: Vec<u8>,
}

impl Verifiers {
    /// The way from the platform at this address.
    pub(in crate::documents) fn of_platform(public_url: &str) -> Self {
        let private = match public_url.starts_with("http://") {
            true => BTreeSet::from([Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]),
            false => BTreeSet::new(),
        };
        Self {
            private: Arc::new(private),
            http: OnceLock::new(),
        }
    }

    fn client(&self) -> Result<reqwest::Client, Fault> {
        if let Some(client) = self.http.get() {
            return Ok(client.clone());
        }
        // Fails where the process has one already, which then counts.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .http1_only()
            .connect_timeout(CONNECT_WITHIN)
            .dns_resolver(Arc::new(Checked {
                private: self.private.clone(),
                names: System,
            }))
            .build()
            .map_err(failed)?;
        Ok(self.http.get_or_init(|| client).clone())
    }

    /// Fetches a request object.
    pub(super) async fn fetch(&self, address: &Url) -> Result<Answer, Fault> {
        let asked = self.client()?.get(address.clone());
        self.call(address, asked.header(header::ACCEPT, object())).await
    }

    /// Fetches a request object with `request_uri_method=post` (section 5.10).
    pub(super) async fn fetch_by_post(&self, address: &Url, form: String) -> Result<Answer, Fault> {
        let asked = self.client()?.post(address.clone()).body(form);
        let asked = asked
            .header(header::CONTENT_TYPE, FORM)
            .header(header::ACCEPT, object());
        self.call(address, asked).await
    }

    /// Sends an answer.
    pub(super) async fn send(&self, address: &str, form: String) -> Result<Answer, Fault> {
        let address = Url::parse(address).map_err(|_| Fault::Unfit("the address is not one"))?;
        let sent = self.client()?.post(address.clone()).body(form);
        let sent = sent
            .header(header::CONTENT_TYPE, FORM)
            .header(header::ACCEPT, HeaderValue::from_static("application/json"));
        self.call(&address, sent).await
    }

    async fn call(&self, address: &Url, request: reqwest::RequestBuilder) -> Result<Answer, Fault> {
        // Names are checked when they are resolved; an address in their place is not.
        let literal = match address.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) => None,
            None => return Err(Fault::Unfit("the address has no host")),
        };
        if literal.is_some_and(|address| !is_public(address) && !self.private.contains(&address)) {
            return Err(Fault::Unfit("the address is not public"));
        }
        let answered = async {
            let mut answer = request.send().await.map_err(failed)?;
            let is_ok = answer.status() == reqwest::StatusCode::OK;
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await.map_err(failed)? {
                if body.len().saturating_add(chunk.len()) > ANSWER_BYTES_MAX {
                    return Err(Fault::Unfit("the answer is too long"));
                }
                body.extend_from_slice(&chunk);
            }
            Ok(Answer { is_ok, body })
        };
        remote::call(ANSWER_WITHIN, answered).await
    }
}

fn object() -> HeaderValue {
    HeaderValue::from_str(&format!("application/{OBJECT_TYPE}")).unwrap_or(HeaderValue::from_static("*/*"))
}

/// Without the address: its path has no place in a log.
fn failed(error: reqwest::Error) -> Fault {
    Fault::Failed(Box::new(error.without_url()))
}

#[cfg(test)]
mod tests;
