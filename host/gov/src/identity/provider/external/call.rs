//! Calls to the external provider.

use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse};

/// The time limit for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The time limit for a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Why the external provider could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The HTTP client does not start.
    #[error("the HTTP client does not start")]
    Client(#[source] reqwest::Error),
    /// It does not answer, or not in time.
    #[error("the external provider does not answer")]
    Silent(#[source] reqwest::Error),
    /// Its answer is too long.
    #[error("the external provider's answer is longer than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
    /// Its answer is not that of an OpenID provider with the issuer of the settings.
    #[error("the external provider's answer is unusable: {0}")]
    Unusable(String),
}

/// A client that follows no redirect, and whose calls no proxy of the environment sees.
pub(super) fn client() -> Result<reqwest::Client, CallError> {
    // Fails where the process has one already, which then counts.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_WITHIN)
        .timeout(ANSWER_WITHIN)
        .build()
        .map_err(CallError::Client)
}

/// One call in the types of the `openidconnect` crate.
pub(super) async fn send(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, CallError> {
    // Without the address: its path and query have no place in a log.
    let silent = |error: reqwest::Error| CallError::Silent(error.without_url());
    let request = reqwest::Request::try_from(request).map_err(silent)?;
    let mut answer = http.execute(request).await.map_err(silent)?;
    let mut head = http::Response::new(());
    *head.status_mut() = answer.status();
    *head.headers_mut() = std::mem::take(answer.headers_mut());
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(silent)? {
        if body.len().saturating_add(chunk.len()) > ANSWER_BYTES_MAX {
            return Err(CallError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(head.map(|()| body))
}
