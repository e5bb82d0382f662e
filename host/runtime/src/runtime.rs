//! The runtime: compiles, deploys, serves, stops.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use aim_gov::apis::Apis;
use aim_gov::clock::Timestamp;
use aim_gov::invocation::{Availability, Service, ServiceId, Session};
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use tracing::Instrument as _;

use crate::artefact::{Store, StoreError};
use crate::background::Background;
use crate::compile::{CompileError, CompilerCommand};
use crate::compiler::{Compilation, Compiler};
use crate::deployment::{Backing, Busy, Deployment, Entries, PermitPool, ServiceHistory};
use crate::digest::{ComponentBytes, Digest};
use crate::engine::{self, Ticker};
use crate::inspect::{Finding, Inspected};
use crate::limits::{
    ANSWERS_MAX, ANSWERS_PER_SERVICE_MAX, DRAIN_TIME, Limits, MEMORY_ADMISSION_BYTES, MEMORY_SHARES,
    POOL_REQUESTS_MAX, REQUEST_BODIES_MAX, REQUEST_BODIES_PER_SERVICE_MAX, SPACES_REQUESTS_SHARE,
};
use crate::log::LogLine;
use crate::memory::MemoryBudget;
use crate::outbound::Outbound;
use crate::reach::Reach;
use crate::rehearsal::Rehearsal;
use crate::serve::{self, Arriving, Page, Permits, Refused, Shared, Ticket};

#[derive(Clone, Debug)]
pub struct RuntimeConfig {
    /// The folder for compiled components, in its subfolder `artefacts`.
    pub data_dir: PathBuf,
    pub compiler: CompilerCommand,
    /// The limits of requests.
    pub limits: Limits,
}

#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    #[error("WebAssembly cannot run on this machine: {0}")]
    Engine(String),
    /// No thread for the guests' clock, for requests that use much processor time, or for connections.
    #[error("no thread could be started")]
    Thread(#[source] std::io::Error),
    #[error("the client for calls to other systems could not be made")]
    Outbound(#[source] reqwest::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    #[error("the component is `{found}`, but `{approved}` was approved")]
    Digest {
        /// The digest of the bytes.
        found: Digest,
        /// The service's digest.
        approved: String,
    },
    #[error("the component cannot run here: {}", list(.0))]
    Inspect(Vec<Finding>),
    #[error("the component needs `{0}`, which was not approved")]
    NotGranted(&'static str),
    #[error(transparent)]
    Compile(#[from] CompileError),
    #[error("the component does not fit the host's interfaces: {0}")]
    Link(String),
    /// The host has no place for it, or stops: nothing is wrong with the component.
    #[error("the host is busy or stops; try again")]
    Busy,
}

impl From<Busy> for DeployError {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

fn list(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(Finding::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// A version that is loaded and that nobody can reach yet; see [`Runtime::swap`].
pub struct Prepared(Deployment);

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Prepared").field(&self.0.service.id).finish()
    }
}

/// Runs plug-ins. Clones share everything.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    machine: Arc<Machine>,
    apis: Arc<Apis>,
    deployed: RwLock<HashMap<ServiceId, Arc<Deployment>>>,
    history: RwLock<HashMap<ServiceId, Arc<ServiceHistory>>>,
    outbound: Outbound,
    places: Places,
    /// `None` where two officers approved what is deployed.
    rehearsal: Option<Rehearsal>,
}

/// What the services of citizens and those of test spaces share.
struct Machine {
    shared: Shared,
    compiler: Compiler,
    arriving: PermitPool,
    spaces: Places,
    memory_per_service: usize,
    requests_per_service: usize,
    stopping: AtomicBool,
    /// Before the ticker, without which a slice would not end.
    _background: Background,
    _ticker: Ticker,
}

/// Room for requests.
#[derive(Clone)]
struct Places {
    permits: PermitPool,
    requests: usize,
    memory: Arc<MemoryBudget>,
}

impl Places {
    fn new(requests: usize, memory: MemoryBudget) -> Self {
        Self {
            permits: PermitPool::new(requests),
            requests,
            memory: Arc::new(memory),
        }
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

impl Runtime {
    /// Starts the engine. No service is deployed yet.
    pub fn start(config: RuntimeConfig, apis: Apis) -> Result<Self, RuntimeError> {
        let engine = engine::host().map_err(|error| RuntimeError::Engine(format!("{error:#}")))?;
        let ticker = Ticker::start(&engine).map_err(RuntimeError::Thread)?;
        let background = Background::start().map_err(RuntimeError::Thread)?;
        let store = Store::open(config.data_dir.join("artefacts"), &engine, &apis.platform.random)?;
        let limits = config.limits;
        let requests = limits.requests.min(POOL_REQUESTS_MAX);
        let compiler = Compiler::new(
            engine.clone(),
            store,
            config.compiler,
            apis.platform.db.reserve().clone(),
        );
        let memory_share = limits.memory_total_bytes / MEMORY_SHARES;
        let citizens = Places::new(requests, MemoryBudget::new(limits.memory_total_bytes));
        let spaces = Places::new(
            (requests / SPACES_REQUESTS_SHARE).max(1),
            MemoryBudget::share(memory_share, citizens.memory.clone()),
        );
        let machine = Machine {
            shared: Shared {
                engine,
                background: background.runnable().clone(),
                request_time: limits.request_time,
                memory_bytes: limits.memory_bytes,
                on_their_way: PermitPool::new(ANSWERS_MAX),
            },
            compiler,
            arriving: PermitPool::new(REQUEST_BODIES_MAX),
            memory_per_service: memory_share,
            requests_per_service: limits.requests_per_service,
            stopping: AtomicBool::new(false),
            spaces,
            _background: background,
            _ticker: ticker,
        };
        Ok(Self(Arc::new(Inner {
            machine: Arc::new(machine),
            apis: Arc::new(apis),
            deployed: RwLock::default(),
            history: RwLock::default(),
            outbound: Outbound::new(limits.outbound_private).map_err(RuntimeError::Outbound)?,
            places: citizens,
            rehearsal: None,
        })))
    }

    /// A runtime for the services of one test space, with `apis` of its own. It shares the engine and the compiler with
    /// this one; all spaces together have a share of the requests and of the memory, so that citizens keep the rest.
    /// Other systems are out of reach, since nobody approved that a service of a space calls them.
    #[must_use]
    pub fn of_space(&self, apis: Apis, rehearsal: Rehearsal) -> Self {
        Self(Arc::new(Inner {
            machine: self.0.machine.clone(),
            apis: Arc::new(apis),
            deployed: RwLock::default(),
            history: RwLock::default(),
            outbound: Outbound::Nowhere,
            places: self.0.machine.spaces.clone(),
            rehearsal: Some(rehearsal),
        }))
    }

    /// Inspects an upload, off the async threads: eighteen megabytes take a while.
    ///
    /// # Errors
    /// What is wrong with it; a panic of the inspection is [`Finding::Undecodable`].
    pub async fn inspect(&self, component: ComponentBytes) -> Result<Inspected, Vec<Finding>> {
        tokio::task::spawn_blocking(move || Inspected::new(component))
            .await
            .unwrap_or_else(|error| {
                tracing::error!(error = %error, "inspect panicked");
                Err(vec![Finding::Undecodable])
            })
    }

    /// Compiles a component that `service` publishes, unless that was done before, so that a later
    /// [`Runtime::deploy`] is quick. Functions that are as in the service's deployed version are taken over
    /// from it.
    pub async fn compile(
        &self,
        service: &ServiceId,
        component: &ComponentBytes,
    ) -> Result<Compilation, CompileError> {
        let (_, compilation) = self.0.machine.compiler.component(service, component).await?;
        Ok(compilation)
    }

    /// How far the compilation of the component with this digest (`sha256:` and 64 hexadecimal digits) is,
    /// 0 to 100; `None` where it is not being compiled.
    pub fn compiling(&self, digest: &str) -> Option<u8> {
        self.0.machine.compiler.percent(digest)
    }

    /// Inspects a component and deploys it, or replaces its version: requests that began before end on the
    /// old one.
    ///
    /// # Errors
    /// [`DeployError`]; then nothing changes.
    pub async fn deploy(&self, service: Arc<Service>, component: Bytes) -> Result<(), DeployError> {
        let inspected = self.inspect(ComponentBytes::new(component)).await;
        let inspected = inspected.map_err(DeployError::Inspect)?;
        self.swap(self.prepare(service, &inspected).await?);
        Ok(())
    }

    /// Does everything that can fail of a deployment; nobody sees the version yet.
    pub async fn prepare(
        &self,
        service: Arc<Service>,
        inspected: &Inspected,
    ) -> Result<Prepared, DeployError> {
        let backing = Backing {
            apis: self.0.apis.clone(),
            outbound: self.0.outbound.clone(),
            history: self.history(&service.id),
            trace: None,
            rehearsal: self.0.rehearsal.clone(),
        };
        Ok(Prepared(self.load(service, inspected, backing).await?))
    }

    /// Puts a prepared version in the place of the service's deployed one, which ends its requests.
    pub fn swap(&self, Prepared(deployment): Prepared) {
        deployment.backing.history.runs(&deployment.service);
        let (id, digest) = (deployment.service.id.clone(), deployment.service.digest.clone());
        self.0
            .deployed
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.clone(), Arc::new(deployment));
        // The functions of a version count for the next one only after two officers approved it.
        if self.0.rehearsal.is_none() {
            self.0.machine.compiler.deployed(&id, &digest);
        }
    }

    /// Everything that stands between bytes and a service that can answer.
    pub(crate) async fn load(
        &self,
        service: Arc<Service>,
        inspected: &Inspected,
        backing: Backing,
    ) -> Result<Deployment, DeployError> {
        let inspection = inspected.inspection();
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
            .machine
            .compiler
            .component(&service.id, inspected.component())
            .await?;
        let Entries { requests, events } =
            Entries::link(&self.0.machine.shared.engine, &compiled, inspection)
                .map_err(|error| DeployError::Link(format!("{error:#}")))?;
        Ok(Deployment {
            reach: Arc::new(Reach::of(&service)),
            service,
            entry: requests,
            events,
            backing,
            permits: PermitPool::new(self.0.machine.requests_per_service),
            arriving: PermitPool::new(REQUEST_BODIES_PER_SERVICE_MAX),
            on_their_way: PermitPool::new(ANSWERS_PER_SERVICE_MAX),
        })
    }

    /// Removes the compiled code of every component that is not among `needed`, by their digests (`sha256:`
    /// and 64 hexadecimal digits); answers how many files that were. What runs goes on.
    ///
    /// # Errors
    /// [`CompileError::Store`].
    pub async fn keep_only(&self, needed: BTreeSet<String>) -> Result<usize, CompileError> {
        self.0.machine.compiler.keep_only(needed).await
    }

    fn history(&self, id: &ServiceId) -> Arc<ServiceHistory> {
        let mut history = self.0.history.write().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let memory = MemoryBudget::share(self.0.machine.memory_per_service, self.0.places.memory.clone());
            Arc::new(ServiceHistory::new(memory))
        };
        history.entry(id.clone()).or_insert_with(new).clone()
    }

    pub(crate) fn deployment(&self, id: &ServiceId) -> Option<Arc<Deployment>> {
        self.0
            .deployed
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    /// Stops a service at once: requests that wait for a permit are not answered, and calls under way are
    /// refused, whichever version makes them. It stays deployed, and citizens read that it is suspended;
    /// deploy it with a new [`Service`] to lift that.
    pub fn suspend(&self, id: &ServiceId) {
        self.history(id).stop();
        if self.0.rehearsal.is_none() {
            self.0.machine.compiler.suspended(id);
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

    /// The names of the services that are deployed.
    pub fn services(&self) -> Vec<ServiceId> {
        let deployed = self.0.deployed.read().unwrap_or_else(PoisonError::into_inner);
        deployed.keys().cloned().collect()
    }

    /// Takes what services and the host about them wrote since the last call, to be kept; newest last.
    pub fn take_logs(&self) -> Vec<(ServiceId, Vec<LogLine>)> {
        let history = self.0.history.read().unwrap_or_else(PoisonError::into_inner);
        history
            .iter()
            .map(|(id, history)| (id.clone(), history.logs.take()))
            .filter(|(_, lines)| !lines.is_empty())
            .collect()
    }

    /// The lines of a service's log that were not taken yet, newest last.
    pub fn logs(&self, id: &ServiceId) -> Vec<LogLine> {
        let history = self.0.history.read().unwrap_or_else(PoisonError::into_inner);
        history
            .get(id)
            .map(|history| history.logs.lines())
            .unwrap_or_default()
    }

    /// Adds lines to a service's log, such as those of its vetting run.
    pub fn add_to_log(&self, id: &ServiceId, lines: impl IntoIterator<Item = LogLine>) {
        let history = self.history(id);
        for line in lines {
            history.logs.push(line);
        }
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
        let service = deployment.service.clone();
        let over = || {
            let shown = match service.availability(self.now()) {
                Availability::Open => return None,
                Availability::Suspended => Page::Suspended,
                Availability::Ended => Page::Ended,
            };
            Some(serve::page(&service, locale, shown, None))
        };
        if let Some(page) = over() {
            return page;
        }
        let busy = || serve::page(&service, locale, Page::Busy, None);
        if self.0.machine.stopping.load(Ordering::Relaxed) {
            return busy();
        }
        let ticket = Ticket::new(&deployment, &request, locale);
        let span = tracing::debug_span!("service.request", service = %id.0, request.id = ticket.id());
        let answered = async {
            let (request, permits) = match self.take_in(&deployment, request).await {
                Ok(taken) => taken,
                Err(Refused::Busy) => return busy(),
                Err(Refused::Failed(failure)) => return serve::failed(&service, &failure, &ticket),
            };
            // It may have happened while the body arrived.
            if let Some(page) = over() {
                return page;
            }
            let shared = &self.0.machine.shared;
            serve::answer(shared, deployment, session, request, ticket, permits)
                .await
                .unwrap_or_else(|Busy| busy())
        };
        answered.instrument(span).await
    }

    /// Waits for a citizen's request to have arrived and to have its permits.
    async fn take_in(
        &self,
        deployment: &Deployment,
        request: Request<Body>,
    ) -> Result<(Request<Body>, Permits), Refused> {
        let places = Arriving {
            own: &deployment.arriving,
            everybodys: &self.0.machine.arriving,
        };
        let request = serve::take_in(request, places).await?;
        if !deployment.backing.history.memory.has(MEMORY_ADMISSION_BYTES) {
            return Err(Refused::Busy);
        }
        // The service's own permit first: whoever waits for that must not hold everybody's.
        let own = deployment.permits.take().await?;
        let everybodys = self.0.places.permits.take().await?;
        Ok((request, (own, everybodys)))
    }

    /// The permits of a request that is not a citizen's, and so can wait.
    ///
    /// # Errors
    /// [`Busy`] when the host stops.
    pub(crate) async fn permits(&self, deployment: &Deployment) -> Result<Permits, Busy> {
        let own = deployment.permits.wait().await?;
        let everybodys = self.0.places.permits.wait().await?;
        if self.0.machine.stopping.load(Ordering::Relaxed) {
            return Err(Busy);
        }
        Ok((own, everybodys))
    }

    /// The APIs that it offers to services.
    pub fn apis(&self) -> &Apis {
        &self.0.apis
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.apis.platform.clock.now()
    }

    /// Whether an event that was handled comes a second time, in a test space.
    pub(crate) fn comes_twice(&self) -> bool {
        let rehearsal = self.0.rehearsal.as_ref();
        rehearsal.is_some_and(|rehearsal| rehearsal.faults.comes_twice())
    }

    /// Whether an attempt to deliver an event is lost before the service hears of it, in a test space.
    pub(crate) fn is_lost(&self) -> bool {
        let rehearsal = self.0.rehearsal.as_ref();
        rehearsal.is_some_and(|rehearsal| rehearsal.faults.is_lost())
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0.machine.shared
    }

    /// Waits until this deployment has nothing left to do, what goes on after the last byte of its answers
    /// among it.
    pub(crate) async fn idle(&self, deployment: &Deployment) {
        deployment.permits.idle(self.0.machine.requests_per_service).await;
    }

    /// Takes no more requests and waits up to [`DRAIN_TIME`] for those under way. Answers whether all of
    /// them ended.
    pub async fn stop(&self) -> bool {
        self.0.machine.stopping.store(true, Ordering::Relaxed);
        self.0
            .places
            .permits
            .all(self.0.places.requests, DRAIN_TIME)
            .await
    }
}
