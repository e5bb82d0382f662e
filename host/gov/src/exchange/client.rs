//! The exchange over HTTP: a security server of X-Road, whose address the operator names (PR-REST, 4).

mod probe;

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use url::Url;

pub use self::probe::ProbeError;
use super::ANSWER_BYTES_MAX;
use super::backend::Backend;
use super::message::{self, Request, Response};
use crate::remote::Fault;

/// The time limit for a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// The HTTP client does not start.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client does not start")]
pub struct ClientError(#[from] reqwest::Error);

/// A security server that takes the platform's messages to agencies.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    server: Url,
}

impl Client {
    /// The security server at this address. No redirect is followed (PR-REST, 4.4), and no proxy of the environment
    /// sees a message.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(server: Url) -> Result<Self, ClientError> {
        // Fails where the process has one already, which then counts.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .http1_only()
            // As they are hashed (see `message::CLIENT`).
            .http1_title_case_headers()
            .connect_timeout(CONNECT_WITHIN)
            .build()?;
        Ok(Self { http, server })
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.server.as_str().trim_end_matches('/'))
    }
}

/// Headers in this order.
fn headers<'a>(named: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::new();
    for (name, value) in named {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_str(value);
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(Fault::Unfit("a header of the request cannot be sent"));
        };
        headers.insert(name, value);
    }
    Ok(headers)
}

/// Without the address: its path has no place in a log.
fn failed(error: reqwest::Error) -> Fault {
    Fault::Failed(Box::new(error.without_url()))
}

/// The header as it came: what is not ASCII must not pass for absent.
fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The body, or one byte more than an answer may have, which shows that it is too much.
async fn body(mut answered: reqwest::Response) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while body.len() <= ANSWER_BYTES_MAX
        && let Some(chunk) = answered.chunk().await.map_err(failed)?
    {
        let room = ANSWER_BYTES_MAX.saturating_add(1).saturating_sub(body.len());
        body.extend(chunk.iter().take(room));
    }
    Ok(body)
}

#[async_trait::async_trait]
impl Backend for Client {
    async fn ask(&self, request: &Request) -> Result<Response, Fault> {
        let named = request
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()));
        let sent = self
            .http
            .post(self.address(&request.path()))
            .headers(headers(named)?)
            .body(request.body.clone());
        let mut answered = sent.send().await.map_err(failed)?;
        let status = answered.status().as_u16();
        let headers = std::mem::take(answered.headers_mut());
        Ok(Response {
            status,
            message_id: text(&headers, message::ID).unwrap_or_default(),
            request_id: text(&headers, message::REQUEST_ID).unwrap_or_default(),
            request_hash: text(&headers, message::REQUEST_HASH),
            error: text(&headers, message::ERROR),
            content_type: text(&headers, CONTENT_TYPE.as_str()).unwrap_or_default(),
            body: body(answered).await?,
        })
    }
}
