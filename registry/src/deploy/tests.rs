//! What runs is what the record says, whatever breaks in between.

mod suspensions;

use aim_gov::invocation::{Acr, Session};
use aim_gov::sessions::{ServiceSessions, hashed};
use aim_gov::text::Locale;
use futures::poll;

use super::*;
use crate::component_store::digest_of;
use crate::domain::report::Report;
use crate::manifest::LimitField;
use crate::review;
use crate::testing::{NOW, Stage, answering, grounds, manifest};

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
async fn client_that_hangs_up_does_not_halve_a_withdrawal() {
    let stage = Stage::with_compiler().await;
    let submission = deployed(&stage, "1.0.0").await;
    assert_eq!(running(&stage), version("1.0.0", false));
    let busy = stage.app.deploying.lock().await;
    {
        let by = (&stage.citizen, "Elçin");
        let mut asked = Box::pin(withdraw(&stage.app, by, &stage.organisation, &submission.id));
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
async fn withdrawing_a_version_that_never_ran_touches_nothing() {
    let stage = Stage::with_compiler().await;
    deployed(&stage, "1.0.0").await;
    let before = stage.app.runtime.service(&name()).unwrap();
    let draft = stage.submitted(&manifest("water-meter", "2.0.0")).await;
    let by = (&stage.citizen, "Elçin");
    withdraw(&stage.app, by, &stage.organisation, &draft.id)
        .await
        .unwrap();
    let after = stage.app.runtime.service(&name()).unwrap();
    assert!(Arc::ptr_eq(&before, &after), "it was loaded anew");
}

/// Changes somebody of the staff in the list.
async fn change(stage: &Stage, email: &str, change: impl FnOnce(&mut Staff)) {
    let mut person = stage.person(email).await;
    change(&mut person);
    let mut tx = stage.app.platform.db.begin().await.unwrap();
    assert!(store::staff::update(&mut tx, &person).await.unwrap());
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn approval_of_somebody_who_left_loads_nothing() {
    let stage = Stage::with_compiler().await;
    let rashad = stage.person("rashad@aim.example").await;
    let running_one = deployed(&stage, "1.0.0").await;
    let next = approved(&stage, "2.0.0").await;
    change(&stage, OFFICER, |aysel| aysel.active = false).await;
    // What runs goes on; nothing new is deployed, and nothing is loaded again.
    assert_eq!(running(&stage), version("1.0.0", false));
    let refused = deploy(&stage.app, &rashad, &next.id).await.unwrap_err();
    assert!(refused.is_for(&Reason::ApprovalLapsed), "{refused}");
    stage.app.runtime.remove(&name());
    align_all(&stage.app).await.unwrap();
    assert_eq!(running(&stage), None);
    // A renewed approval loads it.
    let leyla = stage.hire("leyla@aim.example").await;
    let yes = stage.yes(&running_one);
    let renewed = review::approve(&stage.app, &leyla, &running_one.id, yes)
        .await
        .unwrap();
    let before = running_one.grant();
    assert_eq!(renewed.grant(), before);
    after_approval(&stage.app, &leyla, renewed).await.unwrap();
    assert_eq!(running(&stage), version("1.0.0", false));
}

#[tokio::test]
async fn approval_of_somebody_who_was_tied_since_resumes_nothing() {
    let stage = Stage::with_compiler().await;
    let director = stage.person(DIRECTOR).await;
    let submission = deployed(&stage, "1.0.0").await;
    suspend(&stage.app, &director, &submission.id, &grounds("complaints"))
        .await
        .unwrap();
    let publisher = stage.organisation.id.clone();
    change(&stage, OFFICER, |aysel| aysel.organisation = Some(publisher)).await;
    let refused = resume(&stage.app, &director, &submission.id, "fixed")
        .await
        .unwrap_err();
    assert!(refused.is_for(&Reason::ApprovalLapsed), "{refused}");
    assert_eq!(running(&stage), version("1.0.0", true));
}

/// What somebody with access to the database does.
async fn edit(stage: &Stage, sql: &'static str, value: String) {
    let edited = stage.app.platform.db.run(sqlx::query(sql).bind(value)).await;
    assert!(edited.unwrap() > 0, "{sql} changes nothing");
}

/// The state of a version as JSON, edited.
fn edited_state(submission: &Submission, edit: impl Fn(&mut serde_json::Value)) -> String {
    let mut state = serde_json::to_value(&submission.state).unwrap();
    edit(&mut state);
    state.to_string()
}

#[tokio::test]
async fn edited_record_is_refused_with_what_differs() {
    const STATE: &str = "UPDATE submission SET state_data = $1";
    const MANIFEST: &str = "UPDATE submission SET manifest_data = $1";
    const TEXT: &str = "UPDATE submission SET manifest = $1";
    const LIMITS: &str = "UPDATE decision SET limits = $1 WHERE event = 'approve'";
    const PUBLISHER: &str = "UPDATE service_name SET organisation = $1";
    let stage = Stage::with_compiler().await;
    let submission = deployed(&stage, "1.0.0").await;
    let officer = submission.approvals()[0].by.clone();
    let other = stage.another_organisation().await.organisation;
    let more = |state: &mut serde_json::Value| state["live"]["first"]["limits"]["citizens_max"] = 150.into();
    let mut wider = submission.manifest.clone();
    wider.capabilities.insert(aim_gov::grant::Capability::Random);
    let mut far = submission.manifest.clone();
    far.limits.days = 365;
    let both = |state: &mut serde_json::Value| {
        for which in ["first", "second"] {
            state["live"][which]["limits"]["citizens_max"] = 999.into();
        }
    };
    let cases = [
        (
            STATE,
            edited_state(&submission, more),
            vec![Discrepancy::Limits(officer.clone(), vec![LimitField::Citizens])],
        ),
        (
            STATE,
            edited_state(&submission, both),
            submission
                .approvals()
                .iter()
                .flat_map(|approval| {
                    let (by, field) = (approval.by.clone(), vec![LimitField::Citizens]);
                    [
                        Discrepancy::Limits(by.clone(), field.clone()),
                        Discrepancy::BeyondAsked(by, field),
                    ]
                })
                .collect(),
        ),
        (
            STATE,
            edited_state(&submission, |state| {
                state["live"]["evidence"] = "0".repeat(64).into();
            }),
            std::iter::once(Discrepancy::Report)
                .chain(
                    submission
                        .approvals()
                        .iter()
                        .map(|approval| Discrepancy::Approval(approval.by.clone())),
                )
                .collect(),
        ),
        (
            STATE,
            edited_state(&submission, |state| {
                state["live"]["start"] = NOW.plus_days(100).0.into();
            }),
            vec![Discrepancy::Start],
        ),
        (
            STATE,
            edited_state(&submission, |state| {
                state["live"]["first"]["by"] = "stf_ghost".into();
            }),
            vec![Discrepancy::NotInLog(crate::domain::StaffId(
                "stf_ghost".to_owned(),
            ))],
        ),
        (
            MANIFEST,
            wider.kept(),
            vec![Discrepancy::Manifest(vec!["capabilities"])],
        ),
        (MANIFEST, far.kept(), vec![Discrepancy::Manifest(vec!["limits"])]),
        (
            TEXT,
            manifest("water-meter", "1.0.1"),
            vec![Discrepancy::ManifestText],
        ),
        (
            LIMITS,
            serde_json::to_string(&far.limits).unwrap(),
            submission
                .approvals()
                .iter()
                .map(|approval| Discrepancy::Limits(approval.by.clone(), vec![LimitField::Days]))
                .collect(),
        ),
        (PUBLISHER, other.0, vec![Discrepancy::Publisher]),
    ];
    for (sql, value, expected) in cases {
        let undo = match sql {
            STATE => serde_json::to_string(&submission.state).unwrap(),
            MANIFEST => submission.manifest.kept(),
            TEXT => submission.manifest_text.clone(),
            LIMITS => serde_json::to_string(&submission.manifest.limits).unwrap(),
            _ => submission.organisation.0.clone(),
        };
        edit(&stage, sql, value).await;
        {
            let known = stage.submission(&submission.id).await;
            let mut reader = stage.app.platform.db.reader().await.unwrap();
            assert_eq!(
                discrepancies(&mut reader, &known).await.unwrap(),
                expected,
                "{sql}"
            );
        }
        stage.app.runtime.remove(&name());
        align_all(&stage.app).await.unwrap();
        assert_eq!(running(&stage), None, "{sql}: {expected:?}");
        edit(&stage, sql, undo).await;
        align_all(&stage.app).await.unwrap();
        assert_eq!(running(&stage), version("1.0.0", false), "{sql}: {expected:?}");
    }
}

#[tokio::test]
async fn grant_is_the_narrower_of_both_approvals() {
    let stage = Stage::with_compiler().await;
    deployed(&stage, "1.0.0").await;
    let service = stage.app.runtime.service(&name()).unwrap();
    let submission = stage.submission_of("water-meter").await;
    assert_eq!(Some(service.grant.clone()), submission.grant());
    // Nothing that could be edited instead is stored.
    let state = serde_json::to_string(&submission.state).unwrap();
    assert!(
        !state.contains("boundary") && !state.contains("capabilities"),
        "{state}"
    );
}

#[tokio::test]
async fn deployment_is_refused_to_officers_tied_to_the_publisher() {
    let stage = Stage::with_compiler().await;
    let tied = Staff {
        organisation: Some(stage.organisation.id.clone()),
        ..stage.person(DIRECTOR).await
    };
    let submission = approved(&stage, "1.0.0").await;
    let refused = deploy(&stage.app, &tied, &submission.id).await.unwrap_err();
    assert!(refused.is_for(&Reason::ConflictOfInterest), "{refused}");
    assert_eq!(running(&stage), None);
    assert_eq!(stage.submission(&submission.id).await.state.code(), "approved");
}

#[tokio::test]
async fn unloadable_version_is_not_resumed() {
    let stage = Stage::with_compiler().await;
    let director = stage.person(DIRECTOR).await;
    let submission = deployed(&stage, "1.0.0").await;
    suspend(&stage.app, &director, &submission.id, &grounds("complaints"))
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
async fn component_swapped_under_the_approvals_does_not_run() {
    let stage = Stage::with_compiler().await;
    let officer = stage.person(OFFICER).await;
    let submission = approved(&stage, "1.0.0").await;
    // Somebody with access to the database swaps the component under the approvals.
    let other = digest_of(&answering("evil"));
    let swap = sqlx::query("UPDATE submission SET digest = $1 WHERE id = $2");
    let swap = swap.bind(other).bind(submission.id.0.as_str());
    stage.app.platform.db.run(swap).await.unwrap();
    let refused = deploy(&stage.app, &officer, &submission.id).await.unwrap_err();
    assert!(
        matches!(&refused, DeployError::Discrepant { found, .. } if found[0] == Discrepancy::Component),
        "{refused}"
    );
    assert_eq!(running(&stage), None);
}

#[tokio::test]
async fn report_without_the_kept_manifest_vouches_for_the_text_alone() {
    let stage = Stage::with_compiler().await;
    let text = manifest("water-meter", "1.0.0");
    let submission = stage.submitted_by(&stage.token, &text, &answering("1")).await;
    let report = Report {
        kept_manifest_sha256: None,
        ..Stage::report(&submission)
    };
    let vetted = stage.pass_with(&submission, report).await;
    let approved = stage.both_approve(&vetted).await;
    let officer = stage.person(OFFICER).await;
    deploy(&stage.app, &officer, &approved.id).await.unwrap();
    assert_eq!(running(&stage), version("1.0.0", false));
    let mut wider = approved.manifest.clone();
    wider.limits.days += 1;
    edit(&stage, "UPDATE submission SET manifest_data = $1", wider.kept()).await;
    stage.app.runtime.remove(&name());
    align_all(&stage.app).await.unwrap();
    assert_eq!(running(&stage), None);
    let edited = stage.submission(&approved.id).await;
    let mut reader = stage.app.platform.db.reader().await.unwrap();
    let found = discrepancies(&mut reader, &edited).await.unwrap();
    assert_eq!(found, [Discrepancy::Manifest(vec!["limits"])]);
}

#[tokio::test]
async fn record_decides_what_runs_after_a_start() {
    let stage = Stage::with_compiler().await;
    let officer = stage.person(OFFICER).await;
    let submission = deployed(&stage, "1.0.0").await;
    stage.app.runtime.remove(&name());
    align_all(&stage.app).await.unwrap();
    assert_eq!(running(&stage), version("1.0.0", false));
    suspend(&stage.app, &officer, &submission.id, &grounds("complaints"))
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

#[test]
fn codes_of_discrepancies_are_those_that_are_kept() {
    use strum::VariantNames as _;
    let kept = [
        "report",
        "component",
        "manifest-text",
        "manifest",
        "approval",
        "approval-not-in-log",
        "approval-limits",
        "beyond-asked",
        "start",
        "publisher",
    ];
    assert_eq!(super::record::Discrepancy::VARIANTS, kept);
}
