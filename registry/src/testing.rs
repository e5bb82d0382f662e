//! What the registry's own tests stand on: a real SQLite file, a clock that stands still, randomness
//! that repeats, a runtime without a compiler.

use std::sync::Arc;

use aim_gov::clock::{Clock, Timestamp};
use aim_gov::db::{Db, DbError};
use aim_gov::directory::Directory;
use aim_gov::gate::Platform;
use aim_gov::invocation::CitizenId;
use aim_gov::random::Random;
use aim_runtime::{CompilerCommand, Limits, Runtime, RuntimeConfig};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use futures::FutureExt as _;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use secrecy::ExposeSecret as _;
use tokio::sync::{Mutex, Notify, Semaphore};
use tower::ServiceExt as _;

use crate::app::{App, UPLOADS_MAX};
use crate::citizen::Entrance;
use crate::config::Seed;
use crate::domain::SubmissionId;
use crate::domain::organisation::{NewOrganisation, Organisation};
use crate::domain::report::{Check, POLICY_VERSION, Report, Severity};
use crate::domain::submission::{Event, Submission};
use crate::domain::token::{ApiToken, Lifetime};
use crate::objects::digest_of;
use crate::publish::{self, Announcement};
use crate::review::{Attempt, ReviewError, apply};
use crate::{account, router, staff_login, store};

/// Where the clock of every test stands.
pub const NOW: Timestamp = Timestamp(1_795_000_000_000);

/// The smallest component: valid, and good for nothing.
pub const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// A platform for one test.
pub struct Stage {
    pub app: App,
    pub router: Router,
    pub citizen: CitizenId,
    pub organisation: Organisation,
    pub token: ApiToken,
    pub secret: String,
    _folder: tempfile::TempDir,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// `Set-Cookie` as the browser sends it back.
    pub fn cookie(&self) -> String {
        let cookie = self
            .headers
            .get(header::SET_COOKIE)
            .expect("a cookie")
            .to_str()
            .unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    pub fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .expect("a redirect")
            .to_str()
            .unwrap()
    }
}

pub fn manifest(name: &str, version: &str) -> String {
    format!(
        r#"
name = "{name}"
version = "{version}"
contact = "help@meter.example"
capabilities = ["identity", "payments"]
title = {{ az = "Su sayğacı", en = "Water meter" }}
summary = {{ az = "Göstəricini göndərin." }}
[[purpose]]
code = "show-bills"
text = {{ az = "Borcunuzu göstərmək üçün", en = "To show what you owe" }}
attributes = ["given_name", "utility_bills"]
[payments]
service-codes = ["utilities.water"]
"#
    )
}

impl Stage {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("aim.sqlite").display()))
            .await
            .unwrap();
        let platform = Platform {
            db,
            clock: Clock::manual(NOW),
            random: Random::seeded(7),
        };
        let apis = crate::apis::open(&platform, "http://localhost:8080")
            .await
            .unwrap();
        let identity = apis.identity.clone();
        let runtime = Runtime::start(
            RuntimeConfig {
                data_dir: folder.path().to_owned(),
                compiler: CompilerCommand {
                    program: folder.path().join("no-compiler"),
                    args: Vec::new(),
                },
                limits: Limits::default(),
            },
            apis.clone(),
        )
        .unwrap();
        let public_url: url::Url = "http://localhost:8080".parse().unwrap();
        let app = App {
            platform,
            objects: crate::objects::Objects::open(folder.path()).unwrap(),
            runtime: runtime.clone(),
            public_url: public_url.clone(),
            vetting: Arc::new(Notify::new()),
            uploads: Arc::new(Semaphore::new(UPLOADS_MAX)),
            deploying: Arc::new(Mutex::new(())),
        };
        staff_login::seed(&app, &Seed::development().staff).await.unwrap();
        let services = Directory::new(move |id| runtime.service(id));
        let entrance = Entrance::open(identity, apis.consent.clone(), services.clone(), public_url)
            .await
            .unwrap();
        let router = router::everything(app.clone(), &apis, services, entrance);
        let citizen = CitizenId("citizen-1".to_owned());
        let new = NewOrganisation::parse("Xəzər MMC", "1400000001").unwrap();
        let organisation = account::register(&app, &citizen, new).await.unwrap();
        let (token, secret) =
            account::create_token(&app, &citizen, &organisation.id, "laptop", Lifetime::Day)
                .await
                .unwrap();
        let secret = secret.expose_secret().to_owned();
        Self {
            app,
            router,
            citizen,
            organisation,
            token,
            secret,
            _folder: folder,
        }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response: Response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Answer {
        self.send(
            request("GET", path)
                .header(header::COOKIE, cookie)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }

    pub async fn post_form(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = request("POST", path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// The cookie of somebody of the staff.
    pub async fn staff(&self, email: &str) -> String {
        let fields = [("email", email), ("password", crate::DEVELOPMENT_PASSWORD)];
        let answer = self.post_form("/en/staff/login", "", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        answer.cookie()
    }

    pub fn announcement(&self, manifest: &str, component: &[u8]) -> Announcement {
        Announcement {
            manifest: manifest.to_owned(),
            component_sha256: digest_of(component).trim_start_matches("sha256:").to_owned(),
            component_bytes: component.len() as u64,
        }
    }

    /// A submission whose component has arrived.
    pub async fn submitted(&self, manifest: &str) -> Submission {
        let announcement = self.announcement(manifest, EMPTY_COMPONENT);
        let draft = publish::announce(&self.app, &self.token, announcement)
            .await
            .unwrap();
        let mut incoming = self.app.objects.receive(&draft.digest).await.unwrap();
        incoming.write(EMPTY_COMPONENT).await.unwrap();
        incoming.finish().await.unwrap().unwrap();
        publish::received(&self.app, &self.token, &draft.id)
            .await
            .unwrap()
    }

    /// A submission that passed vetting.
    pub async fn vetted(&self, manifest: &str) -> Submission {
        let submission = self.submitted(manifest).await;
        let report = Report {
            digest: submission.digest.clone(),
            manifest_sha256: submission.manifest_sha256(),
            policy: POLICY_VERSION.to_owned(),
            tools: [("aim-runtime".to_owned(), "0".to_owned())].into(),
            at: NOW,
            capabilities: submission.manifest.capabilities.clone(),
            imports: vec!["aim:gov/identity@0.1.0".to_owned()],
            exports: vec!["aim:gov/handler@0.1.0".to_owned()],
            size_bytes: submission.size_bytes,
            checks: vec![Check::passed(
                "valid-component",
                Severity::Block,
                vec!["seen".to_owned()],
            )],
        };
        let (id, random) = (submission.id.clone(), self.app.platform.random.clone());
        let result: Result<_, ReviewError> = self
            .app
            .platform
            .db
            .write(move |tx| {
                async move {
                    let evidence = store::report::insert(tx, &id, &report, NOW).await?;
                    apply(tx, &random, &id, Attempt::by_platform(Event::Pass, NOW), |s| {
                        s.pass(evidence)
                    })
                    .await
                }
                .boxed()
            })
            .await;
        result.unwrap().unwrap()
    }

    pub async fn submission(&self, id: &SubmissionId) -> Submission {
        let found: Result<_, DbError> = async {
            let mut reader = self.app.platform.db.reader().await?;
            store::submission::get(&mut reader, id).await
        }
        .await;
        found.unwrap().unwrap()
    }
}

pub fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "localhost:8080")
}
