//! Deploys exactly what was approved: the component is read by its digest, verified against it, and given to
//! the host with the grant that is computed from the manifest and both approvals.
//!
//! Each decision first prepares what it needs, then takes [`App::deploying`] and holds it during the record and
//! the effect, so that no two decisions about deployed versions interleave. It runs to its end even if the
//! caller is cancelled. If writing a record failed with an unknown outcome, the record is read again and
//! decides: [`keep`].

mod attempt;
mod record;
mod stop;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use aim_gov::db::DbError;
use aim_gov::grant::Grant;
use aim_gov::invocation::{Service, ServiceId};
use aim_runtime::Prepared;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::app::App;
use crate::component_store::ComponentStoreError;
use crate::domain::SubmissionId;
use crate::domain::staff::Staff;
use crate::domain::submission::{Reason, State, Submission};
use crate::review::{ReviewError, circumstances};
use crate::store;

use attempt::DeployAttempt;
pub use record::{Discrepancy, discrepancies};
pub(crate) use stop::withdraw;
pub use stop::{resume, suspend};

/// Time after a failure until the record is read again.
const FAILURE_WAIT: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    #[error(transparent)]
    Review(#[from] ReviewError),
    #[error("the component `{0}` is not in the store")]
    NoComponent(String),
    #[error("the component could not be read")]
    Object(#[from] ComponentStoreError),
    #[error("the record of `{submission}` is inconsistent: {}", list(found))]
    Discrepant {
        submission: SubmissionId,
        found: Vec<Discrepancy>,
    },
    #[error(transparent)]
    Runtime(#[from] aim_runtime::DeployError),
    #[error("the decision ended early")]
    Ended(#[from] tokio::task::JoinError),
}

fn list(found: &[Discrepancy]) -> String {
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    found.join("; ")
}

impl DeployError {
    /// Whether this rule forbids it.
    pub fn is_for(&self, reason: &Reason) -> bool {
        matches!(self, Self::Review(ReviewError::Refused(refused)) if refused.reason == *reason)
    }

    /// Whether a retry can help: not if a rule or the record itself forbids it.
    fn may_pass(&self) -> bool {
        !matches!(
            self,
            Self::Discrepant { .. } | Self::Review(ReviewError::Refused(_))
        )
    }
}

impl From<DbError> for DeployError {
    fn from(error: DbError) -> Self {
        Self::Review(error.into())
    }
}

/// The service as the host and the government APIs see it.
pub(crate) fn service(
    app: &App,
    submission: &Submission,
    grant: Grant,
    (controller, tax_id): (String, String),
) -> Service {
    Service {
        id: submission.service().clone(),
        title: submission.manifest.title.clone(),
        controller,
        tax_id,
        version: submission.manifest.version.to_string(),
        digest: submission.digest.clone(),
        grant,
        origin: app.service_origin(submission.service()),
        platform: app.platform_origin(),
        stopped: AtomicBool::new(false),
    }
}

/// The name and the taxpayer's number of the organisation that is responsible for a service.
pub(crate) async fn controller(app: &App, submission: &Submission) -> Result<(String, String), DbError> {
    let mut reader = app.platform.db.reader().await?;
    let organisation = store::organisation::get(&mut reader, &submission.organisation).await?;
    Ok(organisation
        .map(|organisation| (organisation.name, organisation.tax_id))
        .unwrap_or_default())
}

/// The progress of this version's compilation, 0 to 100, while it is compiled: for vetting, or because its
/// compiled code no longer exists when it is deployed.
pub(crate) fn compiling(app: &App, submission: &Submission) -> Option<u8> {
    match submission.state {
        State::Vetting { .. } | State::Approved { .. } => app.runtime.compiling(&submission.digest),
        _ => None,
    }
}

/// Runs a decision to its end. The server drops a handler whose client disconnects, which could leave a record
/// without its effect.
async fn to_the_end<T: Send + 'static>(
    decision: impl Future<Output = Result<T, DeployError>> + Send + 'static,
) -> Result<T, DeployError> {
    tokio::spawn(decision.in_current_span()).await?
}

async fn read(app: &App, id: &SubmissionId) -> Result<Submission, DeployError> {
    let mut reader = app.platform.db.reader().await?;
    let found = store::submission::get(&mut reader, id).await?;
    Ok(found.ok_or(ReviewError::NotFound)?)
}

/// Loads an approved version, so that only the swap remains; citizens do not see it yet. Refused if an approval
/// no longer counts, or the record is inconsistent.
async fn prepare(app: &App, submission: &Submission, stopped: bool) -> Result<Prepared, DeployError> {
    let grant = {
        let mut reader = app.platform.db.reader().await?;
        let around = circumstances(&mut reader, submission).await?;
        submission.may_load(&around).map_err(ReviewError::from)?;
        record::grant(&mut reader, submission).await?
    };
    let component = app
        .components
        .get(&submission.digest)
        .await?
        .ok_or_else(|| DeployError::NoComponent(submission.digest.clone()))?;
    let controller = controller(app, submission).await?;
    let service = service(app, submission, grant, controller);
    if stopped {
        service.stop();
    }
    let inspected = app.runtime.inspect(component).await;
    let inspected = inspected.map_err(aim_runtime::DeployError::Inspect)?;
    Ok(app.runtime.prepare(Arc::new(service), &inspected).await?)
}

/// Replaces the running version by an approved one. The old one finishes its requests.
///
/// # Errors
/// [`DeployError`]; then the old version keeps running.
pub async fn deploy(app: &App, staff: &Staff, id: &SubmissionId) -> Result<Submission, DeployError> {
    let (app, staff, id) = (app.clone(), staff.clone(), id.clone());
    to_the_end(async move {
        let submission = read(&app, &id).await?;
        let attempt = DeployAttempt {
            random: app.platform.random.clone(),
            staff,
            id,
            service: submission.service().clone(),
            now: app.platform.clock.now(),
        };
        // The rules come first: a version that must not run is not even loaded.
        let mut tx = app.platform.db.begin().await?;
        let refused = attempt.refusal(&mut tx).await?;
        tx.commit().await?;
        if let Some(refused) = refused {
            return Err(ReviewError::from(refused).into());
        }
        if !matches!(submission.state, State::Approved { .. }) {
            return Err(ReviewError::Moved.into());
        }
        let next = prepare(&app, &submission, false).await?;
        let _deploying = app.deploying.lock().await;
        match attempt.record(&app.platform.db).await {
            Ok(deployed) => {
                app.runtime.swap(next);
                Ok(deployed)
            }
            Err(error) => {
                align_if_unknown(&app, submission.service(), &error).await;
                Err(error.into())
            }
        }
    })
    .await
}

/// Applies an approval: an approved version is deployed, and one that could not be loaded because of a lapsed
/// approval is loaded. Nothing happens while an approval is missing.
pub async fn after_approval(
    app: &App,
    staff: &Staff,
    submission: Submission,
) -> Result<Submission, DeployError> {
    let around = {
        let mut reader = app.platform.db.reader().await?;
        circumstances(&mut reader, &submission).await?
    };
    if submission.may_load(&around).is_err() {
        return Ok(submission);
    }
    match submission.state {
        // The suspension of the name has to be lifted first; then the button on the page deploys.
        State::Approved { .. } if around.name_suspended => Ok(submission),
        State::Approved { .. } => deploy(app, staff, &submission.id).await,
        _ => {
            let app = app.clone();
            to_the_end(async move {
                let _deploying = app.deploying.lock().await;
                align(&app, submission.service()).await?;
                Ok(submission)
            })
            .await
        }
    }
}

/// Makes the host run the recorded version of this service. Needs [`App::deploying`].
async fn align(app: &App, name: &ServiceId) -> Result<(), DeployError> {
    let (recorded, suspension) = {
        let mut reader = app.platform.db.reader().await?;
        let recorded = store::submission::live_of_service(&mut reader, name).await?;
        let suspension = store::suspension::of_service(&mut reader, name).await?;
        (recorded, suspension)
    };
    let Some(submission) = recorded else {
        app.runtime.remove(name);
        return Ok(());
    };
    // The name's suspension decides, regardless of the version's state.
    let stopped = suspension.is_some() || matches!(submission.state, State::Suspended { .. });
    let version = submission.manifest.version.to_string();
    let running = app.runtime.service(name);
    let same = running.is_some_and(|service| {
        service.digest == submission.digest
            && service.version == version
            && (stopped || !service.is_stopped())
    });
    if !same {
        // Until it is loaded, no version runs that the record does not name.
        app.runtime.suspend(name);
        app.runtime.swap(prepare(app, &submission, stopped).await?);
    } else if stopped {
        app.runtime.suspend(name);
    }
    Ok(())
}

/// [`align`] after a failure of the database that leaves the record unknown.
async fn align_if_unknown(app: &App, name: &ServiceId, error: &ReviewError) {
    if matches!(error, ReviewError::Db(_))
        && let Err(error) = align(app, name).await
    {
        misaligned(app, name, &error);
    }
}

/// Reports that the host does not run the recorded version: [`keep`] retries if that can help.
fn misaligned(app: &App, name: &ServiceId, error: &DeployError) {
    failed(name, error);
    if error.may_pass() {
        app.misaligned.notify_one();
    }
}

fn failed(name: &ServiceId, error: &DeployError) {
    tracing::error!(
        error = error as &dyn std::error::Error,
        service.id = name.0,
        "deploy.align failed"
    );
}

/// Makes the host run every recorded version. One that cannot be loaded blocks no other: the log and the
/// staff's page show why, and [`keep`] retries if that can help.
///
/// # Errors
/// [`DeployError`] when the record cannot be read.
pub async fn align_all(app: &App) -> Result<(), DeployError> {
    let live = {
        let mut reader = app.platform.db.reader().await?;
        store::submission::live(&mut reader).await?
    };
    for submission in live {
        let _deploying = app.deploying.lock().await;
        if let Err(error) = align(app, submission.service()).await {
            misaligned(app, submission.service(), &error);
        }
    }
    Ok(())
}

/// Reads the record again after each failure, until it is stopped.
pub async fn keep(app: App, stop: CancellationToken) {
    let step = async {
        loop {
            app.misaligned.notified().await;
            tokio::time::sleep(FAILURE_WAIT).await;
            if let Err(error) = align_all(&app).await {
                tracing::error!(error = &error as &dyn std::error::Error, "deploy.keep failed");
                app.misaligned.notify_one();
            }
        }
    };
    stop.run_until_cancelled(step).await;
}

#[cfg(test)]
mod tests;
