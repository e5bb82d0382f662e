//! Assembles and runs the platform: database, government APIs, runtime, pages, front door.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use aim_gov::apis::{Apis, ApisError};
use aim_gov::clock::Clock;
use aim_gov::db::{Db, DbError};
use aim_gov::directory::Directory;
use aim_gov::disk::DiskReserve;
use aim_gov::identity::{self, SecretError};
use aim_gov::open_data::harvest::{ClientError, SourcesError};
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_gov::sealing::SealingKey;
use aim_registry::app::App;
use aim_registry::citizen::{CitizenPages, CitizenPagesError};
use aim_registry::component_store::ComponentStoreError;
use aim_registry::deploy::{self, DeployError};
use aim_registry::space_host::SpaceHost;
use aim_registry::staff_login::{self, LoginError};
use aim_registry::{DEVELOPMENT_PASSWORD, logs, router};
use aim_runtime::{Runtime, RuntimeConfig, RuntimeError};
use axum::http::HeaderValue;
use secrecy::ExposeSecret as _;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::components::Components;
use crate::config::Config;
use crate::data_folder::{self, DataFolderError};
use crate::exchange::{self, ExchangeError};
use crate::jobs::Jobs;
use crate::listeners::Listeners;
use crate::log_in::{self, LogInError};
use crate::operator::{MetricsError, Operator};
use crate::profile::{Profile, WellKnown};
use crate::serve::{self, Cores, Transport};
use crate::sources;
use crate::tls::{Tls, TlsError};

/// Why the platform does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Folder(#[from] DataFolderError),
    /// The key of the database's secrets cannot be used.
    #[error("the key `{}` cannot be used", path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The port cannot be used.
    #[error("the port cannot be used")]
    Port(#[source] std::io::Error),
    /// The database cannot be used.
    #[error("the database cannot be used")]
    Db(#[from] DbError),
    /// The government APIs cannot be set up.
    #[error("the government APIs cannot be set up")]
    Apis(#[from] ApisError),
    /// The exchange with agencies cannot be used.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// The catalogues to harvest cannot be used.
    #[error(transparent)]
    Sources(#[from] SourcesError),
    /// Nothing can be harvested.
    #[error(transparent)]
    Harvest(#[from] ClientError),
    /// The external provider at which citizens log in cannot be used.
    #[error(transparent)]
    LogIn(#[from] LogInError),
    /// The store of components cannot be used.
    #[error("the store of components cannot be used")]
    ComponentStore(#[from] ComponentStoreError),
    /// The runtime does not start.
    #[error("the runtime does not start")]
    Runtime(#[from] RuntimeError),
    /// The log-in of citizens cannot be set up.
    #[error("the log-in of citizens cannot be set up")]
    CitizenPages(#[from] CitizenPagesError),
    /// The key of test spaces cannot be used.
    #[error("the test spaces cannot be set up")]
    Spaces(#[from] SecretError),
    /// The staff's accounts cannot be created or checked.
    #[error("the log-ins of the staff cannot be made or looked at")]
    Staff(#[from] LoginError),
    /// The certificate cannot be served.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The metrics cannot be set up.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// An account has a well-known password.
    #[error(transparent)]
    WellKnown(#[from] WellKnown),
    /// The deployed services cannot be read.
    #[error("the deployed services cannot be read")]
    Deploy(#[from] DeployError),
}

/// The listening sockets. The ports are bound already, so that their numbers are known.
#[derive(Debug)]
pub struct Sockets {
    /// The public port, on each of its addresses.
    pub public: Vec<TcpListener>,
    /// For the operator's probes and metrics.
    pub operator: Option<TcpListener>,
}

/// A running platform.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<()>,
    jobs: Jobs,
    app: App,
    /// Tasks that requests started there run until the end of the stop.
    _cores: Cores,
}

impl Running {
    /// The public address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns if the platform stops accepting connections or supervising a job without having been asked to.
    pub async fn died(&mut self) {
        tokio::select! {
            ended = &mut self.server => if let Err(error) = ended {
                tracing::error!(%error, "server.panicked");
            },
            () = self.jobs.died() => {}
        }
    }

    /// Accepts no more requests, finishes the running ones, and ends. Submissions that wait for vetting are
    /// vetted after the next start.
    pub async fn stop(self) {
        self.stop.cancel();
        if !self.app.runtime.stop().await {
            tracing::warn!("stop: requests to services were cut off");
        }
        if tokio::time::timeout(aim_runtime::limits::DRAIN_TIME, self.server)
            .await
            .is_err()
        {
            tracing::warn!("stop: connections were cut off");
        }
        // Each ends at its next await; a running compilation ends with its child.
        self.jobs.stopped().await;
        // Nothing writes to the database any more.
        logs::keep(&self.app).await;
    }
}

/// Opens folders, keys and database, and migrates the database.
pub async fn open_platform(config: &Config) -> Result<Platform, StartError> {
    let database = config.database.expose_secret();
    data_folder::open(&config.data_dir)?;
    if let Components::Folder(folder) = &config.components {
        data_folder::open(folder)?;
    }
    data_folder::check_database(database)?;
    let random = Random::system();
    let key = SealingKey::open(&config.secrets_key, &random).map_err(|source| StartError::Key {
        path: config.secrets_key.clone(),
        source,
    })?;
    let db = Db::open(database).await?;
    let (data_dir, database) = (config.data_dir.clone(), database.to_owned());
    let reserve = DiskReserve::on(move || data_folder::free_bytes(&data_dir, &database));
    let platform = Platform {
        db: db.sealed_with(key.clone()).with_reserve(reserve),
        clock: Clock::system(),
        random,
    };
    if key.is_new() {
        identity::seal_old(&platform, &key).await?;
    }
    Ok(platform)
}

/// Starts serving probes and metrics.
fn operate(app: &App, listener: TcpListener, jobs: &mut Jobs) -> Result<Operator, StartError> {
    let listener = Listeners::from_std(vec![listener]).map_err(StartError::Port)?;
    let operator = Operator::open(app.clone())?;
    if let Ok(operator) = listener.address() {
        tracing::info!(%operator, "operator.ready");
    }
    operator.begin(listener, jobs);
    Ok(operator)
}

/// Refuses a database of a development sandbox, whose staff has a well-known password.
async fn refuse_well_known(app: &App) -> Result<(), StartError> {
    let emails = staff_login::with_password(app, DEVELOPMENT_PASSWORD.into()).await?;
    if emails.is_empty() {
        return Ok(());
    }
    Err(WellKnown::Password { emails }.into())
}

/// For a single name: each service has its own header, and other names of the operator's domain are not
/// affected.
fn hsts(seconds: u64) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("max-age={seconds}"))
        .ok()
        .filter(|_| seconds > 0)
}

/// Starts the platform. When this returns, every deployed service that can be loaded runs; the platform's own
/// pages answer earlier, because a service may have to be compiled again.
pub async fn start(config: Config, sockets: Sockets) -> Result<Running, StartError> {
    let listeners = Listeners::from_std(sockets.public).map_err(StartError::Port)?;
    let address = listeners.address().map_err(StartError::Port)?;
    let tls = config.tls.as_ref().map(Tls::acceptor).transpose()?;
    let platform = open_platform(&config).await?;
    let apis = Apis::open(platform.clone(), config.public_url.as_str().trim_end_matches('/')).await?;
    let apis = exchange::connect(apis, config.exchange.as_ref())?;
    let apis = apis.with_sources(sources::read(&config.data_dir)?)?;
    let runtime_config = RuntimeConfig {
        data_dir: config.data_dir.clone(),
        compiler: config.compiler,
        limits: config.limits,
    };
    let runtime = Runtime::start(runtime_config, apis.clone())?;
    let services = {
        let runtime = runtime.clone();
        Directory::new(move |id| runtime.service(id))
    };
    apis.outbox.connect(services.clone());
    let components = config.components.open()?;
    let app = App {
        sandbox_code: config.seed.code.clone(),
        ..App::new(
            platform.clone(),
            components,
            runtime.clone(),
            config.public_url.clone(),
        )
    };
    if config.profile == Profile::Public {
        refuse_well_known(&app).await?;
    }
    staff_login::seed(&app, &config.seed.staff).await?;
    let spaces_code = config.citizen_code.clone();
    let entrance = CitizenPages::open(
        apis.identity.clone(),
        apis.consent.clone(),
        services.clone(),
        config.public_url,
        log_in::connect(config.log_in.as_ref(), config.citizen_code)?,
    )
    .await?;
    let spaces = SpaceHost::open(app.clone(), config.data_dir.join("spaces"), spaces_code).await?;
    let router = router::everything(app.clone(), &apis, services, entrance.clone(), spaces.clone());
    let stop = CancellationToken::new();
    let mut jobs = Jobs::new(stop.clone());
    let operator = match sockets.operator {
        Some(listener) => Some(operate(&app, listener, &mut jobs)?),
        None => None,
    };
    let connections = config.connections.within_this_process();
    let cores = Cores::start().map_err(RuntimeError::Thread)?;
    let server = tokio::spawn(serve::serve(
        listeners,
        router,
        connections,
        Transport {
            proxies: config.trusted_proxies,
            tls,
            hsts: hsts(config.hsts_seconds),
            cores: cores.clone(),
        },
        stop.clone(),
    ));
    if let Err(error) = deploy::align_all(&app).await {
        stop.cancel();
        return Err(error.into());
    }
    jobs.keep_in_order(&app, apis, entrance, spaces);
    if let Some(operator) = operator {
        operator.ready();
    }
    tracing::info!(%address, "platform.ready");
    Ok(Running {
        address,
        stop,
        server,
        jobs,
        app,
        _cores: cores,
    })
}
