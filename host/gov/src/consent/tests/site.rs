//! The consent pages behind a router, with a service that can be replaced, stopped and withdrawn.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::middleware::from_fn;
use tower::ServiceExt as _;

use crate::consent::pages::{Pages, routes};
use crate::consent::{Record, end_service};
use crate::directory::Directory;
use crate::invocation::{CitizenId, Invocation, Service, Session};
use crate::notifications::Notifications;
use crate::scene::Scene;
use crate::sessions::{self, Secure};
use crate::signature::Signatures;
use crate::web::{banner, keys};

pub(super) struct Site {
    pub(super) scene: Scene,
    pub(super) signatures: Signatures,
    pub(super) cookie: String,
    router: Router,
    deployed: Arc<Mutex<Option<Arc<Service>>>>,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) location: String,
    pub(super) body: String,
}

impl Site {
    /// The pages, with this person logged in and this service deployed.
    pub(super) async fn open(fin: &str, deployed: Service) -> Self {
        let scene = Scene::set().await;
        let deployed = Arc::new(Mutex::new(Some(Arc::new(deployed))));
        let found = deployed.clone();
        let notifications = Notifications::new(scene.platform.clone(), scene.identity.clone());
        let signatures = Signatures::open(
            scene.platform.clone(),
            scene.identity.clone(),
            notifications,
            "http://localhost",
        );
        let signatures = signatures.await.unwrap();
        let pages = Pages {
            consent: scene.consent.clone(),
            identity: scene.identity.clone(),
            signatures: signatures.clone(),
            services: Directory::new(move |id| {
                let found = found.lock().unwrap().clone();
                found.filter(|service| service.id == *id)
            }),
            platform: url::Url::parse("http://localhost").unwrap(),
        };
        let router = routes(pages)
            .layer(from_fn(banner::spend))
            .layer(sessions::layer(&scene.platform, Secure::No));
        let citizen = scene.identity.citizen(fin).unwrap();
        let cookie = log_in(&scene, citizen).await;
        Self {
            scene,
            signatures,
            router,
            cookie,
            deployed,
        }
    }

    /// Another version takes the service's place.
    pub(super) fn deploy(&self, service: Service) {
        *self.deployed.lock().unwrap() = Some(Arc::new(service));
    }

    /// Time passes, and the citizen logs in again where the log-in is over.
    pub(super) async fn wait(&mut self, ms: i64) {
        self.scene.platform.clock.advance_ms(ms);
        self.cookie = log_in(&self.scene, self.scene.citizen.clone()).await;
    }

    /// The service that runs.
    pub(super) fn service(&self) -> Arc<Service> {
        self.deployed.lock().unwrap().clone().unwrap()
    }

    /// A request of the citizen to the service that runs.
    pub(super) fn visit(&self) -> Invocation {
        Invocation {
            service: self.service(),
            ..self.scene.at(crate::scene::service("tea-house"))
        }
    }

    /// The publisher withdraws the service.
    pub(super) async fn withdraw(&self) {
        let name = self.deployed.lock().unwrap().take().unwrap().id.clone();
        let platform = &self.scene.platform;
        let mut tx = platform.db.begin().await.unwrap();
        end_service(&mut tx, &platform.random, &name, platform.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// The citizen's latest decision.
    pub(super) async fn latest(&self) -> Record {
        let all = self.scene.consent.of_citizen(&self.scene.citizen, None).await;
        all.unwrap().into_iter().next().unwrap()
    }

    /// Opens a page and answers its question about a purpose.
    pub(super) async fn answer(&self, path: &str, purpose: &str, decision: &str) -> Answer {
        let page = self.get(path).await;
        let body = answer_to(&page.body, purpose, decision);
        self.post("/en/consent/tea-house", &body).await
    }

    pub(super) async fn send(&self, request: axum::http::request::Builder, body: &str) -> Answer {
        let request: Request<Body> = request
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let location = response
            .headers()
            .get(header::LOCATION)
            .map(|value| value.to_str().unwrap().to_owned())
            .unwrap_or_default();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Answer {
            status,
            location,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path), "").await
    }

    pub(super) async fn post(&self, path: &str, body: &str) -> Answer {
        self.send(Request::post(path), body).await
    }
}

async fn log_in(scene: &Scene, citizen: CitizenId) -> String {
    let router: Router = Router::new()
        .route(
            "/",
            axum::routing::get(move |session: tower_sessions::Session| async move {
                let login = Session {
                    citizen,
                    acr: crate::invocation::Acr::Substantial,
                    amr: Vec::new(),
                    auth_time: crate::scene::NOW,
                    locale: crate::text::Locale::Az,
                };
                session.insert(keys::CITIZEN, login).await.unwrap();
            }),
        )
        .layer(sessions::layer(&scene.platform, Secure::No));
    let response = router
        .oneshot(Request::get("/").body(Body::empty()).unwrap())
        .await
        .unwrap();
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// The form around the question about `purpose`, answered.
pub(super) fn answer_to(page: &str, purpose: &str, decision: &str) -> String {
    let (_, form) = page
        .split_once(&format!("name=\"answered\" value=\"{purpose}\""))
        .unwrap_or_else(|| panic!("no question about {purpose}: {page}"));
    let form = form.split_once("</form>").unwrap().0;
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("answered", purpose)
        .append_pair("decision", decision);
    for field in form.split("<input type=\"hidden\" name=\"").skip(1) {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        body.append_pair(name, &rest.split_once('"').unwrap().0.replace("&#38;", "&"));
    }
    body.finish()
}
