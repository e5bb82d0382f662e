use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sqlx::{Executor as _, Row as _};

use super::*;
use crate::grant::{Attribute, Boundary, Grant};
use crate::invocation::{CitizenId, Service, ServiceId};
use crate::text::{Locale, Localised};

const NOW: Timestamp = Timestamp(1_790_000_000_000);

struct Scene {
    _dir: tempfile::TempDir,
    platform: Platform,
    invocation: Invocation,
}

async fn scene() -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}", dir.path().join("aim.db").display()))
        .await
        .unwrap();
    let platform = Platform {
        db,
        clock: Clock::manual(NOW),
        random: Random::seeded(1),
    };
    let grant = Grant {
        capabilities: BTreeSet::from([Capability::Identity]),
        purposes: Vec::new(),
        payment_service_codes: BTreeSet::new(),
        outbound_hosts: BTreeSet::new(),
        boundary: Boundary {
            ends_at: NOW.plus_days(30),
            citizens_max: 10,
            amount_per_payment_max: 0,
            amount_per_citizen_max: 0,
            amount_total_max: 0,
            calls_per_minute_max: 60,
        },
    };
    let service = Service {
        id: ServiceId("tea-house".into()),
        title: Localised {
            az: "Çayxana".into(),
            en: None,
            ru: None,
        },
        controller: "Çay MMC".into(),
        version: "1.0.0".into(),
        digest: "sha256:0".into(),
        grant,
        origin: "http://tea-house.localhost".into(),
        platform: "http://localhost".into(),
        stopped: AtomicBool::new(false),
    };
    let invocation = Invocation {
        service: Arc::new(service),
        session: Some(Session {
            citizen: CitizenId("c1".into()),
            acr: Acr::Substantial,
            amr: vec!["otp".into()],
            auth_time: NOW,
            locale: Locale::Az,
        }),
        request_id: "req_1".into(),
        return_path: "/menu?day=1".into(),
        locale: Locale::En,
    };
    Scene {
        _dir: dir,
        platform,
        invocation,
    }
}

impl Scene {
    /// An effect that can be seen: a row in a table of its own.
    async fn pour(&self, interface: Capability, outcome: Result<(), GovError>) -> Result<(), GovError> {
        let entry = Entry::of(&self.invocation, interface, "pour");
        self.platform
            .act(&self.invocation, entry, |tx, entry, _| {
                async move {
                    tx.execute("CREATE TABLE IF NOT EXISTS poured (n BIGINT)").await?;
                    tx.execute("INSERT INTO poured (n) VALUES (1)").await?;
                    entry.attributes = vec![Attribute::Name, Attribute::Birthdate, Attribute::Name];
                    outcome
                }
                .boxed()
            })
            .await
    }

    async fn decisions(&self) -> Vec<(String, String)> {
        let mut reader = self.platform.db.reader().await.unwrap();
        let rows = sqlx::query("SELECT decision, attributes FROM audit_record ORDER BY id")
            .fetch_all(&mut *reader)
            .await
            .unwrap();
        rows.iter()
            .map(|row| (row.get("decision"), row.get("attributes")))
            .collect()
    }

    async fn poured(&self) -> bool {
        let mut reader = self.platform.db.reader().await.unwrap();
        sqlx::query("SELECT n FROM poured")
            .fetch_optional(&mut *reader)
            .await
            .is_ok_and(|row| row.is_some())
    }
}

#[tokio::test]
async fn an_allowed_call_leaves_its_effect_and_its_record() {
    let scene = scene().await;
    scene.pour(Capability::Identity, Ok(())).await.unwrap();
    assert!(scene.poured().await);
    assert_eq!(
        scene.decisions().await,
        [("allowed".to_owned(), "birthdate name".to_owned())]
    );
    let log = crate::audit::of_citizen(&scene.platform.db, &CitizenId("c1".into()), None, 10)
        .await
        .unwrap();
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].operation.as_str(), log[0].at), ("pour", NOW));
}

#[tokio::test]
async fn a_failed_effect_is_undone_and_its_refusal_recorded_with_what_it_learned() {
    let scene = scene().await;
    let refusal = scene
        .pour(Capability::Identity, Err(GovError::ConsentRevoked))
        .await
        .unwrap_err();
    assert_eq!(refusal, GovError::ConsentRevoked);
    assert!(!scene.poured().await);
    assert_eq!(
        scene.decisions().await,
        [("consent-revoked".to_owned(), "birthdate name".to_owned())]
    );
}

#[tokio::test]
async fn what_was_not_granted_is_refused_before_anything_happens() {
    let scene = scene().await;
    let refusal = scene.pour(Capability::Payments, Ok(())).await.unwrap_err();
    assert_eq!(refusal.code(), "capability-not-granted");
    assert!(!scene.poured().await);
    assert_eq!(
        scene.decisions().await,
        [("capability-not-granted".to_owned(), String::new())]
    );
}

#[tokio::test]
async fn the_end_of_the_test_and_a_suspension_stop_every_call() {
    let scene = scene().await;
    scene.platform.clock.advance_ms(30 * crate::clock::DAY_MS - 1);
    scene.pour(Capability::Identity, Ok(())).await.unwrap();
    scene.platform.clock.advance_ms(1);
    let refusal = scene.pour(Capability::Identity, Ok(())).await.unwrap_err();
    assert_eq!(refusal, GovError::LimitExceeded(LimitKind::EndDate));
    scene.invocation.service.stop();
    assert_eq!(
        scene.pour(Capability::Identity, Ok(())).await.unwrap_err(),
        GovError::Suspended
    );
}

#[tokio::test]
async fn a_call_whose_record_cannot_be_written_does_not_happen() {
    let scene = scene().await;
    let dropped: Result<(), GovError> = scene
        .platform
        .db
        .write(|tx| async move { Ok(tx.execute("DROP TABLE audit_record").await.map(|_| ())?) }.boxed())
        .await;
    dropped.unwrap();
    let refusal = scene.pour(Capability::Identity, Ok(())).await.unwrap_err();
    assert_eq!(refusal.code(), "storage-unavailable");
    assert!(!scene.poured().await);
}

#[tokio::test]
async fn somebody_unknown_is_sent_to_the_log_in_and_back() {
    let mut scene = scene().await;
    assert!(require_session(&scene.invocation).is_ok());
    scene.invocation.session = None;
    let refusal = require_session(&scene.invocation).unwrap_err();
    let GovError::LoginRequired(address) = refusal else {
        panic!("{refusal:?}")
    };
    assert_eq!(
        address,
        "http://localhost/en/services/tea-house/enter?return=%2Fmenu%3Fday%3D1&acr=substantial"
    );
}
