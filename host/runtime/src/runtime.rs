//! The runtime: compiles, deploys, serves, stops.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use aim_gov::apis::Apis;
use aim_gov::invocation::{Service, ServiceId, Session};
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use tokio::sync::Semaphore;

use crate::artefact::{Store, StoreError};
use crate::compile::{CompileError, CompilerCommand};
use crate::compiler::{Compilation, Compiler};
use crate::deployment::{Deployment, Entry, Turns};
use crate::digest::Digest;
use crate::engine::{self, Ticker};
use crate::inspect::{Finding, Inspection, inspect};
use crate::limits::{DRAIN_TIME, Limits, POOL_REQUESTS_MAX, REQUEST_BODIES_MAX};
use crate::log::{LogLine, Logs};
use crate::meter::{CallRate, CallTrace};
use crate::outbound::Outbound;
use crate::serve::{self, Page, Refused, Shared};

/// How a runtime is set up.
#[derive(Clone, Debug)]
pub struct RuntimeConfig {
    /// Where compiled components are kept, in a folder `artefacts`.
    pub data_dir: PathBuf,
    /// How to start the compiling child.
    pub compiler: CompilerCommand,
    /// What requests may use.
    pub limits: Limits,
}

/// Why a runtime does not start.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// Wasmtime refuses this machine or its address space.
    #[error("WebAssembly cannot run on this machine: {0}")]
    Engine(String),
    /// No thread for the clock of the guests.
    #[error("no thread could be started")]
    Thread(#[source] std::io::Error),
    /// The client for calls to other systems could not be made.
    #[error("the client for calls to other systems could not be made")]
    Outbound(#[source] reqwest::Error),
    /// Compiled components cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a service is not deployed. Whatever ran before goes on running.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The bytes are not what was approved.
    #[error("the component is `{found}`, but `{approved}` was approved")]
    Digest {
        /// The digest of the bytes.
        found: Digest,
        /// The service's digest.
        approved: String,
    },
    /// The upload is no component that can run here.
    #[error("the component cannot run here: {}", list(.0))]
    Inspect(Vec<Finding>),
    /// The component asks for more than was approved.
    #[error("the component needs `{0}`, which was not approved")]
    NotGranted(&'static str),
    /// It does not compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// Its imports or its entry have other types than the host's.
    #[error("the component does not fit the host's interfaces: {0}")]
    Link(String),
}

fn list(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(Finding::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// Runs plug-ins. Clones share everything.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    shared: Shared,
    apis: Arc<Apis>,
    compiler: Compiler,
    deployed: RwLock<HashMap<ServiceId, Arc<Deployment>>>,
    /// Logs outlive the versions of a service.
    logs: RwLock<HashMap<ServiceId, Arc<Logs>>>,
    turns: Turns,
    /// Bodies that are being received.
    arriving: Semaphore,
    requests: usize,
    requests_per_service: usize,
    stopping: AtomicBool,
    _ticker: Ticker,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

impl Runtime {
    /// Starts the engine. No service is deployed yet.
    ///
    /// # Errors
    /// [`RuntimeError`].
    pub fn start(config: RuntimeConfig, apis: Apis) -> Result<Self, RuntimeError> {
        let engine = engine::host().map_err(|error| RuntimeError::Engine(format!("{error:#}")))?;
        let ticker = Ticker::start(&engine).map_err(RuntimeError::Thread)?;
        let store = Store::open(config.data_dir.join("artefacts"), &engine, &apis.platform.random)?;
        let limits = config.limits;
        let requests = limits.requests.min(POOL_REQUESTS_MAX);
        let compiler = Compiler::new(engine.clone(), store, config.compiler);
        Ok(Self(Arc::new(Inner {
            shared: Shared {
                engine,
                outbound: Outbound::new(limits.outbound_private).map_err(RuntimeError::Outbound)?,
                request_time: limits.request_time,
                memory_bytes: limits.memory_bytes,
            },
            apis: Arc::new(apis),
            compiler,
            deployed: RwLock::default(),
            logs: RwLock::default(),
            turns: Turns::new(requests),
            arriving: Semaphore::new(REQUEST_BODIES_MAX),
            requests,
            requests_per_service: limits.requests_per_service,
            stopping: AtomicBool::new(false),
            _ticker: ticker,
        })))
    }

    /// Compiles a component that `service` publishes, unless that was done before, so that a later
    /// [`Runtime::deploy`] is quick. Functions that are as in the service's deployed version are taken over
    /// from it.
    ///
    /// # Errors
    /// [`CompileError`].
    pub async fn compile(&self, service: &ServiceId, component: Bytes) -> Result<Compilation, CompileError> {
        let digest = Digest::of(&component);
        let (_, compilation) = self.0.compiler.component(service, digest, component).await?;
        Ok(compilation)
    }

    /// How far the compilation of the component with this digest (`sha256:` and 64 hexadecimal digits) is,
    /// 0 to 100; `None` where it is not being compiled.
    pub fn compiling(&self, digest: &str) -> Option<u8> {
        self.0.compiler.percent(digest)
    }

    /// Deploys a service, or replaces its version: requests that began before end on the old one.
    ///
    /// # Errors
    /// [`DeployError`]; then nothing changes.
    pub async fn deploy(&self, service: Arc<Service>, component: Bytes) -> Result<(), DeployError> {
        let logs = self.logs_of(&service.id);
        let (id, digest) = (service.id.clone(), service.digest.clone());
        let deployment = self
            .load(service, component, self.0.apis.clone(), logs, None)
            .await?;
        self.0
            .deployed
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.clone(), Arc::new(deployment));
        self.0.compiler.deployed(&id, digest).await;
        Ok(())
    }

    /// Everything that stands between bytes and a service that can answer.
    pub(crate) async fn load(
        &self,
        service: Arc<Service>,
        component: Bytes,
        apis: Arc<Apis>,
        logs: Arc<Logs>,
        trace: Option<CallTrace>,
    ) -> Result<Deployment, DeployError> {
        let inspection = inspected(component.clone()).await?;
        if inspection.digest.to_string() != service.digest {
            return Err(DeployError::Digest {
                found: inspection.digest,
                approved: service.digest.clone(),
            });
        }
        if let Some(missing) = inspection
            .capabilities
            .difference(&service.grant.capabilities)
            .next()
        {
            return Err(DeployError::NotGranted(missing.code()));
        }
        let (compiled, _) = self
            .0
            .compiler
            .component(&service.id, inspection.digest, component)
            .await?;
        let entry = Entry::link(&self.0.shared.engine, &compiled, inspection.kind)
            .map_err(|error| DeployError::Link(format!("{error:#}")))?;
        Ok(Deployment {
            rate: CallRate::new(service.grant.boundary.calls_per_minute_max).map(Arc::new),
            service,
            entry,
            apis,
            logs,
            trace,
            turns: Turns::new(self.0.requests_per_service),
        })
    }

    fn logs_of(&self, id: &ServiceId) -> Arc<Logs> {
        let mut logs = self.0.logs.write().unwrap_or_else(PoisonError::into_inner);
        logs.entry(id.clone()).or_default().clone()
    }

    fn deployment(&self, id: &ServiceId) -> Option<Arc<Deployment>> {
        self.0
            .deployed
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    /// Stops a service at once: calls under way are refused too. It stays deployed, and citizens read
    /// that it is suspended; deploy it with a new [`Service`] to lift that.
    pub fn suspend(&self, id: &ServiceId) {
        if let Some(deployment) = self.deployment(id) {
            deployment.service.stop();
            self.0.compiler.suspended(id);
        }
    }

    /// Takes a service away. Calls under way are refused too.
    pub fn remove(&self, id: &ServiceId) {
        self.suspend(id);
        self.0
            .deployed
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
    }

    /// The version of a service that is deployed.
    pub fn service(&self, id: &ServiceId) -> Option<Arc<Service>> {
        self.deployment(id).map(|deployment| deployment.service.clone())
    }

    /// The newest lines of a service's log, newest last.
    pub fn logs(&self, id: &ServiceId) -> Vec<LogLine> {
        let logs = self.0.logs.read().unwrap_or_else(PoisonError::into_inner);
        logs.get(id).map(|logs| logs.lines()).unwrap_or_default()
    }

    /// Answers a citizen's request to a service. Never fails: what goes wrong is a page.
    pub async fn handle(
        &self,
        id: &ServiceId,
        session: Option<Session>,
        request: Request<Body>,
    ) -> Response<Body> {
        let locale = serve::locale(session.as_ref(), &request);
        let Some(deployment) = self.deployment(id) else {
            return serve::missing(locale);
        };
        if deployment.service.is_stopped() {
            return serve::page(&deployment.service, locale, Page::Suspended, None);
        }
        self.answer(deployment, session, request, locale).await
    }

    /// Waits for a turn and answers.
    pub(crate) async fn answer(
        &self,
        deployment: Arc<Deployment>,
        session: Option<Session>,
        request: Request<Body>,
        locale: aim_gov::text::Locale,
    ) -> Response<Body> {
        let busy = || serve::page(&deployment.service, locale, Page::Busy, None);
        if self.0.stopping.load(Ordering::Relaxed) {
            return busy();
        }
        let request = match serve::take_in(request, &self.0.arriving).await {
            Ok(request) => request,
            Err(Refused::Busy(_)) => return busy(),
            Err(Refused::Failed(failure)) => {
                return serve::page(&deployment.service, locale, Page::Failed(&failure), None);
            }
        };
        // The service's own turn first: whoever waits for that must not hold everybody's.
        let Ok(own) = deployment.turns.take().await else {
            return busy();
        };
        let Ok(everybodys) = self.0.turns.take().await else {
            return busy();
        };
        serve::answer(&self.0.shared, deployment, session, request, (own, everybodys)).await
    }

    /// Takes no more requests and waits up to [`DRAIN_TIME`] for those under way. Answers whether all of
    /// them ended.
    pub async fn stop(&self) -> bool {
        self.0.stopping.store(true, Ordering::Relaxed);
        self.0.turns.all(self.0.requests, DRAIN_TIME).await
    }
}

/// Inspects off the async threads: eighteen megabytes take a while.
async fn inspected(component: Bytes) -> Result<Inspection, DeployError> {
    tokio::task::spawn_blocking(move || inspect(&component))
        .await
        .unwrap_or_else(|error| {
            tracing::error!(error = %error, "inspect panicked");
            Err(vec![Finding::Undecodable {
                message: "its structure is beyond what can be read".to_owned(),
            }])
        })
        .map_err(DeployError::Inspect)
}
