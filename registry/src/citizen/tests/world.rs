//! A platform with one service on a port of its own, and browsers that visit it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use aim_gov::clock::{Clock, Timestamp};
use aim_gov::consent::Consent;
use aim_gov::consent::pages::Pages;
use aim_gov::db::{Db, sqlite_address};
use aim_gov::death::Deaths;
use aim_gov::directory::Directory;
use aim_gov::grant::{Attribute, Boundary, Capability, Grant, Purpose};
use aim_gov::identity::provider::LogIn;
use aim_gov::identity::{Identity, Person, register};
use aim_gov::invocation::{CitizenId, Service, ServiceId};
use aim_gov::notifications::Notifications;
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_gov::remote::Fault;
use aim_gov::sessions::{self, Secure};
use aim_gov::signature::Signatures;
use aim_gov::text::Localised;
use axum::Router;
use axum::response::{AppendHeaders, IntoResponse as _};
use futures::FutureExt as _;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use sqlx::Row as _;
use url::Url;

use crate::citizen::{self, CitizenPages};
use crate::gateway::{Door, Gateway, Names};

/// Saturday, 21 November 2026, noon in Bakı.
pub(super) const NOW: Timestamp = Timestamp(1_795_248_000_000);

/// The simulated register of the population, which can be out of order.
#[derive(Debug)]
pub(super) struct Register {
    works: Arc<dyn register::Backend>,
    is_out: AtomicBool,
}

impl Register {
    pub(super) fn is_out(&self, is_out: bool) {
        self.is_out.store(is_out, Ordering::SeqCst);
    }

    fn check(&self) -> Result<(), Fault> {
        match self.is_out.load(Ordering::SeqCst) {
            true => Err(Fault::Failed("out of order".into())),
            false => Ok(()),
        }
    }
}

#[async_trait::async_trait]
impl register::Backend for Register {
    async fn by_fin(&self, fin: &str) -> Result<Option<Person>, Fault> {
        self.check()?;
        self.works.by_fin(fin).await
    }

    async fn by_citizen(&self, citizen: &CitizenId) -> Result<Option<Person>, Fault> {
        self.check()?;
        self.works.by_citizen(citizen).await
    }
}

pub(super) struct World {
    pub(super) clock: Clock,
    pub(super) register: Arc<Register>,
    pub(super) identity: Identity,
    pub(super) deaths: Deaths,
    pub(super) port: u16,
    services: Arc<Mutex<Vec<Arc<Service>>>>,
    server: tokio::task::JoinHandle<()>,
    _dir: tempfile::TempDir,
}

impl Drop for World {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(super) fn service(id: &str, port: u16) -> Service {
    Service {
        id: ServiceId(id.to_owned()),
        title: Localised {
            az: "Salam".to_owned(),
            ..Localised::default()
        },
        controller: "Nümunə MMC".to_owned(),
        tax_id: "1234567890".to_owned(),
        version: "1.0.0".to_owned(),
        digest: format!("sha256:{}", "0".repeat(64)),
        grant: Grant {
            capabilities: [Capability::Identity, Capability::Consent].into(),
            purposes: vec![Purpose {
                code: "greeting".to_owned(),
                text: Localised {
                    az: "Sizi adınızla salamlamaq".to_owned(),
                    ..Localised::default()
                },
                basis: aim_gov::grant::LawfulBasis::Consent,
                attributes: [Attribute::GivenName].into(),
                optional: std::collections::BTreeSet::new(),
                fetch: aim_gov::grant::FetchType::Periodic,
                valid_days: 30,
                retention_days: 0,
                recipients: Vec::new(),
            }],
            boundary: Boundary {
                ends_at: NOW.plus_days(90),
                citizens_max: 2,
                calls_per_minute_max: 100,
                ..Boundary::default()
            },
            ..Grant::default()
        },
        origin: format!("http://{id}.localhost:{port}"),
        platform: format!("http://localhost:{port}"),
        stopped: AtomicBool::new(false),
    }
}

impl World {
    pub(super) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let address = sqlite_address(&dir.path().join("aim.db"));
        let platform = Platform {
            db: Db::open(&address).await.unwrap(),
            clock: Clock::manual(NOW),
            random: Random::seeded(1),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let public_url = Url::parse(&format!("http://localhost:{port}")).unwrap();
        let services = ["hello", "other"].map(|id| Arc::new(service(id, port))).to_vec();
        let services = Arc::new(Mutex::new(services));
        let found = services.clone();
        let directory = Directory::new(move |id| {
            let services = found.lock().unwrap();
            services.iter().find(|service| service.id == *id).cloned()
        });
        let identity = Identity::open(platform.clone()).await.unwrap();
        let register = Arc::new(Register {
            works: identity.register(),
            is_out: AtomicBool::new(false),
        });
        let identity = identity.with_register(register.clone(), register::REGISTER_WITHIN);
        let consent = Consent::new(platform.clone());
        let deaths = Deaths::new(platform.clone(), identity.clone(), consent.clone());
        let entrance = CitizenPages::open(
            identity.clone(),
            consent.clone(),
            directory.clone(),
            public_url.clone(),
            LogIn::Simulated {
                one_time_code: crate::DEVELOPMENT_CODE.into(),
            },
        )
        .await
        .unwrap();
        let notifications = Notifications::new(platform.clone(), identity.clone());
        let signatures = Signatures::open(
            platform.clone(),
            identity.clone(),
            notifications,
            public_url.as_str().trim_end_matches('/'),
        );
        let pages = Pages {
            consent,
            identity: identity.clone(),
            signatures: signatures.await.unwrap(),
            services: directory.clone(),
            platform: public_url.clone(),
        };
        let pages = Router::new()
            .merge(citizen::routes(entrance))
            .merge(aim_gov::consent::pages::routes(pages))
            .layer(sessions::layer(&platform, Secure::of(&public_url)));
        // The service says what it sees: who is logged in, and which cookies came along. One path sets some.
        let serve: Box<crate::gateway::Serve> = Box::new(|id, session, request| {
            async move {
                let cookies: Vec<_> = request
                    .headers()
                    .get_all("cookie")
                    .iter()
                    .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
                    .collect();
                let who = session.map_or_else(
                    || "nobody".to_owned(),
                    |session| format!("{} {}", session.citizen.0, session.acr.code()),
                );
                let path = request.uri().path_and_query().unwrap().to_string();
                let seen = format!("{}|{who}|{path}|{}", id.0, cookies.join("; "));
                let set = [
                    "aim_session=forged",
                    "aim_portal=forged; Domain=localhost",
                    "theme=dark",
                ];
                let set = set.map(|cookie| ("set-cookie", cookie));
                match path.as_str() {
                    "/sets-cookies" => (AppendHeaders(set), seen).into_response(),
                    _ => seen.into_response(),
                }
            }
            .boxed()
        });
        let gateway = Gateway::new(Door {
            platform: platform.clone(),
            domain: public_url.host_str().unwrap().to_owned(),
            public_url,
            names: Names::OfPlatform,
            pages,
            services: directory,
            serve,
            spaces: None,
        });
        let server = tokio::spawn(async move {
            axum::serve(listener, gateway.into_router()).await.unwrap();
        });
        Self {
            clock: platform.clock,
            identity,
            deaths,
            register,
            port,
            services,
            server,
            _dir: dir,
        }
    }

    /// Another version takes the place of the service of this name.
    pub(super) fn deploy(&self, service: Service) {
        self.remove(&service.id.0);
        self.services.lock().unwrap().push(Arc::new(service));
    }

    /// The service of this name is gone.
    pub(super) fn remove(&self, id: &str) {
        self.services.lock().unwrap().retain(|known| known.id.0 != id);
    }

    /// Rows in all tables.
    pub(super) async fn rows(&self) -> i64 {
        let mut reader = self.identity.platform().db.reader().await.unwrap();
        let tables = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table'")
            .fetch_all(&mut *reader)
            .await
            .unwrap();
        let mut rows = 0;
        for table in tables {
            let table: String = table.try_get("name").unwrap();
            let count = sqlx::query(sqlx::AssertSqlSafe(format!(
                "SELECT count(*) AS n FROM \"{table}\""
            )))
            .fetch_one(&mut *reader)
            .await
            .unwrap();
            rows += count.try_get::<i64, _>("n").unwrap();
        }
        rows
    }

    pub(super) fn browser(&self) -> Browser {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let loopback = std::net::SocketAddr::from(([127, 0, 0, 1], self.port));
        let client = Client::builder()
            .cookie_store(true)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .resolve("localhost", loopback)
            .resolve("hello.localhost", loopback)
            .resolve("other.localhost", loopback)
            .build()
            .unwrap();
        Browser {
            client,
            home: Url::parse(&format!("http://localhost:{}", self.port)).unwrap(),
        }
    }
}

/// A person's browser: it keeps cookies, and it shows each redirect.
#[derive(Clone)]
pub(super) struct Browser {
    client: Client,
    pub(super) home: Url,
}

impl Browser {
    pub(super) fn address(&self, path: &str) -> Url {
        self.home.join(path).unwrap()
    }

    pub(super) fn get(&self, address: Url) -> RequestBuilder {
        self.client.get(address)
    }

    pub(super) fn post(&self, address: Url) -> RequestBuilder {
        self.client.post(address)
    }

    pub(super) async fn send(&self, request: RequestBuilder) -> Page {
        Page::read(request.send().await.unwrap()).await
    }

    /// Takes part in the test that the page asks about.
    pub(super) async fn join(&self, page: &Page) -> Page {
        self.send(self.post(page.address.clone()).form(&[("decision", "join")]))
            .await
    }

    /// Opens an address and follows its redirects to the page behind them, joining tests on the way.
    pub(super) async fn open(&self, address: Url) -> Page {
        let mut page = self.send(self.get(address)).await;
        for _ in 0..12 {
            page = match page.location.clone() {
                Some(next) => self.send(self.get(next)).await,
                None if page.asks_to_join() => self.join(&page).await,
                None => return page,
            };
        }
        panic!("redirected round and round: {}", page.address);
    }

    /// Opens a path of the platform and follows its redirects.
    pub(super) async fn visit(&self, path: &str) -> Page {
        self.open(self.address(path)).await
    }

    /// Fills in the log-in page that stands open.
    pub(super) async fn fill_in(&self, page: &Page, fin: &str, code: &str) -> Page {
        assert_eq!(
            page.address.path().get(3..),
            Some("/id/login"),
            "{}",
            page.address
        );
        let request = page.hidden("request");
        let form = [
            ("request", request.as_str()),
            ("fin", fin),
            ("code", code),
            ("action", "log-in"),
        ];
        let sent = self.post(page.address.clone()).form(&form);
        self.send(sent).await
    }

    /// Logs in at the platform from its front page.
    pub(super) async fn log_in(&self, fin: &str) -> Page {
        let page = self.visit("/az/login?return=/az/my/consents").await;
        let answer = self.fill_in(&page, fin, "111111").await;
        let page = self.open(answer.location.expect("a way back")).await;
        assert_eq!(
            (page.status, page.address.path()),
            (StatusCode::OK, "/az/my/consents")
        );
        page
    }
}

/// What a browser shows.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) address: Url,
    /// Where it redirects to.
    pub(super) location: Option<Url>,
    pub(super) cookies: Vec<String>,
    pub(super) body: String,
}

impl Page {
    async fn read(response: Response) -> Self {
        let address = response.url().clone();
        let headers = response.headers();
        Self {
            status: response.status(),
            location: headers
                .get("location")
                .map(|value| address.join(value.to_str().unwrap()).unwrap()),
            cookies: headers
                .get_all("set-cookie")
                .iter()
                .map(|value| value.to_str().unwrap().to_owned())
                .collect(),
            address,
            body: response.text().await.unwrap(),
        }
    }

    /// Whether it asks the citizen to take part in a test.
    pub(super) fn asks_to_join(&self) -> bool {
        self.body.contains("value=\"join\"")
    }

    /// Where the link of this label leads to.
    pub(super) fn link(&self, label: &str) -> String {
        let (before, _) = self
            .body
            .split_once(&format!("\">{label}</a>"))
            .unwrap_or_else(|| panic!("no `{label}` on {}: {}", self.address, self.body));
        let (_, address) = before.rsplit_once("href=\"").unwrap();
        address.replace("&#38;", "&")
    }

    /// The value of a hidden field.
    pub(super) fn hidden(&self, name: &str) -> String {
        let (_, rest) = self
            .body
            .split_once(&format!("name=\"{name}\" value=\""))
            .unwrap_or_else(|| panic!("no `{name}` on {}: {}", self.address, self.body));
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// The value of a cookie that the answer sets.
    pub(super) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.iter().find_map(|cookie| {
            let (found, rest) = cookie.split_once('=')?;
            (found == name).then(|| rest.split(';').next().unwrap_or_default().to_owned())
        })
    }

    /// A field of the query of the place that it redirects to.
    pub(super) fn sent(&self, name: &str) -> Option<String> {
        self.location
            .as_ref()?
            .query_pairs()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.into_owned())
    }
}
