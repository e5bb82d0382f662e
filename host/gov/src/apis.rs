//! The government APIs together: the runtime offers them to services, the router serves their pages to
//! citizens.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;

use crate::civil_status::{self, CivilStatus};
use crate::consent::{self, Consent};
use crate::db::DbError;
use crate::death::Deaths;
use crate::directory::Directory;
use crate::documents::{self, Documents};
use crate::exchange::{self, Exchange};
use crate::identity::{Identity, SecretError, register, sites};
use crate::life_events::{self, Handler, LifeEvents};
use crate::notifications::{self, Notifications};
use crate::open_data::catalogue::{Catalogue, CatalogueError};
use crate::open_data::{self, OpenData};
use crate::outbox::Outbox;
use crate::payments::{self, Payments};
use crate::pension::Pension;
use crate::platform::Platform;
use crate::residence::{self, Residence};
use crate::signature::{self, Signatures};

/// Rounds of events that [`Apis::do_due`] delivers: an event may lead to the next one.
const DUE_ROUNDS_MAX: usize = 100;

/// Every government API over one platform. Clones share them.
#[derive(Clone, Debug)]
pub struct Apis {
    pub platform: Platform,
    pub identity: Identity,
    pub consent: Consent,
    pub payments: Payments,
    pub open_data: OpenData,
    pub notifications: Notifications,
    pub life_events: LifeEvents,
    /// The counters at which the simulated registers change.
    pub residence: Residence,
    pub civil_status: CivilStatus,
    pub pension: Pension,
    pub deaths: Deaths,
    /// Where the others tell services of changes; [`Outbox::connect`] says which services there are.
    pub outbox: Outbox,
    pub exchange: Exchange,
    pub documents: Documents,
    pub signatures: Signatures,
}

#[derive(Debug, thiserror::Error)]
pub enum ApisError {
    #[error("a secret of the platform cannot be used")]
    Secret(#[from] SecretError),
    #[error("the open data cannot be read")]
    Catalogue(#[from] CatalogueError),
    #[error("the data sets of publishers cannot be read")]
    Db(#[from] DbError),
}

impl Apis {
    /// The simulated APIs of a platform, whose public address is `public_url` (without a trailing slash). The
    /// platform may be the temporary one of a vetting run.
    ///
    /// # Errors
    /// [`ApisError`].
    pub async fn open(platform: Platform, public_url: &str) -> Result<Self, ApisError> {
        let identity = Identity::open(platform.clone()).await?;
        let outbox = Outbox::default();
        let notifications =
            Notifications::new(platform.clone(), identity.clone()).with_outbox(outbox.clone());
        let identity = identity.with_notice(Arc::new(notifications.clone()));
        // The agencies trust its authority.
        let signatures = Signatures::open(
            platform.clone(),
            identity.clone(),
            notifications.clone(),
            public_url,
        )
        .await?
        .with_outbox(outbox.clone());
        let root = signatures.backend().authorities().root;
        let consent = Consent::new(platform.clone()).with_outbox(outbox.clone());
        Ok(Self {
            deaths: Deaths::new(platform.clone(), identity.clone(), consent.clone()),
            consent,
            payments: Payments::open(platform.clone(), identity.clone())
                .await?
                .with_outbox(outbox.clone()),
            open_data: OpenData::open(platform.clone(), Arc::new(Catalogue::embedded(public_url)?)).await?,
            life_events: LifeEvents::new(platform.clone(), identity.clone()),
            exchange: Exchange::open(platform.clone(), identity.clone(), root)
                .await?
                .with_outbox(outbox.clone()),
            documents: Documents::open(
                platform.clone(),
                identity.clone(),
                notifications.clone(),
                public_url,
            )
            .await?
            .with_outbox(outbox.clone()),
            signatures,
            residence: Residence::new(platform.clone(), identity.clone()),
            civil_status: CivilStatus::new(platform.clone(), identity.clone()),
            pension: Pension::new(platform.clone(), identity.clone()),
            notifications,
            identity,
            outbox,
            platform,
        })
    }

    /// The same APIs with catalogues of open data that are harvested.
    ///
    /// # Errors
    /// [`ClientError`](open_data::harvest::ClientError).
    pub fn with_sources(
        self,
        sources: Vec<open_data::harvest::Source>,
    ) -> Result<Self, open_data::harvest::ClientError> {
        Ok(Self {
            open_data: self.open_data.with_sources(sources)?,
            ..self
        })
    }

    /// The same APIs with another register of the population, which has `deadline` to answer.
    #[must_use]
    pub fn with_register(self, backend: Arc<dyn register::Backend>, deadline: Duration) -> Self {
        let identity = self.identity.with_register(backend, deadline);
        let notifications = self.notifications.with_identity(identity.clone());
        Self {
            payments: self.payments.with_identity(identity.clone()),
            documents: self
                .documents
                .with_identity(identity.clone(), notifications.clone()),
            signatures: self
                .signatures
                .with_identity(identity.clone(), notifications.clone()),
            notifications,
            life_events: self.life_events.with_identity(identity.clone()),
            exchange: self.exchange.with_identity(identity.clone()),
            residence: self.residence.with_identity(identity.clone()),
            civil_status: self.civil_status.with_identity(identity.clone()),
            pension: self.pension.with_identity(identity.clone()),
            deaths: self.deaths.with_identity(identity.clone()),
            identity,
            ..self
        }
    }

    /// The same APIs with another exchange with agencies, which has `deadline` to answer.
    #[must_use]
    pub fn with_exchange(self, backend: Arc<dyn exchange::Backend>, deadline: Duration) -> Self {
        Self {
            exchange: self.exchange.with_backend(backend, deadline),
            ..self
        }
    }

    /// The same APIs with another provider of signatures, which has `deadline` to answer.
    #[must_use]
    pub fn with_signatures(self, backend: Arc<dyn signature::Backend>, deadline: Duration) -> Self {
        Self {
            signatures: self.signatures.with_backend(backend, deadline),
            ..self
        }
    }

    /// The pages that know who is logged in. They need the session layer ([`crate::sessions::layer`])
    /// around them.
    pub fn pages<S: Clone + Send + Sync + 'static>(
        &self,
        services: Directory,
        platform: url::Url,
    ) -> Router<S> {
        Router::new()
            .merge(consent::pages::routes(consent::pages::Pages {
                consent: self.consent.clone(),
                identity: self.identity.clone(),
                signatures: self.signatures.clone(),
                services: services.clone(),
                platform,
            }))
            .merge(sites::pages::routes(self.platform.clone()))
            .merge(residence::pages::routes(self.residence.clone()))
            .merge(civil_status::pages::routes(self.civil_status.clone()))
            .merge(payments::pages::routes(payments::pages::Pages {
                payments: self.payments.clone(),
                services: services.clone(),
            }))
            .merge(notifications::pages::routes(notifications::pages::Pages {
                notifications: self.notifications.clone(),
                services: services.clone(),
            }))
            .merge(open_data::pages::people(self.open_data.clone()))
            .merge(signature::pages::routes(signature::pages::Pages {
                signatures: self.signatures.clone(),
                consent: self.consent.clone(),
                services: services.clone(),
            }))
            .merge(documents::pages::routes(self.documents.clone()))
            .merge(documents::pages::presentations(documents::pages::Pages {
                documents: self.documents.clone(),
                services: services.clone(),
            }))
    }

    /// The interfaces for programs, with their description, and the pages that store nothing about a visitor, and so
    /// need no session. `publishers` knows who sends what changes the open data.
    pub fn open_pages<S: Clone + Send + Sync + 'static>(
        &self,
        publishers: Arc<dyn open_data::pages::Authenticate>,
    ) -> OpenApiRouter<S> {
        open_data::pages::routes(self.open_data.clone(), publishers)
            .merge(consent::pages::open(self.identity.clone()))
            .merge(documents::pages::open(self.documents.clone()))
            .merge(signature::pages::open(self.signatures.clone()))
            .merge(life_events::pages::schemas())
    }

    /// Does once what is due by the platform's clock, in the order in which one thing leads to another. `handler` runs
    /// services on events.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn do_due(&self, services: &Directory, handler: &dyn Handler) -> Result<(), DbError> {
        self.consent.expire_due().await?;
        self.pension.tell_due().await?;
        self.payments.expire_overdue().await?;
        self.signatures.sweep().await?;
        self.signatures.conclude(&self.consent, services).await?;
        self.documents.expire_presentations().await?;
        self.documents.end_offers().await?;
        self.exchange.sweep().await?;
        self.notifications.deliver_due(services).await?;
        for _ in 0..DUE_ROUNDS_MAX {
            if self.life_events.deliver_due(services, handler).await? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Runs the background jobs of the APIs until it is dropped; `handler` runs services on events.
    pub async fn keep_in_order(self, services: Directory, handler: Arc<dyn Handler>) {
        let (consent, listed) = (self.consent.clone(), services.clone());
        tokio::join!(
            self.consent.keep_in_order(),
            self.payments.keep_in_order(),
            self.notifications.keep_in_order(services.clone()),
            self.exchange.keep_in_order(),
            self.documents.keep_in_order(),
            self.signatures.keep_in_order(consent, listed),
            self.open_data.keep_in_order(),
            self.pension.keep_in_order(),
            self.life_events.keep_in_order(services, handler)
        );
    }
}
