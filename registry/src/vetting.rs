//! Vetting: what a machine can say about a component before an officer looks.
//!
//! A background job takes submissions one at a time, oldest first. Which ones wait is in the database,
//! so a restart loses nothing: what was in vetting is vetted again.

mod checks;
mod smoke;

use std::collections::BTreeMap;
use std::time::Duration;

use aim_gov::db::DbError;
use bytes::Bytes;
use futures::FutureExt as _;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::domain::report::{Check, POLICY_VERSION, Report, Severity};
use crate::domain::submission::{Event, Submission};
use crate::objects::ObjectError;
use crate::review::{Attempt, ReviewError, apply};
use crate::store;

/// How long the job waits after it failed, before it tries again.
const FAILURE_WAIT: Duration = Duration::from_secs(5);

/// Why a submission could not be vetted. It stays in vetting.
#[derive(Debug, thiserror::Error)]
pub enum VettingError {
    /// The component could not be read.
    #[error("the component could not be read")]
    Object(#[from] ObjectError),
    /// The compiler could not be run, which says nothing about the component.
    #[error("the compiler could not be run")]
    Compiler(#[source] aim_runtime::CompileError),
    /// The host is busy or stops.
    #[error("the host is busy or stops")]
    Busy,
    /// The result could not be kept.
    #[error("the result could not be kept")]
    Review(#[from] ReviewError),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] DbError),
    /// There is no folder for the run's throw-away database.
    #[error("there is no folder for the run's database")]
    Folder(#[source] std::io::Error),
    /// The run's throw-away APIs could not be set up.
    #[error("the run's government APIs could not be set up")]
    Apis(#[from] crate::apis::ApisError),
}

/// Vets whatever waits until it is told to stop.
pub async fn run(app: App, stop: CancellationToken) {
    let step = async {
        loop {
            match vet_next(&app).await {
                Ok(true) => {}
                Ok(false) => app.vetting.notified().await,
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "vetting.step failed");
                    tokio::time::sleep(FAILURE_WAIT).await;
                }
            }
        }
    };
    // What is cut off here is vetted again at the next start.
    stop.run_until_cancelled(step).await;
}

/// Vets the submission that has waited longest; `false` where none waits.
///
/// # Errors
/// [`VettingError`].
pub async fn vet_next(app: &App) -> Result<bool, VettingError> {
    let next = {
        let mut reader = app.platform.db.reader().await?;
        store::submission::next_vetting(&mut reader).await?
    };
    let Some(submission) = next else {
        return Ok(false);
    };
    let report = vet(app, &submission).await?;
    tracing::info!(submission.id = %submission.id, vetting.passed = report.passed(), "vetting.done");
    record(app, &submission, report).await?;
    Ok(true)
}

/// Everything that was seen of a component.
#[derive(Debug, Default)]
struct Seen {
    checks: Vec<Check>,
    inspection: Option<aim_runtime::Inspection>,
}

async fn vet(app: &App, submission: &Submission) -> Result<Report, VettingError> {
    let mut seen = match app.objects.get(&submission.digest).await? {
        Some(component) => vet_component(app, submission, component).await?,
        None => Seen {
            checks: vec![Check::failed(
                "valid-component",
                Severity::Block,
                vec!["The component is not in the store any more".to_owned()],
            )],
            inspection: None,
        },
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
async fn vet_component(app: &App, submission: &Submission, component: Bytes) -> Result<Seen, VettingError> {
    let inspection = match app.runtime.inspect(component.clone()).await {
        Ok(inspection) => inspection,
        Err(findings) => {
            return Ok(Seen {
                checks: checks::of_findings(&findings),
                inspection: None,
            });
        }
    };
    let mut checks = checks::of_inspection(&inspection, &submission.manifest);
    if !checks.iter().any(Check::blocks) {
        checks.push(checks::of_compilation(
            app.runtime.compile(submission.service(), component.clone()).await,
        )?);
    }
    if !checks.iter().any(Check::blocks) {
        checks.extend(smoke::checks(app, submission, component).await?);
    }
    Ok(Seen {
        checks,
        inspection: Some(inspection),
    })
}

/// Keeps the report and moves the submission on, in one transaction.
async fn record(app: &App, submission: &Submission, report: Report) -> Result<(), VettingError> {
    let now = app.platform.clock.now();
    let (id, random) = (submission.id.clone(), app.platform.random.clone());
    let kept: Result<_, ReviewError> = app
        .platform
        .db
        .write(move |tx| {
            async move {
                let evidence = store::report::insert(tx, &id, &report, now).await?;
                let passed = report.passed();
                let event = if passed { Event::Pass } else { Event::Fail };
                let attempt = Attempt {
                    evidence: Some(evidence.clone()),
                    ..Attempt::by_platform(event, now)
                };
                apply(tx, &random, &id, attempt, |submission| {
                    if passed {
                        submission.pass(evidence)
                    } else {
                        submission.fail(evidence)
                    }
                })
                .await
            }
            .boxed()
        })
        .await;
    match kept? {
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
