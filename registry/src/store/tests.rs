//! What the store promises; what the engines could disagree about is tested on both from the outside.

use aim_gov::db::{Db, DbError};

use super::*;
use crate::domain::submission::Submission;
use crate::domain::token::secret_hash;
use crate::testing::{EMPTY_COMPONENT, NOW, Stage, manifest};

async fn move_on(db: &Db, submission: Submission) -> Result<bool, DbError> {
    let mut tx = db.begin().await?;
    let moved = submission::save_state(&mut tx, &submission, NOW).await?;
    tx.commit().await?;
    Ok(moved)
}

#[tokio::test]
async fn concurrent_transition_has_one_winner() {
    let stage = Stage::new().await;
    let known = stage.submitted(&manifest("water-meter", "1.0.0")).await;
    let withdrawn = known.clone().withdraw(NOW).unwrap();
    let failed = known.clone().fail("0".repeat(64)).unwrap();
    let db = &stage.app.platform.db;
    let (first, second) = tokio::join!(move_on(db, withdrawn), move_on(db, failed));
    assert_eq!((first.unwrap(), second.unwrap()), (true, false));
    assert_eq!(stage.submission(&known.id).await.state.code(), "withdrawn");
}

#[tokio::test]
async fn token_is_kept_as_a_hash() {
    let stage = Stage::new().await;
    let mut reader = stage.app.platform.db.reader().await.unwrap();
    let kept: String = sqlx::query_scalar("SELECT secret_sha256 FROM api_token")
        .fetch_one(&mut *reader)
        .await
        .unwrap();
    assert_eq!(kept, secret_hash(&stage.secret));
    assert_ne!(kept, stage.secret);
    assert_eq!(
        token::by_secret(&mut reader, &stage.secret).await.unwrap(),
        Some(stage.token.clone())
    );
}

#[tokio::test]
async fn report_that_somebody_changed_is_refused() {
    let stage = Stage::new().await;
    let known = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let stored = {
        let mut reader = stage.app.platform.db.reader().await.unwrap();
        report::latest(&mut reader, &known.id).await.unwrap().unwrap()
    };
    assert_eq!(Some(stored.sha256.as_str()), known.state.evidence());
    stage
        .change("UPDATE vetting_report SET content = REPLACE(content, 'seen', 'sane')")
        .await;
    let mut reader = stage.app.platform.db.reader().await.unwrap();
    let refused = report::latest(&mut reader, &known.id).await.unwrap_err();
    assert!(
        matches!(
            refused,
            DbError::Corrupt {
                table: "vetting_report",
                ..
            }
        ),
        "{refused}"
    );
}

#[tokio::test]
async fn names_that_look_alike_are_found() {
    let stage = Stage::new().await;
    stage.submitted(&manifest("water-meter", "1.0.0")).await;
    let mut reader = stage.app.platform.db.reader().await.unwrap();
    let other = crate::domain::OrganisationId("org_other".to_owned());
    for (name, alike) in [
        ("water-rneter", true),
        ("watermeter", true),
        ("water-meters", false),
    ] {
        let name = aim_gov::invocation::ServiceId(name.to_owned());
        let found = service::look_alikes(&mut reader, &name, &other).await.unwrap();
        assert_eq!(found == ["water-meter"], alike, "{name:?}: {found:?}");
        assert!(
            service::look_alikes(&mut reader, &name, &stage.organisation.id)
                .await
                .unwrap()
                .is_empty()
        );
    }
}

#[tokio::test]
async fn service_has_one_live_version() {
    let stage = Stage::new().await;
    let one = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let two = stage.vetted(&manifest("water-meter", "2.0.0")).await;
    assert_eq!(one.digest, crate::component_store::digest_of(EMPTY_COMPONENT));
    let force = |submission: &Submission, state: &'static str| {
        let update = sqlx::query("UPDATE submission SET state = $2 WHERE id = $1");
        let update = update.bind(submission.id.0.clone()).bind(state);
        stage.app.platform.db.run(update)
    };
    force(&one, "deployed").await.unwrap();
    assert!(force(&two, "deployed").await.unwrap_err().is_unique_violation());
    assert!(force(&two, "nonsense").await.is_err());
}
