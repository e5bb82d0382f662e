//! A service, its approval, and citizens.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aim_gov::clock::{Clock, Timestamp};
use aim_gov::consent::Consent;
use aim_gov::db::{Db, sqlite_address};
use aim_gov::directory::Directory;
use aim_gov::error::GovError;
use aim_gov::grant::{Attribute, Boundary, Capability, FetchType, Grant, LawfulBasis, Purpose};
use aim_gov::identity::{Identity, personas};
use aim_gov::invocation::{Acr, CitizenId, Invocation, Service, ServiceId, Session};
use aim_gov::payments::card::{Card, CardForm};
use aim_gov::payments::checkout::Payer;
use aim_gov::payments::{Bill, NewPayment, Payment, Payments, ledger};
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_gov::text::{Locale, Localised};

/// 2026-11-21 12:00 in Baku.
pub const NOW: Timestamp = Timestamp(1_795_248_000_000);
/// The purpose under which the scene's service reads bills.
pub const PURPOSE: &str = "show-bills";
/// A card that pays.
pub const GOOD_CARD: &str = "4242 4242 4242 4242";

/// An SQLite file of its own, removed with the value.
pub struct Sqlite(tempfile::TempDir);

impl Sqlite {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn address(&self) -> String {
        sqlite_address(&self.0.path().join("aim.db"))
    }

    pub async fn open(&self) -> Db {
        Db::open(&self.address()).await.unwrap()
    }
}

/// What a test works with.
pub struct Scene {
    pub platform: Platform,
    pub identity: Identity,
    pub consent: Consent,
    pub payments: Payments,
    pub service: Arc<Service>,
}

impl Scene {
    /// With room for everything: 10,000 manats a citizen and 100,000 in all.
    pub async fn new(db: Db) -> Self {
        Self::with_boundary(db, |_| ()).await
    }

    pub async fn with_boundary(db: Db, change: impl FnOnce(&mut Boundary)) -> Self {
        let platform = Platform {
            db,
            clock: Clock::manual(NOW),
            random: Random::seeded(7),
        };
        Self::on(platform, change).await
    }

    pub async fn on(platform: Platform, change: impl FnOnce(&mut Boundary)) -> Self {
        let identity = Identity::open(platform.clone()).await.unwrap();
        let mut boundary = Boundary {
            ends_at: NOW.plus_days(300),
            citizens_max: 1_000,
            amount_per_payment_max: 100_000,
            amount_per_citizen_max: 1_000_000,
            amount_total_max: 10_000_000,
            calls_per_minute_max: 1_000_000,
            ..Boundary::default()
        };
        change(&mut boundary);
        Self {
            consent: Consent::new(platform.clone()),
            payments: Payments::open(platform.clone(), identity.clone()).await.unwrap(),
            service: Arc::new(service("communal-bills", boundary)),
            platform,
            identity,
        }
    }

    /// The citizen of this number in the simulated population. 0 and 1 share a household.
    pub fn citizen(&self, number: usize) -> CitizenId {
        self.identity
            .citizen(&personas::all()[number].person.fin)
            .unwrap()
    }

    /// A request of this citizen to the service.
    pub fn by(&self, citizen: &CitizenId) -> Invocation {
        invocation(&self.service, Some(citizen.clone()))
    }

    /// Makes a payment of this citizen.
    pub async fn create(&self, citizen: &CitizenId, key: &str, qepik: u64) -> Result<Payment, GovError> {
        self.payments
            .create(&self.by(citizen), key, new_payment(qepik))
            .await
    }

    /// Makes a payment and pays it.
    pub async fn paid(&self, citizen: &CitizenId, key: &str, qepik: u64) -> Payment {
        let payment = self.create(citizen, key, qepik).await.unwrap();
        self.pay(&payment, GOOD_CARD).await
    }

    /// Pays with this card on the host's page.
    pub async fn pay(&self, payment: &Payment, number: &str) -> Payment {
        let payer = payer(&payment.citizen);
        let shown = self.payments.start(&payer, &payment.id).await.unwrap();
        let confirmation = self.payments.confirmation(&shown);
        self.payments
            .pay(&payer, &payment.id, &self.services(), confirmation, card(number))
            .await
            .unwrap()
    }

    /// The deployed services: the scene's, whatever is asked for.
    pub fn services(&self) -> Directory {
        let service = self.service.clone();
        Directory::new(move |_| Some(service.clone()))
    }

    /// Agrees that the service reads the bills of this citizen's household; answers the consent's id.
    pub async fn agree(&self, citizen: &CitizenId) -> String {
        self.consent
            .give(
                &self.service,
                citizen,
                PURPOSE,
                &BTreeSet::from([Attribute::UtilityBills]),
            )
            .await
            .unwrap()
    }

    /// What the household of this citizen owes under a code, to the scene's service.
    pub async fn bills(&self, citizen: &CitizenId, code: &str) -> Result<Vec<Bill>, GovError> {
        self.payments.bills(&self.by(citizen), code, PURPOSE).await
    }

    /// Fails unless every rule of the ledger holds.
    #[track_caller]
    pub fn assert_clean(verification: &ledger::Verification) {
        assert!(verification.is_clean(), "{verification:#?}");
    }

    pub async fn verify(&self) -> ledger::Verification {
        let verification = ledger::verify(&self.platform.db).await.unwrap();
        Self::assert_clean(&verification);
        verification
    }

    /// Changes every payment behind everybody's back.
    pub async fn change_payments(&self, assignment: &str) {
        self.tamper(&format!("UPDATE payment SET {assignment}")).await;
    }

    /// Changes the database behind everybody's back.
    pub async fn tamper(&self, statement: &str) {
        let statement = sqlx::query(sqlx::AssertSqlSafe(statement.to_owned()));
        self.platform.db.run(statement).await.unwrap();
    }
}

/// A service with one purpose and the umbrella of the utilities.
pub fn service(name: &str, boundary: Boundary) -> Service {
    let az = |text: &str| Localised {
        az: text.to_owned(),
        en: Some(format!("{text} (en)")),
        ru: None,
    };
    Service {
        id: ServiceId(name.to_owned()),
        title: az("Kommunal ödənişlər"),
        controller: "Ev MMC".to_owned(),
        tax_id: "1234567890".to_owned(),
        version: "1.0.0".to_owned(),
        digest: format!("sha256:{}", "0".repeat(64)),
        grant: Grant {
            capabilities: BTreeSet::from([Capability::Payments, Capability::Consent]),
            purposes: vec![Purpose {
                code: PURPOSE.to_owned(),
                text: az("Hesablarınızı göstərmək"),
                basis: LawfulBasis::Consent,
                attributes: BTreeSet::from([Attribute::UtilityBills]),
                optional: BTreeSet::new(),
                fetch: FetchType::Periodic,
                valid_days: 90,
                retention_days: 30,
                recipients: Vec::new(),
            }],
            payment_service_codes: BTreeSet::from(["utilities".to_owned()]),
            boundary,
            ..Grant::default()
        },
        origin: format!("http://{name}.localhost:8080"),
        platform: "http://localhost:8080".to_owned(),
        stopped: AtomicBool::new(false),
    }
}

pub fn invocation(service: &Arc<Service>, citizen: Option<CitizenId>) -> Invocation {
    Invocation {
        service: service.clone(),
        session: citizen.map(|citizen| Session {
            citizen,
            acr: Acr::Substantial,
            amr: vec!["otp".to_owned()],
            auth_time: NOW,
            locale: Locale::Az,
        }),
        request_id: "req_test".to_owned(),
        return_path: "/".to_owned(),
        locale: Locale::Az,
        usage: aim_gov::usage::Usage::default(),
    }
}

pub fn new_payment(qepik: u64) -> NewPayment {
    NewPayment {
        minor_units: qepik,
        currency: "AZN".to_owned(),
        service_code: "utilities.water".to_owned(),
        reference: "R-1".to_owned(),
        description: Localised {
            az: "Su haqqı".to_owned(),
            en: Some("Water".to_owned()),
            ru: None,
        },
        return_path: "/paid?ref=R-1".to_owned(),
        delayed_capture: false,
        metadata: vec![("house".to_owned(), "7".to_owned())],
    }
}

/// A payment that settles this bill.
pub fn paying(bill: &Bill) -> NewPayment {
    NewPayment {
        minor_units: bill.amount.minor_units(),
        service_code: bill.service_code.code.clone(),
        reference: bill.id.clone(),
        ..new_payment(1)
    }
}

pub fn payer(citizen: &CitizenId) -> Payer {
    Payer {
        citizen: citizen.clone(),
        request_id: "req_page".to_owned(),
    }
}

pub fn card(number: &str) -> Card {
    let form = CardForm {
        number: number.into(),
        expiry_month: "12".to_owned(),
        expiry_year: "2030".to_owned(),
        cvc: "123".into(),
    };
    Card::parse(&form, NOW).unwrap()
}
