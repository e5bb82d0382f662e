//! Calls to sources: a `GET` at an admitted host, within a deadline, up to a length; redirects are not followed.

use std::time::Duration;

use reqwest::header;
use url::Url;

use super::report::{Reason, Refused};
use super::{CALL_WITHIN, Source};
use crate::remote::{self, Fault};

/// The time limit for a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// The HTTP client does not start.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for harvesting does not start")]
pub struct ClientError(#[from] reqwest::Error);

#[derive(Clone, Debug)]
pub(super) struct Fetcher(reqwest::Client);

/// An answer.
pub(super) struct Fetched {
    pub(super) body: Vec<u8>,
    /// Without parameters, in lower case.
    pub(super) media_type: String,
}

/// What came instead of an answer.
enum Got {
    Answer(Fetched),
    Status(u16),
    TooLarge,
}

impl Fetcher {
    pub(super) fn new() -> Result<Self, ClientError> {
        // Fails where the process has one already, which then counts.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_WITHIN)
            .build()?;
        Ok(Self(client))
    }

    /// What is at `url`, of at most `bytes_max` bytes.
    pub(super) async fn get(
        &self,
        source: &Source,
        url: &Url,
        accept: &'static str,
        bytes_max: u64,
    ) -> Result<Fetched, Refused> {
        let refused = |reason, detail: String| Refused::new(url.as_str(), reason, detail);
        if !source.admits(url) {
            let host = url.host_str().unwrap_or_default();
            return Err(refused(
                Reason::Host,
                format!("the host `{host}` is not admitted for this source"),
            ));
        }
        let got = remote::call(CALL_WITHIN, self.answer(url, accept, bytes_max)).await;
        match got {
            Ok(Got::Answer(fetched)) => Ok(fetched),
            Ok(Got::Status(status)) => Err(refused(
                Reason::Status,
                format!("the answer has the status {status}"),
            )),
            Ok(Got::TooLarge) => Err(refused(
                Reason::TooLarge,
                format!("it is larger than {bytes_max} bytes"),
            )),
            Err(fault) => {
                tracing::warn!(
                    source = source.name,
                    error = &fault as &dyn std::error::Error,
                    "open-data: a source does not answer"
                );
                Err(refused(Reason::Silent, fault.to_string()))
            }
        }
    }

    async fn answer(&self, url: &Url, accept: &'static str, bytes_max: u64) -> Result<Got, Fault> {
        let failed = |error: reqwest::Error| Fault::Failed(Box::new(error.without_url()));
        let request = self.0.get(url.clone()).header(header::ACCEPT, accept);
        let mut answer = request.send().await.map_err(failed)?;
        if answer.status() != reqwest::StatusCode::OK {
            return Ok(Got::Status(answer.status().as_u16()));
        }
        let media_type = answer.headers().get(header::CONTENT_TYPE);
        let media_type = media_type
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default();
        let media_type = media_type.trim().to_ascii_lowercase();
        let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len().saturating_add(chunk.len()) > bytes_max {
                return Ok(Got::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Got::Answer(Fetched { body, media_type }))
    }
}
