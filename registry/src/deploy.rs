//! What runs is exactly what was approved: the component is read by its digest, checked against it,
//! and given to the host with the grant of both approvals.
//!
//! Each decision prepares what it needs, then takes [`App::deploying`] and holds it for the record and the
//! effect together, so that no two decisions about what runs can cross. It goes on to its end even where
//! whoever asked for it is gone. Where a record failed in a way that leaves open what it says, the record is
//! read again and decides: [`keep`].

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use aim_gov::clock::Timestamp;
use aim_gov::consent;
use aim_gov::db::{Conn, DbError};
use aim_gov::grant::Grant;
use aim_gov::invocation::{CitizenId, Service, ServiceId};
use aim_gov::sessions;
use aim_runtime::Prepared;
use futures::FutureExt as _;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::app::App;
use crate::domain::public_reason::PublicReason;
use crate::domain::staff::Staff;
use crate::domain::submission::{Event, Live, Refused, State, Submission};
use crate::domain::{OrganisationId, SubmissionId};
use crate::objects::ObjectError;
use crate::review::{self, Attempt, ReviewError, apply, change};
use crate::store;

/// How long after a failure the record is read again.
const FAILURE_WAIT: Duration = Duration::from_secs(30);

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
    /// The approvals, the report and the component do not name the same bytes.
    #[error("approvals and vetting report of `{0}` are not about its component")]
    NotVouched(SubmissionId),
    /// The host could not load it.
    #[error(transparent)]
    Runtime(#[from] aim_runtime::DeployError),
    /// The decision panicked.
    #[error("the decision ended early")]
    Ended(#[from] tokio::task::JoinError),
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

/// Runs a decision to its end. The server drops a handler whose client hangs up, and half a decision would
/// be a record without its effect.
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

/// Loads an approved version, so that nothing but its swap is left; nobody sees it yet.
async fn prepare(app: &App, submission: &Submission, live: &Live) -> Result<Prepared, DeployError> {
    let report = {
        let mut reader = app.platform.db.reader().await?;
        store::report::latest(&mut reader, &submission.id).await?
    };
    let vouched = report.is_some_and(|stored| {
        stored.sha256 == live.evidence
            && stored.report.digest == submission.digest
            && stored.report.manifest_sha256 == submission.manifest_sha256()
    });
    let approvals = [&live.first, &live.second];
    let agreed = approvals
        .into_iter()
        .all(|approval| approval.digest == submission.digest && approval.evidence == live.evidence);
    if !vouched || !agreed {
        return Err(DeployError::NotVouched(submission.id.clone()));
    }
    let component = app
        .objects
        .get(&submission.digest)
        .await?
        .ok_or_else(|| DeployError::NoComponent(submission.digest.clone()))?;
    let controller = controller(app, submission).await?;
    let service = service(app, submission, live.grant.clone(), controller);
    if matches!(submission.state, State::Suspended { .. }) {
        service.stop();
    }
    Ok(app.runtime.prepare(Arc::new(service), component).await?)
}

/// Puts an approved version in the place of the running one. The old one finishes its requests.
///
/// # Errors
/// [`DeployError`]; then the old version runs on.
pub async fn deploy(app: &App, staff: &Staff, id: &SubmissionId) -> Result<Submission, DeployError> {
    let (app, staff, id) = (app.clone(), staff.clone(), id.clone());
    to_the_end(async move {
        let submission = read(&app, &id).await?;
        let turn = Turn {
            random: app.platform.random.clone(),
            staff,
            id,
            service: submission.service().clone(),
            now: app.platform.clock.now(),
        };
        // The rules before the work: what may not run is not even loaded.
        let asked = turn.clone();
        let refused: Result<_, ReviewError> = app
            .platform
            .db
            .write(move |tx| async move { asked.refusal(tx).await }.boxed())
            .await;
        if let Some(refused) = refused? {
            return Err(ReviewError::from(refused).into());
        }
        let State::Approved { live } = &submission.state else {
            return Err(ReviewError::Moved.into());
        };
        let next = prepare(&app, &submission, live).await?;
        let _turn = app.deploying.lock().await;
        let recorded: Result<_, ReviewError> = app
            .platform
            .db
            .write(move |tx| async move { turn.deploy(tx).await }.boxed())
            .await;
        match recorded.and_then(|recorded| Ok(recorded?)) {
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

/// One attempt to deploy.
#[derive(Clone)]
struct Turn {
    random: aim_gov::random::Random,
    staff: Staff,
    id: SubmissionId,
    service: ServiceId,
    now: Timestamp,
}

impl Turn {
    /// The rule that forbids it, if one does; then the refusal is recorded.
    async fn refusal(&self, tx: &mut Conn) -> Result<Option<Refused>, ReviewError> {
        let submission = store::submission::get(tx, &self.id)
            .await?
            .ok_or(ReviewError::NotFound)?;
        let mut refused = submission
            .deploy(&self.staff, self.now)
            .err()
            .map(|refused| (self.id.clone(), refused));
        if refused.is_none()
            && let Some(old) = store::submission::live_of_service(tx, &self.service).await?
        {
            let about = old.id.clone();
            refused = old
                .supersede(&self.staff, self.id.clone(), self.now)
                .err()
                .map(|refused| (about, refused));
        }
        let Some((about, refused)) = refused else {
            return Ok(None);
        };
        let attempt = Attempt::by_staff(&self.staff, refused.event, "", self.now);
        let answer = refused.clone();
        apply(tx, &self.random, &about, attempt, move |_| Err(refused))
            .await?
            .err();
        Ok(Some(answer))
    }

    /// Whether the new version may send what citizens enter to a system that the old one may not.
    async fn tells_more(&self, tx: &mut Conn, old: &Submission) -> Result<bool, ReviewError> {
        let new = store::submission::get(tx, &self.id)
            .await?
            .ok_or(ReviewError::NotFound)?;
        let (Some(before), Some(after)) = (old.state.live(), new.state.live()) else {
            return Ok(true);
        };
        let known = consent::hosts(&before.grant);
        Ok(!consent::hosts(&after.grant).is_subset(&known))
    }

    async fn deploy(&self, tx: &mut Conn) -> Result<Result<Submission, Refused>, ReviewError> {
        if let Some(refused) = self.refusal(tx).await? {
            return Ok(Err(refused));
        }
        if let Some(old) = store::submission::live_of_service(tx, &self.service).await? {
            if self.tells_more(tx, &old).await? {
                // Whoever is inside comes in through the platform again, and reads there what is new.
                sessions::end_all_at_service(tx, &self.service).await?;
            }
            let attempt = Attempt::by_staff(&self.staff, Event::Supersede, "", self.now);
            let superseded = apply(tx, &self.random, &old.id, attempt, |old| {
                old.supersede(&self.staff, self.id.clone(), self.now)
            });
            if let Err(refused) = superseded.await? {
                return Ok(Err(refused));
            }
        }
        let attempt = Attempt::by_staff(&self.staff, Event::Deploy, "", self.now);
        apply(tx, &self.random, &self.id, attempt, |submission| {
            submission.deploy(&self.staff, self.now)
        })
        .await
    }
}

/// Makes the host run what the record says about this service. Needs [`App::deploying`].
async fn align(app: &App, name: &ServiceId) -> Result<(), DeployError> {
    let recorded = {
        let mut reader = app.platform.db.reader().await?;
        store::submission::live_of_service(&mut reader, name).await?
    };
    let Some(submission) = recorded else {
        app.runtime.remove(name);
        return Ok(());
    };
    let version = submission.manifest.version.to_string();
    let running = app.runtime.service(name);
    let same = running.is_some_and(|service| {
        service.digest == submission.digest
            && service.version == version
            && (matches!(submission.state, State::Suspended { .. }) || !service.is_stopped())
    });
    match &submission.state {
        State::Suspended { .. } if same => app.runtime.suspend(name),
        State::Deployed { live, .. } | State::Suspended { live, .. } if !same => {
            // Until it is loaded, nothing runs that the record does not name.
            app.runtime.suspend(name);
            app.runtime.swap(prepare(app, &submission, live).await?);
        }
        _ => {}
    }
    Ok(())
}

/// [`align`] where the database failed, so that nobody knows what was recorded.
async fn align_if_unknown(app: &App, name: &ServiceId, error: &ReviewError) {
    if matches!(error, ReviewError::Db(_))
        && let Err(error) = align(app, name).await
    {
        failed(name, &error);
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

/// Makes the host run everything that the record says. One that cannot be loaded stops nobody else: the
/// log says why, and [`keep`] tries again.
///
/// # Errors
/// [`DeployError`] when the record cannot be read.
pub async fn align_all(app: &App) -> Result<(), DeployError> {
    let live = {
        let mut reader = app.platform.db.reader().await?;
        store::submission::live(&mut reader).await?
    };
    for submission in live {
        let _turn = app.deploying.lock().await;
        if let Err(error) = align(app, submission.service()).await {
            failed(submission.service(), &error);
            app.misaligned.notify_one();
        }
    }
    Ok(())
}

/// Reads the record again after each failure, until it is told to stop.
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

/// Stops a service at once, requests under way included. `public` is what citizens read about it.
///
/// # Errors
/// [`DeployError`]. Where only the record failed, the service stays stopped until the platform reads the
/// record again.
pub async fn suspend(
    app: &App,
    staff: &Staff,
    id: &SubmissionId,
    reason: &str,
    public: Option<PublicReason>,
) -> Result<Submission, DeployError> {
    let (app, staff, id, reason) = (app.clone(), staff.clone(), id.clone(), reason.to_owned());
    to_the_end(async move {
        let now = app.platform.clock.now();
        let known = read(&app, &id).await?;
        let name = known.service().clone();
        // First the effect, then the record: a service that does harm is stopped before anything can fail.
        if known.suspend(&staff, &reason, now).is_ok() {
            app.runtime.suspend(&name);
        }
        let _turn = app.deploying.lock().await;
        let attempt = Attempt::by_staff(&staff, Event::Suspend, &reason, now);
        let (random, service) = (app.platform.random.clone(), name.clone());
        let suspended: Result<_, ReviewError> = app
            .platform
            .db
            .write(move |tx| {
                async move {
                    let suspended = apply(tx, &random, &id, attempt, |submission| {
                        submission.suspend(&staff, &reason, now)
                    });
                    let suspended = suspended.await?;
                    if let (Ok(_), Some(public)) = (&suspended, &public) {
                        store::notice::append(tx, &service, now, public).await?;
                    }
                    Ok(suspended)
                }
                .boxed()
            })
            .await;
        let suspended = suspended.and_then(|suspended| Ok(suspended?));
        match &suspended {
            Ok(_) => app.runtime.suspend(&name),
            // It moved on in between: what runs follows the record.
            Err(ReviewError::Moved | ReviewError::Refused(_)) => {
                if let Err(error) = align(&app, &name).await {
                    failed(&name, &error);
                    app.misaligned.notify_one();
                }
            }
            Err(ReviewError::NotFound | ReviewError::Db(_)) => {}
        }
        Ok(suspended?)
    })
    .await
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
    let (app, staff, id, reason) = (app.clone(), staff.clone(), id.clone(), reason.to_owned());
    to_the_end(async move {
        let now = app.platform.clock.now();
        let attempt = Attempt::by_staff(&staff, Event::Resume, &reason, now);
        let known = read(&app, &id).await?;
        let resumed = match known.resume(&staff, &reason, now) {
            Ok(resumed) => resumed,
            Err(refused) => return Ok(change(&app, &id, attempt, move |_| Err(refused)).await?),
        };
        let State::Deployed { live, .. } = &resumed.state else {
            return Err(ReviewError::Moved.into());
        };
        let next = prepare(&app, &resumed, live).await?;
        let _turn = app.deploying.lock().await;
        let recorded = change(&app, &id, attempt, move |submission| {
            submission.resume(&staff, &reason, now)
        });
        match recorded.await {
            Ok(recorded) => {
                app.runtime.swap(next);
                Ok(recorded)
            }
            Err(error) => {
                align_if_unknown(&app, resumed.service(), &error).await;
                Err(error.into())
            }
        }
    })
    .await
}

/// The publisher takes a version back, as long as it has not come to an end; one that runs stops.
///
/// # Errors
/// [`DeployError`]; [`ReviewError::NotFound`] where it is another organisation's.
pub(crate) async fn withdraw(
    app: &App,
    by: (&CitizenId, &str),
    organisation: &OrganisationId,
    id: &SubmissionId,
) -> Result<Submission, DeployError> {
    let (app, citizen, name) = (app.clone(), by.0.clone(), by.1.to_owned());
    let (organisation, id) = (organisation.clone(), id.clone());
    to_the_end(async move {
        let _turn = app.deploying.lock().await;
        let withdrawn = review::withdraw(&app, (&citizen, &name), &organisation, &id).await?;
        if let Err(error) = align(&app, withdrawn.service()).await {
            failed(withdrawn.service(), &error);
            app.misaligned.notify_one();
        }
        Ok(withdrawn)
    })
    .await
}

#[cfg(test)]
mod tests;
