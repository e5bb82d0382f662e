//! What unit tests are made of.

use std::sync::atomic::AtomicBool;

use aim_gov::clock::Timestamp;
use aim_gov::grant::{Boundary, Grant};
use aim_gov::invocation::{Service, ServiceId};
use aim_gov::text::Localised;

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
                amount_per_payment_max: 0,
                amount_per_citizen_max: 0,
                amount_total_max: 0,
                calls_per_minute_max: 600,
            },
        },
        origin: format!("http://{id}.localhost:8080"),
        platform: "http://localhost:8080".to_owned(),
        stopped: AtomicBool::new(false),
    }
}
