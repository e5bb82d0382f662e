//! The payment pages as a browser walks through them.

mod access;
mod checkout;
mod refused;

use std::sync::Arc;

use aim_gov::audit;
use aim_gov::directory::Directory;
use aim_gov::invocation::{Acr, CitizenId, Service, Session as CitizenSession};
use aim_gov::payments::pages::{Pages, routes};
use aim_gov::payments::provider::{PROVIDER_WITHIN, RECONCILE_AFTER_MS};
use aim_gov::payments::rejection::REJECTIONS_MAX;
use aim_gov::payments::{NewPayment, Payment};
use aim_gov::text::Locale;
use aim_gov::web::keys;
use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::{Extension, Router};
use tower::ServiceExt as _;
use tower_sessions::session::{Id, Record};
use tower_sessions::{Session, SessionStore, session_store};

use crate::scene::{GOOD_CARD, NOW, Scene, Sqlite, new_payment, service};
use crate::suite::{Faulty, How};

/// Sessions here live in their value.
#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl SessionStore for Nowhere {
    async fn save(&self, _: &Record) -> session_store::Result<()> {
        Ok(())
    }
    async fn load(&self, _: &Id) -> session_store::Result<Option<Record>> {
        Ok(None)
    }
    async fn delete(&self, _: &Id) -> session_store::Result<()> {
        Ok(())
    }
}

struct Browser {
    router: Router,
}

struct Page {
    status: StatusCode,
    location: Option<String>,
    text: String,
}

impl Browser {
    async fn of(scene: &Scene, citizen: Option<&CitizenId>) -> Self {
        let service = scene.service.clone();
        Self::with(scene, citizen, move || Some(service.clone())).await
    }

    async fn with(
        scene: &Scene,
        citizen: Option<&CitizenId>,
        service: impl Fn() -> Option<Arc<Service>> + Send + Sync + 'static,
    ) -> Self {
        let session = Session::new(None, Arc::new(Nowhere), None);
        if let Some(citizen) = citizen {
            let log_in = CitizenSession {
                citizen: citizen.clone(),
                acr: Acr::Substantial,
                amr: Vec::new(),
                auth_time: NOW,
                locale: Locale::Az,
            };
            session.insert(keys::CITIZEN, log_in).await.unwrap();
        }
        let pages = Pages {
            payments: scene.payments.clone(),
            services: Directory::new(move |_| service()),
        };
        Self {
            router: routes::<()>(pages).layer(Extension(session)),
        }
    }

    async fn send(&self, request: Request<Body>) -> Page {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let location = response
            .headers()
            .get(header::LOCATION)
            .map(|location| location.to_str().unwrap().to_owned());
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Page {
            status,
            location,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    async fn get(&self, path: &str) -> Page {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    /// Follows a redirect.
    #[track_caller]
    fn follow<'a>(&'a self, page: &'a Page) -> impl Future<Output = Page> + 'a {
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
        self.get(page.location.as_deref().unwrap())
    }
}

fn field(page: &Page, name: &str) -> String {
    let (_, rest) = page
        .text
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

fn card<'a>(confirmation: &'a str, number: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("confirmation", confirmation),
        ("card-number", number),
        ("expiry-month", "12"),
        ("expiry-year", "30"),
        ("cvc", "123"),
    ]
}

async fn scene() -> (Sqlite, Scene, Payment) {
    let file = Sqlite::new();
    let scene = Scene::new(file.open().await).await;
    let payment = scene.create(&scene.citizen(0), "k", 1_234).await.unwrap();
    (file, scene, payment)
}
