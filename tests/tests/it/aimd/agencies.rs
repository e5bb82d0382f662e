//! `aimd` whose agencies are behind a security server of X-Road.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use aim_gov::apis::Apis;
use aim_gov::clock::Clock;
use aim_gov::db::{Db, sqlite_address};
use aim_gov::exchange::Backend;
use aim_gov::exchange::message::{Request, Response};
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_gov::remote::Fault;
use aim_tests::actors::citizen::{Citizen, ORDINARY};
use aim_tests::actors::developer::{Developer, ELCHIN, STARTUP, TAX_ID};
use aim_tests::aimd::{Desk, said};
use aim_tests::guests;
use aim_tests::pipeline::Panel;
use aim_tests::security_server::SecurityServer;

/// Agencies with a database of their own, and what they were asked.
#[derive(Debug)]
struct Agencies {
    simulated: Arc<dyn Backend>,
    paths: Mutex<Vec<String>>,
    broken: AtomicBool,
}

impl Agencies {
    async fn new(desk: &Desk) -> Arc<Self> {
        let address = sqlite_address(&desk.path("agencies.db"));
        let platform = Platform {
            db: Db::open(&address).await.unwrap(),
            clock: Clock::system(),
            random: Random::system(),
        };
        let apis = Apis::open(platform, "http://localhost").await.unwrap();
        let root = apis.signatures.backend().authorities().root;
        Arc::new(Self {
            simulated: aim_gov::exchange::simulated(&apis.platform, &apis.identity, root),
            paths: Mutex::default(),
            broken: AtomicBool::new(false),
        })
    }
}

#[async_trait::async_trait]
impl Backend for Agencies {
    async fn ask(&self, request: &Request) -> Result<Response, Fault> {
        self.paths.lock().unwrap().push(request.path());
        match self.broken.load(Ordering::SeqCst) {
            true => Err(Fault::Failed("broken".into())),
            false => self.simulated.ask(request).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_what_a_security_server_does_not_allow() {
    let desk = Desk::new().unwrap();
    let agencies = Agencies::new(&desk).await;
    let check = async |url: &str| {
        desk.configure(&format!("{}\nexchange.url = \"{url}\"", super::PROXY))
            .unwrap();
        let checked = desk.run(&["check"]).await.unwrap();
        (checked.status.success(), said(&checked))
    };
    let right = SecurityServer::start(agencies.clone()).await.unwrap();
    assert_eq!(check(&right.url).await, (true, String::new()));
    let withdrawn = SecurityServer::without(agencies.clone(), &["vehicles.owns"]).await;
    let withdrawn = withdrawn.unwrap();
    for (url, words) in [
        (
            "http://127.0.0.1:1",
            "aimd: exchange.url: no security server of X-Road answers there",
        ),
        (
            &withdrawn.url,
            "aimd: exchange.url: agencies do not let the platform call their services",
        ),
        (&withdrawn.url, "the platform may not call vehicles.owns"),
    ] {
        let (good, said) = check(url).await;
        assert!(!good && said.contains(words), "{words}: {said}");
    }
    assert!(
        agencies.paths.lock().unwrap().is_empty(),
        "`check` asked an agency"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn services_ask_agencies_through_the_security_server() {
    let desk = Desk::new().unwrap();
    let agencies = Agencies::new(&desk).await;
    let server = SecurityServer::start(agencies.clone()).await.unwrap();
    let url = desk
        .configure_sandbox(&format!("exchange.url = \"{}\"", server.url))
        .unwrap();
    let aimd = desk.serve().await.unwrap();
    let developer = Developer::start(&url, ELCHIN, STARTUP, TAX_ID).await.unwrap();
    let panel = Panel::log_in(&url).await.unwrap();
    let folder = guests::sample("kindergarten");
    let component = guests::build(&folder).await.unwrap();
    let id = developer.publish(&folder, Some(&component)).await.unwrap();
    panel.approve(&developer, &id).await.unwrap();
    // Vetting has simulated agencies.
    assert_eq!(agencies.paths.lock().unwrap()[..], [""; 0]);

    let address = url.replace("localhost", "kindergarten.localhost");
    let citizen = Citizen::new(&url, ORDINARY, "en").unwrap();
    let page = citizen.open(&format!("{address}/")).await.unwrap().ok().unwrap();
    assert!(page.body.contains("Kindergartens in your region: Bakı"), "{page}");
    let asked = agencies.paths.lock().unwrap().clone();
    let residence = "/r1/AZ/GOV/SIM-POPULATION/registry/residence".to_owned();
    assert!(asked.contains(&residence), "{asked:?}");

    // An agency out of reach is told, and is not made up.
    agencies.broken.store(true, Ordering::SeqCst);
    let page = citizen.open(&format!("{address}/")).await.unwrap();
    assert!(
        !page.body.contains("Kindergartens in your region: Bakı"),
        "{page}"
    );
    assert!(aimd.stop().await.unwrap().success());
}
