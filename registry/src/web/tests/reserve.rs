//! What stops while the disk's free room is kept for payments and consents.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use aim_gov::disk::RESERVE_BYTES;
use aim_runtime::{Asked, Level, LogLine, Source};

use super::*;
use crate::testing::EMPTY_COMPONENT;
use crate::{logs, publish, store, vetting};

#[tokio::test]
async fn versions_components_vetting_and_logs_stop_when_the_disk_is_nearly_full() {
    let stage = Stage::new().await;
    let waiting = stage.submitted(&manifest("tea-house", "1.0.0")).await;
    // Ids of one moment have no order.
    stage.app.platform.clock.advance_ms(1);
    let wish = stage.announcement(&manifest("water-meter", "1.0.0"), EMPTY_COMPONENT);
    let draft = publish::announce(&stage.app, &stage.token, wish).await.unwrap();
    let upload = async || {
        let path = format!("/api/v1/submissions/{}/component", draft.id.0);
        let request = request("PUT", &path).header(header::AUTHORIZATION, format!("Bearer {}", stage.secret));
        stage
            .send(request.body(Body::from(EMPTY_COMPONENT)).unwrap())
            .await
    };

    stage.free.store(RESERVE_BYTES - 1, Ordering::SeqCst);
    let answer = upload().await;
    assert_eq!(answer.status, StatusCode::INSUFFICIENT_STORAGE, "{}", answer.body);
    assert_eq!(answer.json()["code"], "storage-full");
    let wish = stage.announcement(&manifest("bus-stop", "1.0.0"), EMPTY_COMPONENT);
    let refused = publish::announce(&stage.app, &stage.token, wish).await;
    assert!(
        matches!(
            refused,
            Err(publish::PublishError::Db(aim_gov::db::DbError::NoRoom(_)))
        ),
        "{refused:?}"
    );
    assert!(!vetting::vet_next(&stage.app).await.unwrap());
    let line = LogLine {
        at: NOW,
        request: Arc::new(Asked::default()),
        level: Level::Info,
        source: Source::Stdout,
        context: String::new(),
        message: "a line".to_owned(),
    };
    let kept = async || {
        stage.app.runtime.add_to_log(waiting.service(), [line.clone()]);
        logs::keep(&stage.app).await;
        let mut reader = stage.app.platform.db.reader().await.unwrap();
        store::log::newest(&mut reader, waiting.service(), 10)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(kept().await, 0);
    // What there is can be read.
    assert_eq!(stage.get("/en/", "").await.status, StatusCode::OK);

    stage.free.store(RESERVE_BYTES, Ordering::SeqCst);
    assert_eq!(kept().await, 1);
    assert_eq!(upload().await.status, StatusCode::ACCEPTED);
    assert!(vetting::vet_next(&stage.app).await.unwrap());
    assert_ne!(stage.submission(&waiting.id).await.state.code(), "vetting");
}
