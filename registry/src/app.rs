//! The shared dependencies of the registry's pages, endpoints and jobs.

use std::sync::Arc;

use aim_gov::invocation::ServiceId;
use aim_gov::platform::Platform;
use aim_runtime::Runtime;
use tokio::sync::{Mutex, Notify, Semaphore};
use url::Url;

use crate::component_store::ComponentStore;
use crate::uploads::Uploads;
use crate::vetting_queue::Vettings;

/// Passwords that are hashed at once; each takes 19 MiB for about 30 ms.
pub const HASHES_MAX: usize = 2;

/// The registry. Clones share it.
#[derive(Clone, Debug)]
pub struct App {
    pub platform: Platform,
    pub components: ComponentStore,
    /// The public address of the platform.
    pub public_url: Url,
    /// The running vettings; notified when a submission waits for vetting.
    pub vetting: Arc<Vettings>,
    pub uploads: Uploads,
    pub runtime: Runtime,
    /// Held during the record and the effect of each decision about deployed versions.
    pub deploying: Arc<Mutex<()>>,
    /// Notified when the host may not run what the record says.
    pub misaligned: Arc<Notify>,
    /// Permits for hashing passwords.
    pub hashing: Arc<Semaphore>,
    /// Held while log lines are written to the database.
    pub keeping_logs: Arc<Mutex<()>>,
    /// The code for accounts without a second factor, in a development sandbox; `None` elsewhere.
    pub sandbox_code: Option<String>,
}

impl App {
    /// A registry with these dependencies and no running jobs.
    pub fn new(platform: Platform, components: ComponentStore, runtime: Runtime, public_url: Url) -> Self {
        Self {
            platform,
            components,
            public_url,
            vetting: Arc::default(),
            uploads: Uploads::default(),
            runtime,
            deploying: Arc::new(Mutex::new(())),
            misaligned: Arc::new(Notify::new()),
            hashing: Arc::new(Semaphore::new(HASHES_MAX)),
            keeping_logs: Arc::new(Mutex::new(())),
            sandbox_code: None,
        }
    }

    /// The platform's own address without a trailing slash: `http://localhost:8080`.
    pub fn platform_origin(&self) -> String {
        self.public_url.as_str().trim_end_matches('/').to_owned()
    }

    /// The origin of a service: its name as a subdomain of the platform's host name.
    pub fn service_origin(&self, service: &ServiceId) -> String {
        self.origin_of(&service.0)
    }

    /// The origin of a host name below the platform's: `label` is what stands before it.
    pub fn origin_of(&self, label: &str) -> String {
        let host = self.public_url.host_str().unwrap_or("localhost");
        let port = self
            .public_url
            .port()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        format!("{}://{label}.{host}{port}", self.public_url.scheme())
    }
}
