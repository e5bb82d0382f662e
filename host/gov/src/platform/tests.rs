use futures::FutureExt as _;
use sqlx::{Executor as _, Row as _};

use super::*;
use crate::disk::DiskReserve;
use crate::grant::Attribute;
use crate::scene::{NOW, service};

struct Scene {
    set: crate::scene::Scene,
    platform: Platform,
    invocation: Invocation,
}

async fn scene() -> Scene {
    let set = crate::scene::Scene::set().await;
    Scene {
        platform: set.platform.clone(),
        invocation: set.at(service("tea-house")),
        set,
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
async fn allowed_call_leaves_its_effect_and_its_record() {
    let scene = scene().await;
    scene.pour(Capability::Identity, Ok(())).await.unwrap();
    assert!(scene.poured().await);
    assert_eq!(
        scene.decisions().await,
        [("allowed".to_owned(), "birthdate name".to_owned())]
    );
    let log = crate::audit::of_citizen(&scene.platform.db, &scene.set.citizen, None, 10)
        .await
        .unwrap();
    assert_eq!(log.len(), 1);
    assert_eq!((log[0].operation.as_str(), log[0].at), ("pour", NOW));
}

#[tokio::test]
async fn failed_effect_is_undone_and_its_refusal_recorded_with_what_it_learned() {
    let scene = scene().await;
    let refusal = scene
        .pour(Capability::Identity, Err(GovError::ConsentRevoked(String::new())))
        .await
        .unwrap_err();
    assert_eq!(refusal, GovError::ConsentRevoked(String::new()));
    assert!(!scene.poured().await);
    assert_eq!(
        scene.decisions().await,
        [("consent-revoked".to_owned(), "birthdate name".to_owned())]
    );
}

#[tokio::test]
async fn ungranted_call_is_refused_before_its_effect() {
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
async fn end_of_the_test_and_a_suspension_stop_every_call() {
    let scene = scene().await;
    scene.platform.clock.advance_ms(90 * crate::clock::DAY_MS - 1);
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
async fn call_whose_record_cannot_be_written_does_not_happen() {
    let scene = scene().await;
    scene.set.lose_audit_records().await;
    let refusal = scene.pour(Capability::Identity, Ok(())).await.unwrap_err();
    assert_eq!(refusal.code(), "storage-unavailable");
    assert!(!scene.poured().await);
}

#[tokio::test]
async fn call_that_waited_is_judged_when_its_turn_comes() {
    let scene = scene().await;
    let (go, wait) = tokio::sync::oneshot::channel::<()>();
    let ahead = async {
        let tx = scene.platform.db.begin().await.unwrap();
        let _ = wait.await;
        tx.commit().await
    };
    let suspend = async {
        scene.invocation.service.stop();
        go.send(()).unwrap();
    };
    let waiting = scene.pour(Capability::Identity, Ok(()));
    // In this order: the call is in the queue behind `ahead` before the officer suspends the service.
    let (ahead, waited, ()) = tokio::join!(biased; ahead, waiting, suspend);
    ahead.unwrap();
    assert_eq!(waited, Err(GovError::Suspended));
    assert!(!scene.poured().await);
    assert_eq!(scene.decisions().await, [("suspended".to_owned(), String::new())]);
}

#[tokio::test]
async fn unknown_outcome_survives_audit_failure() {
    let scene = scene().await;
    let entry = Entry::of(&scene.invocation, Capability::Identity, "pour");
    let outcome = scene
        .platform
        .act(&scene.invocation, entry.clone(), |tx, _, _| {
            async move {
                // What is written refers to a row that is not there: the commit fails.
                tx.execute("PRAGMA defer_foreign_keys = ON").await?;
                tx.execute("INSERT INTO payment_event (payment, state, at_ms) VALUES ('none', 'created', 0)")
                    .await?;
                Ok(())
            }
            .boxed()
        })
        .await
        .unwrap_err();
    assert_eq!(outcome.code(), "commit-unconfirmed");
    assert_eq!(
        scene.decisions().await,
        [("commit-unconfirmed".to_owned(), String::new())]
    );
    scene.set.lose_audit_records().await;
    let said = scene
        .platform
        .record_refusal(entry.clone(), outcome.clone())
        .await;
    assert_eq!(said, outcome);
    let said = scene
        .platform
        .record_refusal(entry, GovError::ConsentPaused(String::new()))
        .await;
    assert_eq!(said.code(), "storage-unavailable");
}

#[tokio::test]
async fn record_holds_no_endless_text_and_nothing_that_cannot_be_stored() {
    let scene = scene().await;
    let entry = Entry {
        object: Some(format!("a\0b\n{}", "x".repeat(3 * audit::TEXT_CHARS_MAX))),
        ..Entry::of(&scene.invocation, Capability::Identity, "pour")
    };
    let done = scene
        .platform
        .act(&scene.invocation, entry, |_, _, _| async { Ok(()) }.boxed());
    done.await.unwrap();
    let log = audit::of_citizen(&scene.platform.db, &scene.set.citizen, None, 10)
        .await
        .unwrap();
    let object = log[0].object.as_deref().unwrap();
    assert!(object.starts_with("abxx"), "{object}");
    assert_eq!(object.len(), audit::TEXT_CHARS_MAX);
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

#[tokio::test]
async fn call_of_a_stranger_waits_for_room_and_one_of_a_citizen_does_not() {
    let mut scene = scene().await;
    scene.platform.db = scene.platform.db.clone().with_reserve(DiskReserve::on(|| Ok(0)));
    assert_eq!(scene.pour(Capability::Identity, Ok(())).await, Ok(()));
    scene.invocation.session = None;
    let refused = scene.pour(Capability::Identity, Ok(())).await;
    assert_eq!(refused, Err(GovError::storage_unavailable()));
    // A refusal that would be recorded, too.
    let refused = scene.pour(Capability::Payments, Ok(())).await;
    assert_eq!(refused, Err(GovError::storage_unavailable()));
    assert_eq!(scene.decisions().await.len(), 1);
}

#[tokio::test]
async fn stranger_who_is_refused_leaves_no_record() {
    let mut scene = scene().await;
    scene.invocation.session = None;
    for refusal in [
        GovError::LoginRequired(String::new()),
        GovError::NotFound,
        GovError::invalid("claim-unknown", "no such claim"),
    ] {
        let said = scene.pour(Capability::Identity, Err(refusal.clone())).await;
        assert_eq!(said, Err(refusal));
    }
    assert_eq!(scene.decisions().await, []);
    // What the service may not do is recorded, whoever asks.
    let refusal = scene.pour(Capability::Payments, Ok(())).await.unwrap_err();
    assert_eq!(refusal.code(), "capability-not-granted");
    assert_eq!(
        scene.decisions().await,
        [("capability-not-granted".to_owned(), String::new())]
    );
}
