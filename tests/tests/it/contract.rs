//! What each government API promises, on both engines: the same calls, the same effects. Payments have
//! a suite of their own, in their crate and in `payments_on_postgres`.

mod consent;
mod deaths;
mod documents;
mod exchange;
mod identity;
mod life_events;
mod notifications;
mod open_data;
mod provider;
mod register;
mod signature;
mod storage;
mod usage;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aim_gov::apis::Apis;
use aim_gov::audit;
use aim_gov::clock::{Clock, Timestamp};
use aim_gov::db::{Db, Engine, sqlite_address};
use aim_gov::grant::{Attribute, Boundary, Capability, FetchType, Grant, LawfulBasis, Purpose};
use aim_gov::invocation::{Acr, CitizenId, Invocation, Service, ServiceId, Session};
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_gov::text::{Locale, Localised};
use aim_gov::usage::Usage;
use aim_tests::actors::citizen::ORDINARY;
use aim_tests::postgres::Postgres;

/// 21 November 2026, 12:00 in Baku.
const NOW: Timestamp = Timestamp(1_795_248_000_000);
/// The purpose of the service under test.
const PURPOSE: &str = "bills";

/// One platform with one approved service and one citizen at it.
struct Rig {
    db: Db,
    clock: Clock,
    apis: Apis,
    citizen: CitizenId,
    invocation: Invocation,
}

impl Rig {
    async fn new(address: &str) -> Self {
        Self::with_seed(address, 7).await
    }

    /// The same with other random numbers.
    async fn with_seed(address: &str, seed: u64) -> Self {
        let db = Db::open(address).await.unwrap();
        let platform = Platform {
            db: db.clone(),
            clock: Clock::manual(NOW),
            random: Random::seeded(seed),
        };
        let clock = platform.clock.clone();
        let apis = Apis::open(platform, "http://localhost").await.unwrap();
        let citizen = apis.identity.citizen(ORDINARY).unwrap();
        Self {
            clock,
            db,
            invocation: invocation(&citizen),
            citizen,
            apis,
        }
    }

    fn service(&self) -> &Arc<Service> {
        &self.invocation.service
    }

    /// The citizen agrees to everything that the purpose asks for.
    async fn agree(&self) -> String {
        self.agree_to(self.service(), &self.citizen, PURPOSE).await
    }

    /// A citizen agrees to all of a purpose of a service: the id of the consent.
    async fn agree_to(&self, service: &Arc<Service>, citizen: &CitizenId, purpose: &str) -> String {
        let purpose = service.grant.purpose(purpose).unwrap();
        self.apis.agree(service, citizen, purpose).await.unwrap()
    }

    /// Decisions about one operation in the citizen's log, oldest first.
    async fn decisions(&self, operation: &str) -> Vec<String> {
        let records = audit::of_citizen(&self.db, &self.citizen, None, audit::PAGE_RECORDS_MAX)
            .await
            .unwrap();
        records
            .into_iter()
            .rev()
            .filter(|record| record.operation == operation)
            .map(|record| record.decision)
            .collect()
    }
}

fn invocation(citizen: &CitizenId) -> Invocation {
    let purpose = Purpose {
        code: PURPOSE.to_owned(),
        text: text("Hesablarınızı göstərmək üçün"),
        basis: LawfulBasis::Consent,
        attributes: BTreeSet::from([Attribute::GivenName, Attribute::UtilityBills]),
        optional: BTreeSet::new(),
        fetch: FetchType::Periodic,
        valid_days: 30,
        retention_days: 0,
        recipients: Vec::new(),
    };
    let service = Service {
        id: ServiceId("water-meter".to_owned()),
        title: text("Su sayğacı"),
        controller: "Sayğac MMC".to_owned(),
        tax_id: "1234567890".to_owned(),
        version: "1.0.0".to_owned(),
        digest: format!("sha256:{}", "0".repeat(64)),
        grant: Grant {
            capabilities: BTreeSet::from([
                Capability::Identity,
                Capability::Consent,
                Capability::Payments,
                Capability::OpenData,
            ]),
            purposes: vec![purpose],
            payment_service_codes: BTreeSet::from(["utilities".to_owned()]),
            boundary: Boundary {
                ends_at: NOW.plus_days(90),
                citizens_max: 100,
                amount_per_payment_max: 100_000,
                amount_per_citizen_max: 1_000_000,
                amount_total_max: 10_000_000,
                calls_per_minute_max: 1_000_000,
                ..Boundary::default()
            },
            ..Grant::default()
        },
        origin: "http://water-meter.localhost".to_owned(),
        platform: "http://localhost".to_owned(),
        stopped: AtomicBool::new(false),
    };
    Invocation {
        service: Arc::new(service),
        session: Some(Session {
            citizen: citizen.clone(),
            acr: Acr::Substantial,
            amr: vec!["otp".to_owned()],
            auth_time: NOW,
            locale: Locale::Az,
        }),
        request_id: "req_1".to_owned(),
        return_path: "/".to_owned(),
        locale: Locale::Az,
        usage: Usage::default(),
    }
}

fn text(az: &str) -> Localised {
    Localised {
        az: az.to_owned(),
        en: None,
        ru: None,
    }
}

/// Runs one suite on an SQLite file and on PostgreSQL.
async fn on_both<F: Future<Output = ()>>(suite: impl Fn(Rig) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Rig::new(&sqlite_address(&folder.path().join("aim.db"))).await;
    assert_eq!(sqlite.db.engine(), Engine::Sqlite);
    suite(sqlite).await;
    let server = Postgres::start().await.unwrap();
    let postgres = Rig::new(&server.database().await.unwrap()).await;
    assert_eq!(postgres.db.engine(), Engine::Postgres);
    suite(postgres).await;
}

/// The same request, of which what is counted is kept.
fn kept(invocation: &Invocation) -> Invocation {
    Invocation {
        usage: Usage::kept(),
        ..invocation.clone()
    }
}

/// What the last call counted: limit, use, bound, window.
fn used(invocation: &Invocation) -> Vec<String> {
    let counted = invocation.usage.take().into_iter();
    counted
        .map(|one| format!("{} {} of {} {}", one.limit, one.used, one.most, one.window.code()))
        .collect()
}
