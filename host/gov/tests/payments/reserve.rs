//! A disk that is nearly full: what is free is kept for payments and consents.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aim_gov::audit;
use aim_gov::consent::Change;
use aim_gov::db::DbError;
use aim_gov::disk::{DiskReserve, RESERVE_BYTES};
use aim_gov::sessions::ServiceSessions;

use crate::scene::{PURPOSE, Scene, Sqlite};

#[tokio::test]
async fn payments_and_consents_are_written_when_the_disk_is_nearly_full() {
    let file = Sqlite::new();
    let free = Arc::new(AtomicU64::new(RESERVE_BYTES));
    let reading = free.clone();
    let reserve = DiskReserve::on(move || Ok(reading.load(Ordering::SeqCst)));
    let scene = Scene::new(file.open().await.with_reserve(reserve)).await;
    let sessions = ServiceSessions::new(scene.platform.clone());
    let citizen = scene.citizen(0);
    sessions.keep_login(&citizen, None).await.unwrap();

    free.store(0, Ordering::SeqCst);
    let refused = sessions.keep_login(&citizen, None).await.unwrap_err();
    assert!(matches!(refused, DbError::NoRoom(_)), "{refused}");
    let service = &scene.service.id;
    let session = scene.by(&citizen).session.unwrap();
    let refused = sessions.issue(service, "login", "browser", &session).await;
    assert!(matches!(refused, Err(DbError::NoRoom(_))), "{refused:?}");

    let consent = scene.agree(&citizen).await;
    assert!(!scene.bills(&citizen, "utilities").await.unwrap().is_empty());
    scene.paid(&citizen, "key", 100).await;
    scene
        .consent
        .change(&citizen, &consent, Change::Revoke)
        .await
        .unwrap();
    let log = audit::of_citizen(&scene.platform.db, &citizen, None, audit::PAGE_RECORDS_MAX)
        .await
        .unwrap();
    assert!(
        log.iter()
            .any(|record| record.purpose.as_deref() == Some(PURPOSE))
    );

    free.store(RESERVE_BYTES, Ordering::SeqCst);
    sessions.keep_login(&citizen, None).await.unwrap();
}
