//! An open test space.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aim_gov::apis::Apis;
use aim_gov::clock::Timestamp;
use aim_gov::db::{Db, DbError};
use aim_gov::directory::Directory;
use aim_gov::identity::provider::LogIn;
use aim_gov::invocation::ServiceId;
use aim_gov::open_data::pages::Authenticate;
use aim_gov::open_data::published::Publisher;
use aim_gov::platform::Platform;
use aim_runtime::{Rehearsal, Runtime};
use async_trait::async_trait;
use axum::Router;
use http::request::Parts;
use tokio::task::JoinSet;

use super::{SPACE_BYTES_MAX, SpaceHost, portal, versions};
use crate::app::App;
use crate::citizen::{self, CitizenPages};
use crate::domain::space::{Space, SpaceName};
use crate::gateway::{self, Door, Gateway, Names, SPACE_PAGES};
use crate::layers;
use crate::spaces::SpaceError;

pub(super) struct Room {
    space: Space,
    pub(super) platform: Platform,
    pub(super) apis: Apis,
    runtime: Runtime,
    services: Directory,
    entrance: CitizenPages,
    router: Router,
    used: AtomicI64,
    pub(super) rehearsal: Rehearsal,
    /// Held while the versions of services are looked at.
    aligning: tokio::sync::Mutex<()>,
    jobs: tokio::sync::Mutex<JoinSet<()>>,
}

/// Nobody publishes open data in a space.
#[derive(Debug)]
struct NoPublishers;

#[async_trait]
impl Authenticate for NoPublishers {
    async fn publisher(&self, _: &mut Parts) -> Result<Option<Publisher>, DbError> {
        Ok(None)
    }
}

fn opening(error: &dyn std::error::Error) -> SpaceError {
    tracing::error!(error = %error, "space.open failed");
    SpaceError::Open(error.to_string())
}

impl Room {
    /// Opens the database of a space and what works on it. No service is loaded yet, and no job runs.
    pub(super) async fn open(host: &SpaceHost, space: &Space) -> Result<Self, SpaceError> {
        let app = &host.0.app;
        let db = Db::open_bounded(&host.0.files.database(space), SPACE_BYTES_MAX).await?;
        let db = match app.platform.db.sealing() {
            Some(key) => db.sealed_with(key.clone()),
            None => db,
        };
        let platform = Platform {
            db: db.with_reserve(app.platform.db.reserve().clone()),
            clock: app.platform.clock.settable(space.clock),
            random: app.platform.random.clone(),
        };
        let origin = super::origin(app, SPACE_PAGES, &space.name);
        let public_url: url::Url = origin.parse().map_err(|error| opening(&error))?;
        let apis = Apis::open(platform.clone(), &origin)
            .await
            .map_err(|error| opening(&error))?;
        let rehearsal = Rehearsal::new(&platform.random);
        rehearsal.faults.set(space.faults.clone());
        let runtime = app.runtime.of_space(apis.clone(), rehearsal.clone());
        let services = {
            let runtime = runtime.clone();
            Directory::new(move |id| runtime.service(id))
        };
        apis.outbox.connect(services.clone());
        let entrance = CitizenPages::open(
            apis.identity.clone(),
            apis.consent.clone(),
            services.clone(),
            public_url.clone(),
            LogIn::Simulated {
                one_time_code: host.0.citizen_code.clone(),
            },
        )
        .await
        .map_err(|error| opening(&error))?;
        let with_session = Router::new()
            .merge(portal::routes(host.clone(), space, platform.clone()))
            .merge(citizen::routes(entrance.clone()))
            .merge(apis.pages(services.clone(), public_url.clone()));
        let open = Router::new()
            .merge(apis.open_pages(Arc::new(NoPublishers)))
            .route("/", portal::front());
        let serving = runtime.clone();
        let door = Door {
            pages: layers::traced(layers::pages(with_session, open, &platform, &public_url)),
            platform: platform.clone(),
            public_url,
            domain: app.public_url.host_str().unwrap_or_default().to_owned(),
            names: Names::OfSpace(space.name.clone()),
            services: services.clone(),
            serve: Box::new(move |service, session, request| {
                let runtime = serving.clone();
                if runtime.service(&service).is_none() {
                    let page = gateway::not_yet(request.headers());
                    return Box::pin(async move { page });
                }
                Box::pin(async move { runtime.handle(&service, session, request).await })
            }),
            spaces: None,
        };
        Ok(Self {
            space: space.clone(),
            used: AtomicI64::new(app.platform.clock.now().0),
            router: Gateway::new(door).into_router(),
            platform,
            apis,
            runtime,
            services,
            entrance,
            rehearsal,
            aligning: tokio::sync::Mutex::default(),
            jobs: tokio::sync::Mutex::default(),
        })
    }

    pub(super) fn name(&self) -> &SpaceName {
        &self.space.name
    }

    /// Whether its database is the current one of this space.
    pub(super) fn is_of(&self, space: &Space) -> bool {
        (&self.space.name, self.space.created_at, self.space.generation)
            == (&space.name, space.created_at, space.generation)
    }

    /// The time of the last request, by the platform's clock.
    pub(super) fn used_at(&self) -> Timestamp {
        Timestamp(self.used.load(Ordering::Relaxed))
    }

    /// The router for a request at `now`.
    pub(super) fn router(&self, now: Timestamp) -> Router {
        self.used.store(now.0, Ordering::Relaxed);
        self.router.clone()
    }

    /// Makes the space run the newest vetted version of each service. A version that cannot be loaded blocks no other.
    ///
    /// # Errors
    /// [`DbError`] when the versions cannot be read.
    pub(super) async fn align(&self, app: &App) -> Result<(), DbError> {
        let _aligning = self.aligning.lock().await;
        let newest = {
            let mut reader = app.platform.db.reader().await?;
            versions::all(&mut reader, &self.space.organisation).await?
        };
        for id in self.runtime.services() {
            if !newest.iter().any(|version| *version.service() == id) {
                self.runtime.remove(&id);
            }
        }
        for version in &newest {
            if self.runs(
                version.service(),
                &version.digest,
                &version.manifest.version.to_string(),
            ) {
                continue;
            }
            match versions::prepare(app, &self.runtime, &self.space, version).await {
                Ok(prepared) => self.runtime.swap(prepared),
                Err(error) => {
                    let (service, error) = (&version.service().0, &error as &dyn std::error::Error);
                    tracing::error!(error, service.id = service, "space.load failed");
                }
            }
        }
        Ok(())
    }

    fn runs(&self, service: &ServiceId, digest: &str, version: &str) -> bool {
        let running = self.runtime.service(service);
        running.is_some_and(|running| running.digest == digest && running.version == version)
    }

    /// Does once what is due.
    ///
    /// # Errors
    /// [`DbError`].
    pub(super) async fn do_due(&self) -> Result<(), DbError> {
        self.apis.do_due(&self.services, &self.runtime).await
    }

    /// Starts what goes on without a request.
    pub(super) async fn resume(&self) {
        let mut jobs = self.jobs.lock().await;
        if !jobs.is_empty() {
            return;
        }
        let (apis, services) = (self.apis.clone(), self.services.clone());
        jobs.spawn(apis.keep_in_order(services, Arc::new(self.runtime.clone())));
        jobs.spawn(self.entrance.clone().keep_in_order());
    }

    /// Ends what goes on without a request; its changes are single transactions.
    pub(super) async fn pause(&self) {
        self.jobs.lock().await.shutdown().await;
    }
}
