//! What the staff see of all that was published.

use super::*;

#[tokio::test]
async fn running_services_are_listed_beside_many_ended_ones() {
    let stage = Stage::new().await;
    let running = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let deployed = states(&running)
        .into_iter()
        .find(|state| state.code() == "deployed");
    force(&stage, &running, deployed.unwrap()).await;
    let mut ended = Vec::new();
    for patch in 0..=store::submission::PAGE_MAX {
        stage.app.platform.clock.advance_ms(aim_gov::clock::DAY_MS / 100);
        let submission = stage
            .submitted(&manifest("tea-house", &format!("1.0.{patch}")))
            .await;
        let by = (&stage.citizen, "Elçin");
        crate::deploy::withdraw(&stage.app, by, &stage.organisation, &submission.id)
            .await
            .unwrap();
        ended.push(submission.id);
    }
    let officer = stage.staff("aysel@aim.example").await;
    let first = stage.get("/en/staff", &officer).await.body;
    assert!(first.contains(&running.id.0), "the running service is not listed");
    let oldest = &ended.first().unwrap().0;
    assert!(!first.contains(oldest));
    assert!(
        first.contains("/en/staff?waiting=0&#38;ended=1")
            || first.contains("/en/staff?waiting=0&amp;ended=1"),
        "{first}"
    );
    let second = stage.get("/en/staff?waiting=0&ended=1", &officer).await.body;
    assert!(second.contains(oldest) && second.contains(&running.id.0));
}

#[tokio::test]
async fn row_that_breaks_its_rules_stops_nobody_else() {
    let stage = Stage::new().await;
    let (good, stale, broken) = (
        stage.vetted(&manifest("water-meter", "1.0.0")).await,
        stage.vetted(&manifest("tea-house", "1.0.0")).await,
        stage.vetted(&manifest("bus-stop", "1.0.0")).await,
    );
    let db = &stage.app.platform.db;
    // The rules became stricter: today's would refuse this text.
    let stricter = sqlx::query("UPDATE submission SET manifest = 'name = 1' WHERE id = $1");
    db.run(stricter.bind(&stale.id.0)).await.unwrap();
    let spoilt = sqlx::query("UPDATE submission SET manifest_data = '{}' WHERE id = $1");
    db.run(spoilt.bind(&broken.id.0)).await.unwrap();
    let officer = stage.staff("aysel@aim.example").await;
    let queue = stage.get("/en/staff", &officer).await;
    assert_eq!(queue.status, StatusCode::OK);
    for (submission, listed) in [(&good, true), (&stale, true), (&broken, false)] {
        assert_eq!(
            queue.body.contains(&submission.id.0),
            listed,
            "{}",
            submission.service().0
        );
    }
    assert_eq!(stage.submission(&stale.id).await.manifest, stale.manifest);
}
