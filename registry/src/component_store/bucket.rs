//! Components in a store that speaks the protocol of Amazon S3.

use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// How long a connection may take to be made.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// How long one request may take, with its answer: a part needs 1.4 Mbit/s.
const REQUEST_TIME: Duration = Duration::from_secs(30);
/// How often a request that failed in passing is sent again.
const RETRIES_MAX: usize = 2;
/// How long after the first attempt another one may begin.
const RETRY_TIME: Duration = Duration::from_secs(60);
/// How long is waited between two attempts, at most.
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// A bucket, and what opens it. Everything comes from here: neither variables nor the metadata service of a cloud are asked.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// The address of the store; the bucket is the first segment below it.
    pub endpoint: Url,
    /// The region that requests are signed for.
    pub region: String,
    /// The bucket's name.
    pub name: String,
    /// What names of objects begin with, without slashes around it; may be empty.
    pub prefix: String,
    /// The name of the key.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: SecretString,
}

impl Bucket {
    pub(super) fn connect(&self) -> object_store::Result<AmazonS3> {
        AmazonS3Builder::new()
            .with_endpoint(self.endpoint.as_str().trim_end_matches('/'))
            .with_virtual_hosted_style_request(false)
            .with_region(&self.region)
            .with_bucket_name(&self.name)
            .with_access_key_id(&self.access_key_id)
            .with_secret_access_key(self.secret_access_key.expose_secret())
            // Some stores do not know the request that deletes many.
            .with_disable_bulk_delete(true)
            .with_retry(RetryConfig {
                backoff: BackoffConfig {
                    max_backoff: BACKOFF_MAX,
                    ..BackoffConfig::default()
                },
                max_retries: RETRIES_MAX,
                retry_timeout: RETRY_TIME,
            })
            .with_http_connector(Client)
            .build()
    }
}

/// Connects without a proxy, whatever the variables say.
#[derive(Debug)]
struct Client;

impl HttpConnector for Client {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        // Somebody else in the process may have chosen a provider already; theirs is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .http1_only()
            .connect_timeout(CONNECT_TIME)
            .timeout(REQUEST_TIME)
            .build()
            .map_err(|source| object_store::Error::Generic {
                store: "S3",
                source: Box::new(source),
            })?;
        Ok(HttpClient::new(client))
    }
}
