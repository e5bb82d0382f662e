//! What every page, endpoint and job of the registry works with.

use std::sync::Arc;

use aim_gov::invocation::ServiceId;
use aim_gov::platform::Platform;
use aim_runtime::Runtime;
use tokio::sync::{Mutex, Notify, Semaphore};
use url::Url;

use crate::component_store::ComponentStore;
use crate::uploads::Uploads;
use crate::vetting_queue::Vettings;

/// Passwords that are hashed at once: each takes 19 MiB for some 30 ms.
pub const HASHES_MAX: usize = 2;

/// The registry. Clones share it.
#[derive(Clone, Debug)]
pub struct App {
    pub platform: Platform,
    pub components: ComponentStore,
    /// The address that people reach the platform at.
    pub public_url: Url,
    /// The vettings under way; told when there is something to vet.
    pub vetting: Arc<Vettings>,
    pub uploads: Uploads,
    pub runtime: Runtime,
    /// Held over the record and the effect of each decision about what runs.
    pub deploying: Arc<Mutex<()>>,
    /// Told when the host may not run what the record says.
    pub misaligned: Arc<Notify>,
    /// Room for passwords that are being hashed.
    pub hashing: Arc<Semaphore>,
    /// Held while log lines are on their way to the database.
    pub keeping_logs: Arc<Mutex<()>>,
    /// The code that lets people in who have no second factor: that of a development sandbox, `None` elsewhere.
    pub sandbox_code: Option<String>,
}

impl App {
    /// A registry over these, with nothing under way.
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
