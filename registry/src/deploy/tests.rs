//! What runs is what the record says, whatever breaks in between.

use aim_gov::invocation::{Acr, Session};
use aim_gov::sessions::{ServiceSessions, hashed};
use aim_gov::text::Locale;
use futures::poll;

use super::*;
use crate::domain::submission::Reason;
use crate::objects::digest_of;
use crate::testing::{Stage, answering, manifest};

const OFFICER: &str = "aysel@aim.example";
const DIRECTOR: &str = "nigar@aim.example";

fn name() -> ServiceId {
    ServiceId("water-meter".to_owned())
}

/// The text of a version, which is also its component's.
async fn approved(stage: &Stage, version: &str) -> Submission {
    stage
        .approved(&manifest("water-meter", version), &answering(version))
        .await
}

async fn deployed(stage: &Stage, version: &str) -> Submission {
    let approved = approved(stage, version).await;
    let officer = stage.person(OFFICER).await;
    deploy(&stage.app, &officer, &approved.id).await.unwrap()
}

/// Version and whether it is stopped.
fn running(stage: &Stage) -> Option<(String, bool)> {
    let service = stage.app.runtime.service(&name())?;
    Some((service.version.clone(), service.is_stopped()))
}

fn version(version: &str, stopped: bool) -> Option<(String, bool)> {
    Some((version.to_owned(), stopped))
}

/// Takes a component out of the store, so that loading it fails.
fn lose(stage: &Stage, component: &[u8]) {
    let digest = digest_of(component);
    let file = digest.strip_prefix("sha256:").unwrap();
    std::fs::remove_file(stage.folder.path().join("objects/sha256").join(file)).unwrap();
}

/// hyper drops a handler whose client hangs up.
#[tokio::test]
async fn a_client_that_hangs_up_does_not_halve_a_withdrawal() {
    let stage = Stage::with_compiler().await;
    let submission = deployed(&stage, "1.0.0").await;
    assert_eq!(running(&stage), version("1.0.0", false));
    let busy = stage.app.deploying.lock().await;
    {
        let by = (&stage.citizen, "Elçin");
        let mut asked = Box::pin(withdraw(&stage.app, by, &stage.organisation.id, &submission.id));
        assert!(poll!(&mut asked).is_pending());
    }
    // The decision stands in line before us.
    tokio::task::yield_now().await;
    drop(busy);
    drop(stage.app.deploying.lock().await);
    assert_eq!(stage.submission(&submission.id).await.state.code(), "withdrawn");
    assert_eq!(running(&stage), None);
}

#[tokio::test]
async fn what_is_withdrawn_without_ever_having_run_touches_nothing() {
    let stage = Stage::with_compiler().await;
    deployed(&stage, "1.0.0").await;
    let before = stage.app.runtime.service(&name()).unwrap();
    let draft = stage.submitted(&manifest("water-meter", "2.0.0")).await;
    let by = (&stage.citizen, "Elçin");
    withdraw(&stage.app, by, &stage.organisation.id, &draft.id)
        .await
        .unwrap();
    let after = stage.app.runtime.service(&name()).unwrap();
    assert!(Arc::ptr_eq(&before, &after), "it was loaded anew");
}

#[tokio::test]
async fn a_suspended_service_is_not_let_back_by_an_officers_new_version() {
    let stage = Stage::with_compiler().await;
    let (officer, director) = (stage.person(OFFICER).await, stage.person(DIRECTOR).await);
    let first = deployed(&stage, "1.0.0").await;
    suspend(&stage.app, &officer, &first.id, "complaints", None)
        .await
        .unwrap();
    assert_eq!(running(&stage), version("1.0.0", true));
    let second = approved(&stage, "2.0.0").await;
    // Even if there is nothing to put back.
    lose(&stage, &answering("1.0.0"));
    let refused = deploy(&stage.app, &officer, &second.id).await.unwrap_err();
    assert!(
        matches!(&refused, DeployError::Review(ReviewError::Refused(refused)) if refused.reason == Reason::Role),
        "{refused}"
    );
    assert_eq!(running(&stage), version("1.0.0", true));
    assert_eq!(stage.submission(&second.id).await.state.code(), "approved");
    // The attempt is in the log of the version that it was about.
    let mut reader = stage.app.platform.db.reader().await.unwrap();
    let log = store::decision::of_submission(&mut reader, &first.id)
        .await
        .unwrap();
    let attempt = log.iter().find(|decision| decision.event == "supersede");
    assert_eq!(
        attempt.map(|decision| decision.outcome.as_str()),
        Some("wrong-role")
    );
    drop(reader);
    deploy(&stage.app, &director, &second.id).await.unwrap();
    assert_eq!(running(&stage), version("2.0.0", false));
}

#[tokio::test]
async fn nobody_deploys_for_the_organisation_that_they_are_tied_to() {
    let stage = Stage::with_compiler().await;
    let tied = Staff {
        organisation: Some(stage.organisation.id.clone()),
        ..stage.person(DIRECTOR).await
    };
    let submission = approved(&stage, "1.0.0").await;
    let refused = deploy(&stage.app, &tied, &submission.id).await.unwrap_err();
    assert!(
        matches!(
            &refused,
            DeployError::Review(ReviewError::Refused(refused)) if refused.reason == Reason::ConflictOfInterest
        ),
        "{refused}"
    );
    assert_eq!(running(&stage), None);
    assert_eq!(stage.submission(&submission.id).await.state.code(), "approved");
}

#[tokio::test]
async fn what_cannot_be_loaded_is_not_resumed() {
    let stage = Stage::with_compiler().await;
    let director = stage.person(DIRECTOR).await;
    let submission = deployed(&stage, "1.0.0").await;
    suspend(&stage.app, &director, &submission.id, "complaints", None)
        .await
        .unwrap();
    lose(&stage, &answering("1.0.0"));
    let failed = resume(&stage.app, &director, &submission.id, "fixed")
        .await
        .unwrap_err();
    assert!(matches!(failed, DeployError::NoComponent(_)), "{failed}");
    assert_eq!(stage.submission(&submission.id).await.state.code(), "suspended");
    assert_eq!(running(&stage), version("1.0.0", true));
}

#[tokio::test]
async fn what_was_not_vouched_for_does_not_run() {
    let stage = Stage::with_compiler().await;
    let officer = stage.person(OFFICER).await;
    let submission = approved(&stage, "1.0.0").await;
    // Somebody with access to the database swaps the component under the approvals.
    let other = digest_of(&answering("evil"));
    let id = submission.id.0.clone();
    let swapped: Result<(), DbError> = stage
        .app
        .platform
        .db
        .write(move |tx| {
            async move {
                sqlx::query("UPDATE submission SET digest = $1 WHERE id = $2")
                    .bind(other)
                    .bind(id)
                    .execute(tx)
                    .await?;
                Ok(())
            }
            .boxed()
        })
        .await;
    swapped.unwrap();
    let refused = deploy(&stage.app, &officer, &submission.id).await.unwrap_err();
    assert!(matches!(refused, DeployError::NotVouched(_)), "{refused}");
    assert_eq!(running(&stage), None);
}

#[tokio::test]
async fn the_record_decides_what_runs_after_a_start() {
    let stage = Stage::with_compiler().await;
    let officer = stage.person(OFFICER).await;
    let submission = deployed(&stage, "1.0.0").await;
    stage.app.runtime.remove(&name());
    align_all(&stage.app).await.unwrap();
    assert_eq!(running(&stage), version("1.0.0", false));
    suspend(&stage.app, &officer, &submission.id, "complaints", None)
        .await
        .unwrap();
    stage.app.runtime.remove(&name());
    align_all(&stage.app).await.unwrap();
    assert_eq!(running(&stage), version("1.0.0", true));
}

/// A log-in at the service.
async fn log_in(stage: &Stage) -> (ServiceSessions, String) {
    let sessions = ServiceSessions::new(stage.app.platform.clone());
    let login = sessions.keep_login(&stage.citizen, None).await.unwrap();
    let session = Session {
        citizen: stage.citizen.clone(),
        acr: Acr::Substantial,
        amr: Vec::new(),
        auth_time: stage.app.platform.clock.now(),
        locale: Locale::Az,
    };
    let browser = hashed("browser");
    let ticket = sessions.issue(&name(), &login, &browser, &session).await.unwrap();
    let cookie = sessions.redeem(&name(), &ticket, "browser").await.unwrap();
    (sessions, cookie.unwrap())
}

#[tokio::test]
async fn version_with_a_new_host_ends_log_ins_and_one_without_keeps_them() {
    let stage = Stage::with_compiler().await;
    deployed(&stage, "1.0.0").await;
    let officer = stage.person(OFFICER).await;
    let with_host = |version: &str| {
        let outbound =
            manifest("water-meter", version).replace("\"payments\"]", "\"payments\", \"outbound\"]");
        format!("{outbound}[outbound]\nhosts = [\"partner.example\"]\n")
    };
    for (manifest, version, stays) in [
        (manifest("water-meter", "1.1.0"), "1.1.0", true),
        (with_host("1.2.0"), "1.2.0", false),
        (with_host("1.3.0"), "1.3.0", true),
        (manifest("water-meter", "1.4.0"), "1.4.0", true),
    ] {
        let (sessions, cookie) = log_in(&stage).await;
        let approved = stage.approved(&manifest, &answering(version)).await;
        deploy(&stage.app, &officer, &approved.id).await.unwrap();
        let inside = sessions.resolve(&name(), &cookie).await.unwrap().is_some();
        assert_eq!(inside, stays, "{version}");
    }
}
