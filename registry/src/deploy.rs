//! What runs is exactly what was approved: the component is read by its digest, checked against it,
//! and given to the host with the grant of both approvals.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aim_gov::db::DbError;
use aim_gov::grant::Grant;
use aim_gov::invocation::{Service, ServiceId};
use futures::FutureExt as _;

use crate::app::App;
use crate::domain::SubmissionId;
use crate::domain::staff::Staff;
use crate::domain::submission::{Event, Live, State, Submission};
use crate::objects::ObjectError;
use crate::review::{Attempt, ReviewError, apply, change};
use crate::store;

/// Why a version does not run.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// It may not.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// The component is not in the store.
    #[error("the component `{0}` is not in the store")]
    NoComponent(String),
    /// The component could not be read, or is not what was approved.
    #[error("the component could not be read")]
    Object(#[from] ObjectError),
    /// The host could not load it.
    #[error(transparent)]
    Runtime(#[from] aim_runtime::DeployError),
}

impl From<DbError> for DeployError {
    fn from(error: DbError) -> Self {
        Self::Review(error.into())
    }
}

/// The service as the host and the government APIs see it.
pub(crate) fn service(app: &App, submission: &Submission, grant: Grant, controller: String) -> Service {
    Service {
        id: submission.service().clone(),
        title: submission.manifest.title.clone(),
        controller,
        version: submission.manifest.version.to_string(),
        digest: submission.digest.clone(),
        grant,
        origin: app.service_origin(submission.service()),
        platform: app.platform_origin(),
        stopped: AtomicBool::new(false),
    }
}

/// The name of the organisation that answers for a service.
pub(crate) async fn controller(app: &App, submission: &Submission) -> Result<String, DbError> {
    let mut reader = app.platform.db.reader().await?;
    let organisation = store::organisation::get(&mut reader, &submission.organisation).await?;
    Ok(organisation
        .map(|organisation| organisation.name)
        .unwrap_or_default())
}

/// How far the compilation of this version is, 0 to 100, while there is one: for vetting, or because the
/// compiled code is not there any more when it is deployed.
pub(crate) fn compiling(app: &App, submission: &Submission) -> Option<u8> {
    match submission.state {
        State::Vetting { .. } | State::Approved { .. } => app.runtime.compiling(&submission.digest),
        _ => None,
    }
}

/// Gives an approved version to the host, in the place of an older one.
async fn load(app: &App, submission: &Submission, live: &Live) -> Result<(), DeployError> {
    let component = app
        .objects
        .get(&submission.digest)
        .await?
        .ok_or_else(|| DeployError::NoComponent(submission.digest.clone()))?;
    let controller = controller(app, submission).await?;
    let service = service(app, submission, live.grant.clone(), controller);
    Ok(app.runtime.deploy(Arc::new(service), component).await?)
}

/// Puts an approved version in the place of the running one. The old one finishes its requests.
///
/// # Errors
/// [`DeployError`]; then the old version runs on.
pub async fn deploy(app: &App, staff: &Staff, id: &SubmissionId) -> Result<Submission, DeployError> {
    let _turn = app.deploying.lock().await;
    let now = app.platform.clock.now();
    let submission = {
        let mut reader = app.platform.db.reader().await?;
        store::submission::get(&mut reader, id)
            .await?
            .ok_or(ReviewError::NotFound)?
    };
    let State::Approved { live } = submission.state.clone() else {
        let attempt = Attempt::by_staff(staff, Event::Deploy, "", now);
        return Ok(change(app, id, attempt, move |submission| submission.deploy(now)).await?);
    };
    load(app, &submission, &live).await?;
    let result = record_deployment(app, staff, id, submission.service().clone()).await;
    if result.is_err() {
        // The record decides what runs, not the other way round.
        restore(app, submission.service()).await;
    }
    Ok(result?)
}

async fn record_deployment(
    app: &App,
    staff: &Staff,
    id: &SubmissionId,
    name: ServiceId,
) -> Result<Submission, ReviewError> {
    let now = app.platform.clock.now();
    let (id, staff, random) = (id.clone(), staff.clone(), app.platform.random.clone());
    let result: Result<_, ReviewError> = app
        .platform
        .db
        .write(move |tx| {
            async move {
                if let Some(old) = store::submission::live_of_service(tx, &name).await? {
                    let attempt = Attempt::by_staff(&staff, Event::Supersede, "", now);
                    let next = id.clone();
                    let moved = apply(tx, &random, &old.id, attempt, |old| {
                        old.supersede(&staff, next, now)
                    })
                    .await?;
                    if let Err(refused) = moved {
                        return Ok(Err(refused));
                    }
                }
                let attempt = Attempt::by_staff(&staff, Event::Deploy, "", now);
                apply(tx, &random, &id, attempt, |submission| submission.deploy(now)).await
            }
            .boxed()
        })
        .await;
    Ok(result??)
}

/// Makes the host run what the record says about this service; a failure goes to the log.
async fn restore(app: &App, name: &ServiceId) {
    let running = async {
        let mut reader = app.platform.db.reader().await?;
        store::submission::live_of_service(&mut reader, name).await
    };
    let outcome = match running.await {
        Ok(Some(submission)) => start_one(app, &submission).await,
        Ok(None) => {
            app.runtime.remove(name);
            Ok(())
        }
        Err(error) => Err(error.into()),
    };
    if let Err(error) = outcome {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            service.id = name.0,
            "deploy.restore failed"
        );
    }
}

async fn start_one(app: &App, submission: &Submission) -> Result<(), DeployError> {
    match &submission.state {
        State::Deployed { live, .. } => load(app, submission, live).await,
        State::Suspended { live, .. } => {
            load(app, submission, live).await?;
            app.runtime.suspend(submission.service());
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Starts everything that was running when the platform stopped. One that cannot be loaded stops
/// nobody else; the log says why.
///
/// # Errors
/// [`DeployError`] when the record cannot be read.
pub async fn start_all(app: &App) -> Result<(), DeployError> {
    let live = {
        let mut reader = app.platform.db.reader().await?;
        store::submission::live(&mut reader).await?
    };
    for submission in live {
        if let Err(error) = start_one(app, &submission).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                service.id = submission.service().0,
                "deploy.start failed"
            );
        }
    }
    Ok(())
}

/// Stops a service at once, requests under way included.
///
/// # Errors
/// [`DeployError`]. Where only the record failed, the service stays stopped.
pub async fn suspend(
    app: &App,
    staff: &Staff,
    id: &SubmissionId,
    reason: &str,
) -> Result<Submission, DeployError> {
    let now = app.platform.clock.now();
    let known = {
        let mut reader = app.platform.db.reader().await?;
        store::submission::get(&mut reader, id)
            .await?
            .ok_or(ReviewError::NotFound)?
    };
    let name = known.service().clone();
    // First the effect, then the record: a service that does harm is stopped before anything can fail.
    if known.suspend(staff, reason, now).is_ok() {
        app.runtime.suspend(&name);
    }
    let attempt = Attempt::by_staff(staff, Event::Suspend, reason, now);
    let (by, why) = (staff.clone(), reason.to_owned());
    let result = change(app, id, attempt, move |submission| {
        submission.suspend(&by, &why, now)
    })
    .await;
    if matches!(result, Err(ReviewError::Moved | ReviewError::Refused(_))) {
        // It moved on in between: what runs follows the record.
        let _turn = app.deploying.lock().await;
        restore(app, &name).await;
    }
    Ok(result?)
}

/// Lets a suspended service run again.
///
/// # Errors
/// [`DeployError`]; then it stays suspended.
pub async fn resume(
    app: &App,
    staff: &Staff,
    id: &SubmissionId,
    reason: &str,
) -> Result<Submission, DeployError> {
    let _turn = app.deploying.lock().await;
    let now = app.platform.clock.now();
    let attempt = Attempt::by_staff(staff, Event::Resume, reason, now);
    let (by, why) = (staff.clone(), reason.to_owned());
    let resumed = change(app, id, attempt, move |submission| {
        submission.resume(&by, &why, now)
    })
    .await?;
    start_one(app, &resumed).await?;
    Ok(resumed)
}

/// Takes a withdrawn version away from the host.
pub(crate) async fn forget(app: &App, submission: &Submission) {
    let _turn = app.deploying.lock().await;
    restore(app, submission.service()).await;
}
