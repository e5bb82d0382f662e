//! What unit tests are made of.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aim_gov::clock::{Clock, Timestamp};
use aim_gov::db::{Db, sqlite_address};
use aim_gov::grant::{Boundary, Grant};
use aim_gov::invocation::{Acr, CitizenId, Invocation, Service, ServiceId, Session};
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_gov::text::{Locale, Localised};

/// A platform on a real database in `folder`, at a moment that stands.
pub(crate) async fn platform(folder: &Path) -> Platform {
    let db = sqlite_address(&folder.join("aim.sqlite"));
    Platform {
        db: Db::open(&db).await.unwrap(),
        clock: Clock::manual(Timestamp(1_790_000_000_000)),
        random: Random::seeded(7),
    }
}

/// The citizen of [`invocation`].
pub(crate) fn citizen() -> CitizenId {
    CitizenId("citizen_1".to_owned())
}

/// A request of a citizen to `service`.
pub(crate) fn invocation(service: Service) -> Invocation {
    Invocation {
        service: Arc::new(service),
        session: Some(Session {
            citizen: citizen(),
            acr: Acr::Substantial,
            amr: vec!["otp".to_owned()],
            auth_time: Timestamp(0),
            locale: Locale::Az,
        }),
        request_id: "req_1".to_owned(),
        return_path: "/".to_owned(),
        locale: Locale::Az,
        usage: aim_gov::usage::Usage::default(),
    }
}

/// A service that is granted nothing.
pub(crate) fn service(id: &str) -> Service {
    Service {
        id: ServiceId(id.to_owned()),
        title: Localised {
            az: "Sınaq".to_owned(),
            en: Some("Test".to_owned()),
            ru: None,
        },
        controller: "Test MMC".to_owned(),
        tax_id: "1234567890".to_owned(),
        version: "1.0.0".to_owned(),
        digest: String::new(),
        grant: Grant {
            capabilities: [].into(),
            purposes: Vec::new(),
            payment_service_codes: [].into(),
            outbound_hosts: [].into(),
            boundary: Boundary {
                ends_at: Timestamp(i64::MAX),
                citizens_max: 10,
                calls_per_minute_max: 600,
                ..Boundary::default()
            },
            ..Grant::default()
        },
        origin: format!("http://{id}.localhost:8080"),
        platform: "http://localhost:8080".to_owned(),
        stopped: AtomicBool::new(false),
    }
}
