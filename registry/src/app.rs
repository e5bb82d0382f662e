//! What every page, endpoint and job of the registry works with.

use std::sync::Arc;

use aim_gov::gate::Platform;
use aim_gov::invocation::ServiceId;
use aim_runtime::Runtime;
use tokio::sync::{Mutex, Notify, Semaphore};
use url::Url;

use crate::objects::Objects;

/// Components that arrive at once. More wait.
pub const UPLOADS_MAX: usize = 8;

/// The registry. Clones share it.
#[derive(Clone, Debug)]
pub struct App {
    /// Database, clock, randomness.
    pub platform: Platform,
    /// Components.
    pub objects: Objects,
    /// The address that people reach the platform at.
    pub public_url: Url,
    /// Told when there is something to vet.
    pub vetting: Arc<Notify>,
    /// Room for uploads.
    pub uploads: Arc<Semaphore>,
    /// Runs services.
    pub runtime: Runtime,
    /// Held while something is put in the place of something else.
    pub deploying: Arc<Mutex<()>>,
}

impl App {
    /// The platform's own address without a trailing slash: `http://localhost:8080`.
    pub fn platform_origin(&self) -> String {
        self.public_url.as_str().trim_end_matches('/').to_owned()
    }

    /// The origin of a service: its name before the platform's host name.
    pub fn service_origin(&self, service: &ServiceId) -> String {
        let host = self.public_url.host_str().unwrap_or("localhost");
        let port = self
            .public_url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        format!("{}://{}.{host}{port}", self.public_url.scheme(), service.0)
    }
}
