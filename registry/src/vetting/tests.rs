use aim_runtime::{CompileError, inspect};

use super::*;
use crate::domain::report::Outcome;
use crate::testing::{EMPTY_COMPONENT, NOW, Stage, answering, manifest};

fn outcomes(checks: &[Check]) -> Vec<(&str, Severity, Outcome)> {
    checks
        .iter()
        .map(|check| (check.code.as_str(), check.severity, check.outcome))
        .collect()
}

#[tokio::test]
async fn component_without_exports_fails_with_the_reason() {
    let stage = Stage::new().await;
    let submission = stage.submitted(&manifest("water-meter", "1.0.0")).await;
    assert!(vet_next(&stage.app).await.unwrap());
    assert!(!vet_next(&stage.app).await.unwrap(), "nothing is left");
    let vetted = stage.submission(&submission.id).await;
    assert_eq!(vetted.state.code(), "vetting-failed");
    let mut reader = stage.app.platform.db.reader().await.unwrap();
    let stored = store::report::latest(&mut reader, &submission.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(vetted.state.evidence(), Some(stored.sha256.as_str()));
    assert_eq!(
        outcomes(&stored.report.checks),
        [
            ("world", Severity::Block, Outcome::Failed),
            ("name", Severity::Warn, Outcome::Passed),
            ("texts", Severity::Warn, Outcome::Failed),
            ("service-codes", Severity::Block, Outcome::Passed),
        ]
    );
    assert_eq!(
        (stored.report.digest.as_str(), stored.report.at),
        (submission.digest.as_str(), NOW)
    );
    let log = store::decision::of_submission(&mut reader, &submission.id)
        .await
        .unwrap();
    let events: Vec<_> = log.iter().map(|decision| decision.event.as_str()).collect();
    assert!(
        events.contains(&"fail") && events.contains(&"receive"),
        "{events:?}"
    );
}

/// The job is cut off between two steps; the next one finds the work where it was.
#[tokio::test]
async fn restart_takes_up_what_was_in_vetting() {
    let stage = Stage::new().await;
    let submission = stage.submitted(&manifest("water-meter", "1.0.0")).await;
    let stop = CancellationToken::new();
    stop.cancel();
    run(stage.app.clone(), stop).await;
    assert_eq!(stage.submission(&submission.id).await.state.code(), "vetting");
    assert!(vet_next(&stage.app).await.unwrap());
    assert_eq!(
        stage.submission(&submission.id).await.state.code(),
        "vetting-failed"
    );
}

#[tokio::test]
async fn version_that_was_withdrawn_meanwhile_is_left_alone() {
    let stage = Stage::new().await;
    let submission = stage.submitted(&manifest("water-meter", "1.0.0")).await;
    let report = vet(&stage.app, &submission, 0).await.unwrap();
    let by = (&stage.citizen, "Elçin");
    crate::deploy::withdraw(&stage.app, by, &stage.organisation, &submission.id)
        .await
        .unwrap();
    record(&stage.app, &submission, report).await.unwrap();
    assert_eq!(stage.submission(&submission.id).await.state.code(), "withdrawn");
}

#[test]
fn machines_fault_is_not_the_components() {
    let broken = CompileError::Child {
        program: "none".into(),
        source: std::io::ErrorKind::NotFound.into(),
    };
    assert!(matches!(
        checks::of_compilation(Err(broken)),
        Err(VettingError::Compiler(_))
    ));
    let refused = checks::of_compilation(Err(CompileError::Refused("too many locals".to_owned()))).unwrap();
    assert!(refused.blocks() && refused.evidence[0].contains("too many locals"));
}

#[test]
fn each_finding_belongs_to_a_check() {
    for (bytes, code) in [
        (EMPTY_COMPONENT, "world"),
        (b"\0asm\x01\0\0\0", "valid-component"),
    ] {
        let findings = inspect(bytes).unwrap_err();
        let checks = checks::of_findings(&findings);
        assert_eq!(outcomes(&checks), [(code, Severity::Block, Outcome::Failed)]);
    }
}

#[test]
fn title_with_a_word_of_two_scripts_is_shown_to_officers() {
    // The second `a` of the title is Cyrillic.
    let mixed = manifest("water-meter", "1.0.0").replace("Su sayğacı", "Su sayğаcı");
    for (text, outcome) in [
        (mixed, Outcome::Failed),
        (manifest("water-meter", "1.0.0"), Outcome::Passed),
    ] {
        let manifest = crate::manifest::Manifest::parse(&text).unwrap();
        let checks = checks::of_manifest(&manifest, Vec::new());
        assert_eq!(outcomes(&checks)[0], ("name", Severity::Warn, outcome));
    }
}

async fn vet_after_the_wait(stage: &Stage) -> Result<bool, VettingError> {
    stage.app.platform.clock.advance_ms(RETRY_MS);
    vet_next(&stage.app).await
}

async fn state(stage: &Stage, submission: &Submission) -> &'static str {
    stage.submission(&submission.id).await.state.code()
}

#[tokio::test]
async fn submission_that_cannot_be_vetted_does_not_block_the_queue() {
    // This platform has no compiler, which says nothing about the component.
    let stage = Stage::new().await;
    let good = manifest("water-meter", "1.0.0").replace("\"identity\", \"payments\"", "");
    let good = good.split("[[purpose]]").next().unwrap();
    let stuck = stage.submitted_by(&stage.token, good, &answering("good")).await;
    // Ids of one moment have no order.
    stage.app.platform.clock.advance_ms(1);
    let other = stage.submitted(&manifest("tea-house", "1.0.0")).await;
    let error = vet_next(&stage.app).await.unwrap_err();
    assert!(matches!(error, VettingError::Compiler(_)), "{error}");
    assert!(vet_next(&stage.app).await.unwrap());
    assert_eq!(state(&stage, &other).await, "vetting-failed");
    assert!(!vet_next(&stage.app).await.unwrap(), "it waits");
    // However often that happens.
    for _ in 0..=CRASHES_MAX {
        let error = vet_after_the_wait(&stage).await.unwrap_err();
        assert!(matches!(error, VettingError::Compiler(_)), "{error}");
    }
    assert_eq!(state(&stage, &stuck).await, "vetting");
}

#[tokio::test]
async fn submission_that_crashes_vetting_repeatedly_is_refused() {
    let stage = Stage::new().await;
    let submission = stage.submitted(&manifest("water-meter", "1.0.0")).await;
    for _ in 0..CRASHES_MAX {
        let mut tx = stage.app.platform.db.begin().await.unwrap();
        store::submission::begin_vetting(&mut tx, &submission.id, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    assert!(vet_next(&stage.app).await.unwrap());
    assert_eq!(state(&stage, &submission).await, "vetting-failed");
    let mut reader = stage.app.platform.db.reader().await.unwrap();
    let stored = store::report::latest(&mut reader, &submission.id).await.unwrap();
    let evidence = stored.unwrap().report.checks[0].evidence.concat();
    assert!(evidence.contains("went down 3 times"), "{evidence}");
}

#[tokio::test]
async fn component_that_changed_in_the_store_is_refused() {
    let stage = Stage::new().await;
    let submission = stage.submitted(&manifest("water-meter", "1.0.0")).await;
    let file = submission.digest.strip_prefix("sha256:").unwrap();
    std::fs::write(
        stage.folder.path().join("objects/sha256").join(file),
        b"something else",
    )
    .unwrap();
    assert!(vet_next(&stage.app).await.unwrap());
    assert_eq!(state(&stage, &submission).await, "vetting-failed");
}

#[tokio::test]
async fn organisations_are_vetted_in_turn() {
    let stage = Stage::new().await;
    let other = stage.another_organisation().await;
    let mut mine = Vec::new();
    for version in ["1.0.0", "1.0.1", "1.0.2"] {
        mine.push(stage.submitted(&manifest("water-meter", version)).await);
        stage.app.platform.clock.advance_ms(1);
    }
    let theirs = stage
        .submitted_by(&other, &manifest("tea-house", "1.0.0"), EMPTY_COMPONENT)
        .await;
    assert!(vet_next(&stage.app).await.unwrap());
    assert_eq!(state(&stage, &mine[0]).await, "vetting-failed");
    assert!(vet_next(&stage.app).await.unwrap());
    assert_eq!(state(&stage, &theirs).await, "vetting-failed");
    assert_eq!(state(&stage, &mine[1]).await, "vetting");
}
