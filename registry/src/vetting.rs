//! Vetting: the automated checks of a component before an officer reviews it.
//!
//! A background job begins one vetting after the other, a few of them at once, in the order of
//! [`crate::vetting_queue`]. The queue is in the database, so a restart loses nothing: a vetting that was
//! interrupted is repeated. A vetting that fails because of the platform goes to the back; a component that
//! repeatedly takes the platform down is refused.

mod checks;
mod smoke;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use aim_gov::clock::Timestamp;
use aim_gov::db::DbError;
use aim_runtime::ComponentBytes;
use futures::FutureExt as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::component_store::ComponentStoreError;
use crate::domain::SubmissionId;
use crate::domain::report::{Check, POLICY_VERSION, Report, Severity};
use crate::domain::submission::{Event, State, Submission};
use crate::domain::waiting::Waiting;
use crate::review::{Attempt, ReviewError, apply};
use crate::store;
use crate::vetting_queue::Begun;

pub use crate::vetting_queue::{AGING_MS, Vettings, in_order};

/// How long the job waits after a failure before it begins the next one.
const FAILURE_WAIT: Duration = Duration::from_secs(1);
/// How long others go first after a submission could not be vetted: 30 seconds.
pub const RETRY_MS: i64 = 30 * 1000;
/// How many consecutive times a component may take the platform down before it is refused.
pub const CRASHES_MAX: i64 = 3;

#[derive(Debug, thiserror::Error)]
pub enum VettingError {
    #[error("the component could not be read")]
    Object(#[from] ComponentStoreError),
    #[error("the compiler could not be run")]
    Compiler(#[source] aim_runtime::CompileError),
    #[error("the host is busy or stops")]
    Busy,
    #[error("the result could not be kept")]
    Review(#[from] ReviewError),
    #[error("the database failed")]
    Db(#[from] DbError),
    #[error("there is no folder for the run's database")]
    Folder(#[source] std::io::Error),
    #[error("the run's government APIs could not be set up")]
    Apis(#[from] aim_gov::apis::ApisError),
    #[error("the vetting of `{0}` panicked")]
    Panicked(SubmissionId),
}

/// Vets waiting submissions until it is stopped.
pub async fn run(app: App, stop: CancellationToken) {
    let mut under_way = JoinSet::new();
    let step = async {
        loop {
            match begin_next(&app).await {
                Ok(Some(begun)) => {
                    let app = app.clone();
                    under_way.spawn(async move {
                        if let Err(error) = finish(&app, begun).await {
                            tracing::error!(error = &error as &dyn std::error::Error, "vetting failed");
                        }
                    });
                }
                Ok(None) => {
                    // Notified, or time to retry a vetting that failed.
                    let again = Duration::from_millis(RETRY_MS.unsigned_abs());
                    let _ = tokio::time::timeout(again, app.vetting.told()).await;
                    while under_way.try_join_next().is_some() {}
                }
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "vetting.step failed");
                    tokio::time::sleep(FAILURE_WAIT).await;
                }
            }
        }
    };
    stop.run_until_cancelled(step).await;
    let cut_off = app.vetting.under_way();
    under_way.shutdown().await;
    for id in cut_off {
        // It is vetted again at the next start, and did no harm.
        if let Err(error) = forget(&app, &id, Timestamp(0)).await {
            tracing::error!(error = &error as &dyn std::error::Error, "vetting.stop failed");
        }
    }
}

async fn forget(app: &App, id: &SubmissionId, again: Timestamp) -> Result<(), DbError> {
    let mut tx = app.platform.db.begin().await?;
    store::submission::forget_vetting(&mut tx, id, again).await?;
    tx.commit().await
}

/// The number of submissions that are vetted before this one; `None` if it does not wait for vetting.
pub async fn ahead_of(app: &App, submission: &Submission) -> Result<Option<usize>, DbError> {
    if !matches!(submission.state, State::Vetting { .. }) {
        return Ok(None);
    }
    let now = app.platform.clock.now();
    let mut reader = app.platform.db.reader().await?;
    let waiting = store::submission::waiting(&mut reader).await?;
    Ok(app.vetting.ahead_of(&submission.id, &waiting, now))
}

/// Begins the next vetting, if one can begin now.
async fn begin_next(app: &App) -> Result<Option<Begun>, VettingError> {
    // A report and compiled code need disk space.
    if app.platform.db.reserve().check().is_err() {
        return Ok(None);
    }
    let now = app.platform.clock.now();
    let waiting = {
        let mut reader = app.platform.db.reader().await?;
        store::submission::waiting(&mut reader).await?
    };
    let Some(begun) = app.vetting.begin(&waiting, now) else {
        return Ok(None);
    };
    // Before anything else, so that a vetting which ends the whole process is counted too.
    let mut tx = app.platform.db.begin().await?;
    store::submission::begin_vetting(&mut tx, &begun.submission().id, now.plus_ms(RETRY_MS)).await?;
    tx.commit().await?;
    Ok(Some(begun))
}

/// Vets a submission whose vetting has begun.
///
/// # Errors
/// [`VettingError`]; then it waits for [`RETRY_MS`].
async fn finish(app: &App, begun: Begun) -> Result<(), VettingError> {
    let Waiting { id, crashes, .. } = begun.submission();
    let vetted = AssertUnwindSafe(vet_one(app, id, *crashes)).catch_unwind().await;
    match vetted {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            // A fault of the platform does not count.
            let again = app.platform.clock.now().plus_ms(RETRY_MS);
            forget(app, id, again).await?;
            Err(error)
        }
        Err(_) => Err(VettingError::Panicked(id.clone())),
    }
}

/// Vets the next submission; `false` if none can be vetted now.
///
/// # Errors
/// [`VettingError`]; then it waits for [`RETRY_MS`].
pub async fn vet_next(app: &App) -> Result<bool, VettingError> {
    match begin_next(app).await? {
        Some(begun) => finish(app, begun).await.map(|()| true),
        None => Ok(false),
    }
}

async fn vet_one(app: &App, id: &SubmissionId, crashes: i64) -> Result<(), VettingError> {
    let submission = {
        let mut reader = app.platform.db.reader().await?;
        store::submission::get(&mut reader, id).await?
    };
    // It may have been withdrawn, or its vetting may have ended, since the queue was read.
    let Some(submission) = submission.filter(|one| matches!(one.state, State::Vetting { .. })) else {
        return Ok(());
    };
    let report = vet(app, &submission, crashes).await?;
    tracing::info!(submission.id = %submission.id, vetting.passed = report.passed(), "vetting.done");
    record(app, &submission, report).await
}

/// The findings about a component.
#[derive(Debug, Default)]
struct Seen {
    checks: Vec<Check>,
    inspection: Option<aim_runtime::Inspection>,
}

impl Seen {
    /// The findings about a component that cannot be inspected.
    fn refused(why: String) -> Self {
        Self {
            checks: vec![Check::failed("valid-component", Severity::Block, vec![why])],
            inspection: None,
        }
    }
}

async fn vet(app: &App, submission: &Submission, crashes: i64) -> Result<Report, VettingError> {
    let mut seen = match app.components.get(&submission.digest).await {
        Ok(Some(_)) if crashes >= CRASHES_MAX => Seen::refused(format!(
            "The platform went down {crashes} times in a row while it vetted this component"
        )),
        Ok(Some(component)) => vet_component(app, submission, component).await?,
        Ok(None) => Seen::refused("The component is not in the store any more".to_owned()),
        Err(ComponentStoreError::Changed { .. } | ComponentStoreError::TooLong { .. }) => Seen::refused(
            "What the store has is not the component that was sent; send another version".to_owned(),
        ),
        Err(error) => return Err(error.into()),
    };
    let look_alikes = {
        let mut reader = app.platform.db.reader().await?;
        store::service::look_alikes(&mut reader, submission.service(), &submission.organisation).await?
    };
    seen.checks
        .extend(checks::of_manifest(&submission.manifest, look_alikes));
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let inspection = seen.inspection;
    Ok(Report {
        digest: submission.digest.clone(),
        manifest_sha256: submission.manifest_sha256(),
        kept_manifest_sha256: Some(submission.kept_manifest_sha256()),
        policy: POLICY_VERSION.to_owned(),
        tools: BTreeMap::from([
            ("aim-runtime".to_owned(), version.clone()),
            ("aim-registry".to_owned(), version),
        ]),
        at: app.platform.clock.now(),
        capabilities: inspection
            .as_ref()
            .map(|found| found.capabilities.clone())
            .unwrap_or_default(),
        imports: inspection
            .as_ref()
            .map(|found| found.imports.clone())
            .unwrap_or_default(),
        exports: inspection.map(|found| found.exports).unwrap_or_default(),
        size_bytes: submission.size_bytes,
        checks: seen.checks,
    })
}

/// The checks of the bytes. What does not pass the first ones is neither compiled nor run.
async fn vet_component(
    app: &App,
    submission: &Submission,
    component: ComponentBytes,
) -> Result<Seen, VettingError> {
    let inspected = match app.runtime.inspect(component).await {
        Ok(inspected) => inspected,
        Err(findings) => {
            return Ok(Seen {
                checks: checks::of_findings(&findings),
                inspection: None,
            });
        }
    };
    let mut checks = checks::of_inspection(inspected.inspection(), &submission.manifest);
    if !checks.iter().any(Check::blocks) {
        checks.push(checks::of_compilation(
            app.runtime
                .compile(submission.service(), inspected.component())
                .await,
        )?);
    }
    if !checks.iter().any(Check::blocks) {
        checks.extend(smoke::checks(app, submission, &inspected).await?);
    }
    Ok(Seen {
        checks,
        inspection: Some(inspected.inspection().clone()),
    })
}

/// Keeps the report and moves the submission on, in one transaction.
async fn record(app: &App, submission: &Submission, report: Report) -> Result<(), VettingError> {
    let now = app.platform.clock.now();
    let mut tx = app.platform.db.begin().await?;
    let evidence = store::report::insert(&mut tx, &submission.id, &report, now).await?;
    let passed = report.passed();
    let event = if passed { Event::Pass } else { Event::Fail };
    let attempt = Attempt {
        evidence: Some(evidence.clone()),
        ..Attempt::by_platform(event, now)
    };
    let kept = apply(
        &mut tx,
        &app.platform.random,
        &submission.id,
        attempt,
        |submission| {
            if passed {
                submission.pass(evidence)
            } else {
                submission.fail(evidence)
            }
        },
    )
    .await?;
    tx.commit().await?;
    match kept {
        Ok(_) => Ok(()),
        // The publisher took it back in the meantime: there is nothing left to vet.
        Err(refused) => {
            tracing::info!(submission.id = %submission.id, %refused, "vetting.unneeded");
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
