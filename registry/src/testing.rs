//! Fixtures of the registry's own tests: a real SQLite file, a manual clock, seeded randomness, a runtime
//! without a compiler.

mod described;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aim_gov::clock::{Clock, Timestamp};
use aim_gov::db::{Db, DbError, sqlite_address};
use aim_gov::directory::Directory;
use aim_gov::disk::DiskReserve;
use aim_gov::identity::provider::LogIn;
use aim_gov::invocation::CitizenId;
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_runtime::{CompilerCommand, Limits, Runtime, RuntimeConfig};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use secrecy::ExposeSecret as _;
use tower::ServiceExt as _;

use crate::app::App;
use crate::citizen::CitizenPages;
use crate::component_store::digest_of;
use crate::domain::SubmissionId;
use crate::domain::organisation::{NewOrganisation, Organisation};
use crate::domain::public_reason::PublicReason;
use crate::domain::report::{Check, POLICY_VERSION, Report, Severity};
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::submission::{Approve, Event, Submission};
use crate::domain::suspension::Grounds;
use crate::domain::token::{ApiToken, Lifetime};
use crate::publish::{self, Announcement};
use crate::review::{self, Attempt, apply};
use crate::seed::Seed;
use crate::space_host::SpaceHost;
use crate::{account, organisations, router, staff_login, store};

/// The time of every test's clock.
pub const NOW: Timestamp = Timestamp(1_795_000_000_000);

/// The name of the stage's developer.
pub const DEVELOPER: &str = "Elçin Məmmədov";

/// The smallest component: valid, without any export.
pub const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// A component that answers every request with `text`, at most 32 bytes.
pub fn answering(text: &str) -> Vec<u8> {
    let parameters = "i32 ".repeat(10);
    let module = format!(
        r#"(module
          (memory (export "memory") 1)
          (global $heap (mut i32) (i32.const 1024))
          (data (i32.const 64) "{text}")
          (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
            (global.set $heap (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -8)))
            (global.get $heap)
            (global.set $heap (i32.add (global.get $heap) (local.get 3))))
          (func (export "aim:gov/handler@0.1.0#handle") (param {parameters}) (result i32)
            (i32.store16 (i32.const 16) (i32.const 200))
            (i32.store (i32.const 28) (i32.const 64))
            (i32.store (i32.const 32) (i32.const {length}))
            (i32.const 16)))"#,
        length = text.len()
    );
    let mut module = wat::parse_str(&module).unwrap();
    let mut resolve = wit_parser::Resolve::default();
    resolve
        .push_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit"))
        .unwrap();
    let package = resolve
        .push_str(
            "guest.wit",
            "package test:guest;\nworld guest { export aim:gov/handler@0.1.0; }",
        )
        .unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    wit_component::embed_component_metadata(
        &mut module,
        &resolve,
        world,
        wit_component::StringEncoding::UTF8,
    )
    .unwrap();
    wit_component::ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .encode()
        .unwrap()
}

/// The compiling child, which `cargo` puts two folders above the tests of a workspace.
fn compile_worker() -> std::path::PathBuf {
    let program = std::env::current_exe().unwrap();
    let folder = program.parent().unwrap().parent().unwrap();
    let worker = folder.join("compile-worker");
    assert!(
        worker.is_file(),
        "`{}` is not built: run the tests of the whole workspace",
        worker.display()
    );
    worker
}

pub struct Stage {
    pub app: App,
    pub spaces: SpaceHost,
    pub router: Router,
    pub citizen: CitizenId,
    pub organisation: Organisation,
    pub token: ApiToken,
    pub secret: String,
    pub free: Arc<AtomicU64>,
    pub folder: tempfile::TempDir,
}

/// A response.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// `Set-Cookie` as the browser returns it.
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

/// The grounds of a suspension: these for the staff, others for the public.
pub fn grounds(internal: &str) -> Grounds {
    Grounds {
        internal: internal.to_owned(),
        public: PublicReason::parse("It showed wrong amounts.").unwrap(),
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
    /// A platform that does not compile components.
    pub async fn new() -> Self {
        Self::with(|folder| folder.join("no-compiler")).await
    }

    /// A platform that runs components.
    pub async fn with_compiler() -> Self {
        Self::with(|_| compile_worker()).await
    }

    async fn with(compiler: impl FnOnce(&std::path::Path) -> std::path::PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&sqlite_address(&folder.path().join("aim.sqlite")))
            .await
            .unwrap();
        let free = Arc::new(AtomicU64::new(u64::MAX));
        let reading = free.clone();
        let reserve = DiskReserve::on(move || Ok(reading.load(Ordering::SeqCst)));
        let platform = Platform {
            db: db.with_reserve(reserve),
            clock: Clock::manual(NOW),
            random: Random::seeded(7),
        };
        let apis = aim_gov::apis::Apis::open(platform.clone(), "http://localhost:8080")
            .await
            .unwrap();
        let identity = apis.identity.clone();
        let runtime = Runtime::start(
            RuntimeConfig {
                data_dir: folder.path().to_owned(),
                compiler: CompilerCommand {
                    program: compiler(folder.path()),
                    args: Vec::new(),
                },
                limits: Limits::default(),
            },
            apis.clone(),
        )
        .unwrap();
        let public_url: url::Url = "http://localhost:8080".parse().unwrap();
        let components =
            crate::component_store::ComponentStore::in_folder(&folder.path().join("objects")).unwrap();
        let seed = Seed::development();
        let app = App {
            sandbox_code: seed.code.clone(),
            ..App::new(platform, components, runtime.clone(), public_url.clone())
        };
        staff_login::seed(&app, &seed.staff).await.unwrap();
        let services = Directory::new(move |id| runtime.service(id));
        let entrance = CitizenPages::open(
            identity,
            apis.consent.clone(),
            services.clone(),
            public_url,
            LogIn::Simulated {
                one_time_code: crate::DEVELOPMENT_CODE.into(),
            },
        )
        .await
        .unwrap();
        let spaces = SpaceHost::open(
            app.clone(),
            folder.path().join("spaces"),
            crate::DEVELOPMENT_CODE.into(),
        )
        .await
        .unwrap();
        let router = router::everything(app.clone(), &apis, services, entrance, spaces.clone());
        let citizen = CitizenId("citizen-1".to_owned());
        let new = NewOrganisation::parse("Xəzər MMC", "1400000001").unwrap();
        let organisation = account::register(&app, &citizen, new).await.unwrap();
        let (token, secret) = account::create_token(
            &app,
            (&citizen, DEVELOPER),
            &organisation.id,
            "laptop",
            Lifetime::Day,
        )
        .await
        .unwrap();
        let secret = secret.expose_secret().to_owned();
        let stage = Self {
            app,
            spaces,
            router,
            citizen,
            organisation,
            token,
            secret,
            free,
            folder,
        };
        stage.verify(&stage.organisation).await;
        stage
    }

    pub async fn verify(&self, organisation: &Organisation) {
        let officer = self.person("aysel@aim.example").await;
        organisations::verify(&self.app, &officer, &organisation.id, "Register extract 1/2026")
            .await
            .unwrap();
    }

    /// Sends a request. What the API answers must be described.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answer = self.answer(request).await;
        if path.starts_with("/api/v1/") {
            described::assert_described(&self.description().await, &method, &path, &answer);
        }
        answer
    }

    /// The description of the platform's HTTP interfaces.
    pub async fn description(&self) -> serde_json::Value {
        let request = request("GET", aim_gov::described::PATH).body(Body::empty());
        self.answer(request.unwrap()).await.json()
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
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

    pub async fn staff(&self, email: &str) -> String {
        let fields = [
            ("email", email),
            ("password", crate::DEVELOPMENT_PASSWORD),
            ("code", crate::DEVELOPMENT_CODE),
        ];
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
        self.submitted_by(&self.token, manifest, EMPTY_COMPONENT).await
    }

    /// A submission of any developer whose component has arrived.
    pub async fn submitted_by(&self, token: &ApiToken, manifest: &str, component: &[u8]) -> Submission {
        let announcement = self.announcement(manifest, component);
        let draft = publish::announce(&self.app, token, announcement).await.unwrap();
        let mut incoming = self.app.components.receive(&draft.digest).unwrap();
        incoming.write(component).await.unwrap();
        incoming.finish().await.unwrap().unwrap();
        publish::received(&self.app, token, &draft.id, &draft.digest)
            .await
            .unwrap()
    }

    pub async fn another_organisation(&self) -> ApiToken {
        let citizen = CitizenId("citizen-2".to_owned());
        let new = NewOrganisation::parse("Kür MMC", "1400000002").unwrap();
        let other = account::register(&self.app, &citizen, new).await.unwrap();
        let maker = (&citizen, "Leyla Əliyeva");
        let made = account::create_token(&self.app, maker, &other.id, "laptop", Lifetime::Day).await;
        made.unwrap().0
    }

    /// A member of the staff, without a browser.
    pub async fn person(&self, email: &str) -> Staff {
        let mut reader = self.app.platform.db.reader().await.unwrap();
        let known = store::staff::credentials(&mut reader, email).await.unwrap();
        known.unwrap().staff
    }

    /// A new member of the staff: an officer who logs in like the others.
    pub async fn hire(&self, email: &str) -> Staff {
        let name = email.split('@').next().unwrap_or_default().to_owned();
        let person = staff_login::NewStaff {
            email: email.to_owned(),
            name,
            role: StaffRole::Officer,
            password: crate::DEVELOPMENT_PASSWORD.to_owned().into(),
        };
        staff_login::seed(&self.app, &[person]).await.unwrap();
        self.person(email).await
    }

    /// An approval of everything that a version asks for.
    pub fn yes(&self, submission: &Submission) -> Approve {
        Approve {
            digest: submission.digest.clone(),
            evidence: submission.state.evidence().unwrap().to_owned(),
            limits: submission.manifest.limits.clone(),
            note: "The evidence was read.".to_owned(),
        }
    }

    /// The version of a service that is deployed or suspended.
    pub async fn submission_of(&self, service: &str) -> Submission {
        let service = aim_gov::invocation::ServiceId(service.to_owned());
        let mut reader = self.app.platform.db.reader().await.unwrap();
        let live = store::submission::live_of_service(&mut reader, &service).await;
        live.unwrap().unwrap()
    }

    /// A version that two officers approved and that is not deployed.
    pub async fn approved(&self, manifest: &str, component: &[u8]) -> Submission {
        let submission = self.submitted_by(&self.token, manifest, component).await;
        let vetted = self.pass(&submission).await;
        self.both_approve(&vetted).await
    }

    /// Two officers approve a version.
    pub async fn both_approve(&self, vetted: &Submission) -> Submission {
        for email in ["aysel@aim.example", "rashad@aim.example"] {
            let officer = self.person(email).await;
            let yes = self.yes(vetted);
            review::approve(&self.app, &officer, &vetted.id, yes)
                .await
                .unwrap();
        }
        self.submission(&vetted.id).await
    }

    pub async fn vetted(&self, manifest: &str) -> Submission {
        let submission = self.submitted(manifest).await;
        self.pass(&submission).await
    }

    /// A submission of this component that passed vetting.
    pub async fn vetted_with(&self, manifest: &str, component: &[u8]) -> Submission {
        let submission = self.submitted_by(&self.token, manifest, component).await;
        self.pass(&submission).await
    }

    /// The report of a version that passes vetting.
    pub fn report(submission: &Submission) -> Report {
        Report {
            digest: submission.digest.clone(),
            manifest_sha256: submission.manifest_sha256(),
            kept_manifest_sha256: Some(submission.kept_manifest_sha256()),
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
        }
    }

    /// Vetting passes it.
    pub async fn pass(&self, submission: &Submission) -> Submission {
        self.pass_with(submission, Self::report(submission)).await
    }

    /// Vetting passes it with this report.
    pub async fn pass_with(&self, submission: &Submission, report: Report) -> Submission {
        let (id, platform) = (&submission.id, &self.app.platform);
        let mut tx = platform.db.begin().await.unwrap();
        let evidence = store::report::insert(&mut tx, id, &report, NOW).await.unwrap();
        let attempt = Attempt::by_platform(Event::Pass, NOW);
        let passed = apply(&mut tx, &platform.random, id, attempt, |s| s.pass(evidence)).await;
        tx.commit().await.unwrap();
        passed.unwrap().unwrap()
    }

    /// Changes the database directly.
    pub async fn change(&self, sql: &'static str) {
        self.app.platform.db.run(sqlx::query(sql)).await.unwrap();
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
