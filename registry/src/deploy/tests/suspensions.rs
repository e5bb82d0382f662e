//! Suspensions of a name and their lifting.

use super::*;

#[tokio::test]
async fn suspended_name_deploys_nothing_until_a_director_lifts_it() {
    let stage = Stage::with_compiler().await;
    let (officer, director) = (stage.person(OFFICER).await, stage.person(DIRECTOR).await);
    let first = deployed(&stage, "1.0.0").await;
    suspend(&stage.app, &officer, &first.id, &grounds("complaints"))
        .await
        .unwrap();
    assert_eq!(running(&stage), version("1.0.0", true));
    // Neither the next version nor the withdrawal of the suspended one lets the service back.
    let second = approved(&stage, "2.0.0").await;
    for person in [&officer, &director] {
        let refused = deploy(&stage.app, person, &second.id).await.unwrap_err();
        assert!(refused.is_for(&Reason::NameSuspended), "{refused}");
    }
    let by = (&stage.citizen, "Elçin");
    withdraw(&stage.app, by, &stage.organisation, &first.id)
        .await
        .unwrap();
    let refused = deploy(&stage.app, &director, &second.id).await.unwrap_err();
    assert!(refused.is_for(&Reason::NameSuspended), "{refused}");
    assert_eq!(running(&stage), None);
    assert_eq!(stage.submission(&second.id).await.state.code(), "approved");
    // The attempts are in the log.
    {
        let mut reader = stage.app.platform.db.reader().await.unwrap();
        let log = store::decision::of_submission(&mut reader, &second.id)
            .await
            .unwrap();
        let attempts = log.iter().filter(|decision| decision.event == "deploy");
        let outcomes: Vec<_> = attempts.map(|decision| decision.outcome.as_str()).collect();
        assert_eq!(outcomes, ["name-suspended"; 3]);
    }
    let refused = resume(&stage.app, &officer, &second.id, "fixed")
        .await
        .unwrap_err();
    assert!(refused.is_for(&Reason::Role), "{refused}");
    resume(&stage.app, &director, &second.id, "fixed").await.unwrap();
    assert_eq!(stage.submission(&second.id).await.state.code(), "approved");
    deploy(&stage.app, &officer, &second.id).await.unwrap();
    assert_eq!(running(&stage), version("2.0.0", false));
}

#[tokio::test]
async fn suspension_of_the_name_outlasts_an_edited_row() {
    let stage = Stage::with_compiler().await;
    let officer = stage.person(OFFICER).await;
    let submission = deployed(&stage, "1.0.0").await;
    suspend(&stage.app, &officer, &submission.id, &grounds("complaints"))
        .await
        .unwrap();
    let state = serde_json::to_string(&submission.state).unwrap();
    edit(
        &stage,
        "UPDATE submission SET state = 'deployed', state_data = $1",
        state,
    )
    .await;
    stage.app.runtime.remove(&name());
    align_all(&stage.app).await.unwrap();
    assert_eq!(running(&stage), version("1.0.0", true));
}

#[tokio::test]
async fn suspended_version_runs_again_when_its_name_is_lifted() {
    let stage = Stage::with_compiler().await;
    let director = stage.person(DIRECTOR).await;
    let first = deployed(&stage, "1.0.0").await;
    let waiting = stage.submitted(&manifest("water-meter", "2.0.0")).await;
    suspend(&stage.app, &director, &first.id, &grounds("complaints"))
        .await
        .unwrap();
    // From the page of whichever version.
    resume(&stage.app, &director, &waiting.id, "fixed").await.unwrap();
    assert_eq!(running(&stage), version("1.0.0", false));
    assert_eq!(stage.submission(&first.id).await.state.code(), "deployed");
    let again = resume(&stage.app, &director, &first.id, "fixed")
        .await
        .unwrap_err();
    assert!(again.is_for(&Reason::State), "{again}");
}
