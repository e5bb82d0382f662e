//! A fixture for tests: a platform on a real SQLite file, a service with purposes, and a citizen who is logged
//! in.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::clock::{Clock, Timestamp};
use crate::consent::Consent;
use crate::db::{Db, sqlite_address};
use crate::grant::{Attribute, Boundary, Capability, FetchType, Grant, LawfulBasis, Purpose};
use crate::identity::Identity;
use crate::invocation::{Acr, CitizenId, Invocation, Service, ServiceId, Session};
use crate::platform::Platform;
use crate::random::Random;
use crate::text::{Locale, Localised};

/// Saturday, 21 November 2026, noon in Bakı.
pub(crate) const NOW: Timestamp = Timestamp(1_795_248_000_000);
/// A purpose that covers the name and the date of birth, periodically.
pub(crate) const GREETING: &str = "greeting";
/// A purpose that covers the FIN and the predicates, once.
pub(crate) const ONCE: &str = "once";

pub(crate) struct Scene {
    pub(crate) platform: Platform,
    pub(crate) identity: Identity,
    pub(crate) consent: Consent,
    pub(crate) citizen: CitizenId,
    _dir: tempfile::TempDir,
}

fn purpose(code: &str, attributes: &[Attribute], fetch: FetchType) -> Purpose {
    Purpose {
        code: code.to_owned(),
        text: Localised {
            az: format!("Məqsəd: {code}"),
            en: Some(format!("Purpose: {code}")),
            ru: None,
        },
        basis: LawfulBasis::Consent,
        attributes: attributes.iter().copied().collect(),
        optional: std::collections::BTreeSet::new(),
        fetch,
        valid_days: 30,
        retention_days: 7,
        recipients: Vec::new(),
    }
}

/// The service `id` as approved.
pub(crate) fn service(id: &str) -> Service {
    Service {
        id: ServiceId(id.to_owned()),
        title: Localised {
            az: "Çayxana".to_owned(),
            ..Localised::default()
        },
        controller: "Çay MMC".to_owned(),
        tax_id: "1234567890".to_owned(),
        version: "1.0.0".to_owned(),
        digest: format!("sha256:{}", "0".repeat(64)),
        grant: Grant {
            capabilities: [Capability::Identity, Capability::Consent].into(),
            purposes: vec![
                purpose(
                    GREETING,
                    &[Attribute::GivenName, Attribute::MiddleName, Attribute::Birthdate],
                    FetchType::Periodic,
                ),
                purpose(
                    ONCE,
                    &[
                        Attribute::Fin,
                        Attribute::AgeOver,
                        Attribute::ResidentOf,
                        Attribute::Citizen,
                    ],
                    FetchType::OneTime,
                ),
            ],
            boundary: Boundary {
                ends_at: NOW.plus_days(90),
                citizens_max: 3,
                calls_per_minute_max: 100,
                ..Boundary::default()
            },
            ..Grant::default()
        },
        origin: format!("http://{id}.localhost"),
        platform: "http://localhost".to_owned(),
        stopped: AtomicBool::new(false),
    }
}

impl Scene {
    pub(crate) async fn set() -> Self {
        Self::set_with(1).await
    }

    /// The scene with another seed of its secrets.
    pub(crate) async fn set_with(seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let address = sqlite_address(&dir.path().join("aim.db"));
        let platform = Platform {
            db: Db::open(&address).await.unwrap(),
            clock: Clock::manual(NOW),
            random: Random::seeded(seed),
        };
        let identity = Identity::open(platform.clone()).await.unwrap();
        Self {
            consent: Consent::new(platform.clone()),
            citizen: identity.citizen("OTEST01").unwrap(),
            identity,
            platform,
            _dir: dir,
        }
    }

    /// A request of the citizen to this service.
    pub(crate) fn at(&self, service: Service) -> Invocation {
        self.by(service, "OTEST01")
    }

    /// A request of the person with this FIN to this service.
    pub(crate) fn by(&self, service: Service, fin: &str) -> Invocation {
        Invocation {
            service: Arc::new(service),
            session: Some(Session {
                citizen: self.identity.citizen(fin).unwrap(),
                acr: Acr::Substantial,
                amr: vec!["otp".to_owned()],
                auth_time: NOW,
                locale: Locale::Az,
            }),
            request_id: "req_1".to_owned(),
            return_path: "/menu?day=1".to_owned(),
            locale: Locale::En,
            usage: crate::usage::Usage::default(),
        }
    }

    /// Makes every later audit record fail.
    pub(crate) async fn lose_audit_records(&self) {
        let drop = sqlx::query("DROP TABLE audit_record");
        self.platform.db.run(drop).await.unwrap();
    }

    /// The citizen agrees to everything that the purpose covers.
    pub(crate) async fn agree(&self, inv: &Invocation, purpose: &str) -> String {
        let attributes = inv.service.grant.purpose(purpose).unwrap().attributes.clone();
        let citizen = &inv.session.as_ref().unwrap().citizen;
        self.consent
            .give(&inv.service, citizen, purpose, &attributes)
            .await
            .unwrap()
    }

    /// Operation, decision and attributes of the citizen's records, oldest first.
    pub(crate) async fn log(&self, fin: &str) -> Vec<(String, String, String)> {
        let citizen = self.identity.citizen(fin).unwrap();
        let mut records = crate::audit::of_citizen(&self.platform.db, &citizen, None, 100)
            .await
            .unwrap();
        records.sort_by_key(|record| record.at);
        records
            .into_iter()
            .map(|record| (record.operation, record.decision, record.attributes.join(" ")))
            .collect()
    }
}
