//! Components in an S3-compatible store.

use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// Time limit for establishing a connection.
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Time limit for one request including its answer: a part needs 1.4 Mbit/s.
const REQUEST_TIME: Duration = Duration::from_secs(30);
/// How often a request that failed with a transient error is repeated.
const RETRIES_MAX: usize = 2;
/// Time after the first attempt in which another one may begin.
const RETRY_TIME: Duration = Duration::from_secs(60);
/// The longest delay between two attempts.
const BACKOFF_MAX: Duration = Duration::from_secs(2);

/// A bucket and its credentials. All settings are explicit: neither environment variables nor the metadata
/// service of a cloud are read.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// The address of the store; the bucket is the first segment of the path.
    pub endpoint: Url,
    /// The region that requests are signed for.
    pub region: String,
    /// The bucket's name.
    pub name: String,
    /// The prefix of the names of objects, without slashes around it; may be empty.
    pub prefix: String,
    /// The id of the access key.
    pub access_key_id: String,
    /// The secret access key.
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
            // Some stores do not support the request that deletes several objects.
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

/// Connects without a proxy, regardless of the environment.
#[derive(Debug)]
struct Client;

impl HttpConnector for Client {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        // Another part of the process may have installed a provider already, which serves as well.
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
