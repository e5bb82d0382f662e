//! Suspending a service, lifting a suspension, withdrawing a version.

use aim_gov::clock::Timestamp;
use aim_gov::db::Conn;
use aim_gov::invocation::CitizenId;
use aim_gov::platform::Platform;

use super::{DeployError, align, align_if_unknown, misaligned, prepare, read, to_the_end};
use crate::app::App;
use crate::domain::SubmissionId;
use crate::domain::organisation::Organisation;
use crate::domain::staff::Staff;
use crate::domain::submission::{Event, State, Submission};
use crate::domain::suspension::{Grounds, Suspension};
use crate::review::{self, Attempt, ReviewError, apply, circumstances};
use crate::store;

/// Stops a service at once, including running requests, and suspends its name.
///
/// # Errors
/// [`DeployError`]. If only the record failed, the service stays stopped until the platform reads the record
/// again.
pub async fn suspend(
    app: &App,
    staff: &Staff,
    id: &SubmissionId,
    grounds: &Grounds,
) -> Result<Submission, DeployError> {
    let (app, staff, id, grounds) = (app.clone(), staff.clone(), id.clone(), grounds.clone());
    to_the_end(async move {
        let now = app.platform.clock.now();
        let known = read(&app, &id).await?;
        let name = known.service().clone();
        // The effect precedes the record: a harmful service is stopped before anything can fail.
        if known.suspend(&staff, &grounds, now).is_ok() {
            app.runtime.suspend(&name);
        }
        let _deploying = app.deploying.lock().await;
        let suspended = record_suspension(&app.platform, &staff, &id, &grounds, now).await;
        match &suspended {
            Ok(_) => app.runtime.suspend(&name),
            // The state changed in between: the host follows the record.
            Err(ReviewError::Moved | ReviewError::Refused(_)) => {
                if let Err(error) = align(&app, &name).await {
                    misaligned(&app, &name, &error);
                }
            }
            Err(ReviewError::NotFound | ReviewError::Db(_)) => {}
        }
        Ok(suspended?)
    })
    .await
}

async fn record_suspension(
    platform: &Platform,
    staff: &Staff,
    id: &SubmissionId,
    grounds: &Grounds,
    now: Timestamp,
) -> Result<Submission, ReviewError> {
    let (random, mut tx) = (&platform.random, platform.db.begin().await?);
    let known = store::submission::get(&mut tx, id)
        .await?
        .ok_or(ReviewError::NotFound)?;
    store::service::lock(&mut tx, known.service()).await?;
    let attempt = Attempt::by_staff(staff, Event::Suspend, &grounds.internal, now);
    let suspended = apply(&mut tx, random, id, attempt, |submission| {
        submission.suspend(staff, grounds, now)
    });
    let suspended = suspended.await?;
    let already = store::suspension::of_service(&mut tx, known.service()).await?;
    if suspended.is_ok() && already.is_none() {
        let suspension = Suspension {
            id: random.id("sus", now),
            service: known.service().clone(),
            at: now,
            by: staff.id.clone(),
            grounds: Grounds {
                internal: grounds.internal.trim().to_owned(),
                public: grounds.public.clone(),
            },
        };
        store::suspension::begin(&mut tx, &suspension).await?;
    }
    tx.commit().await?;
    Ok(suspended?)
}

/// The version that a lifting concerns: the one that was suspended with the name, or else the given one.
async fn lifted_with(conn: &mut Conn, id: &SubmissionId) -> Result<Submission, ReviewError> {
    let named = store::submission::get(conn, id)
        .await?
        .ok_or(ReviewError::NotFound)?;
    let live = store::submission::live_of_service(conn, named.service()).await?;
    Ok(match live {
        Some(live) if matches!(live.state, State::Suspended { .. }) => live,
        _ => named,
    })
}

/// Lifts the suspension of the name of a submission. The version that was suspended with it runs again.
///
/// # Errors
/// [`DeployError`]; then the name stays suspended.
pub async fn resume(
    app: &App,
    staff: &Staff,
    id: &SubmissionId,
    reason: &str,
) -> Result<Submission, DeployError> {
    let (app, staff, id, reason) = (app.clone(), staff.clone(), id.clone(), reason.to_owned());
    to_the_end(async move {
        let now = app.platform.clock.now();
        let (known, around) = {
            let mut reader = app.platform.db.reader().await?;
            let known = lifted_with(&mut reader, &id).await?;
            let around = circumstances(&mut reader, &known).await?;
            (known, around)
        };
        let name = known.service().clone();
        // A version that cannot be loaded is not resumed; if a rule forbids it, the record below names the
        // rule.
        let next = match known.clone().resume(&staff, &reason, &around, now) {
            Ok(resumed) if matches!(resumed.state, State::Deployed { .. }) => {
                Some(prepare(&app, &resumed, false).await?)
            }
            Ok(_) | Err(_) => None,
        };
        let _deploying = app.deploying.lock().await;
        match record_lifting(&app.platform, &staff, &known.id, &reason, now).await {
            Ok(recorded) => {
                match next {
                    Some(next) if matches!(recorded.state, State::Deployed { .. }) => {
                        app.runtime.swap(next);
                    }
                    _ => {
                        if let Err(error) = align(&app, &name).await {
                            misaligned(&app, &name, &error);
                        }
                    }
                }
                Ok(recorded)
            }
            Err(error) => {
                align_if_unknown(&app, &name, &error).await;
                Err(error.into())
            }
        }
    })
    .await
}

async fn record_lifting(
    platform: &Platform,
    staff: &Staff,
    id: &SubmissionId,
    reason: &str,
    now: Timestamp,
) -> Result<Submission, ReviewError> {
    let mut tx = platform.db.begin().await?;
    let known = lifted_with(&mut tx, id).await?;
    store::service::lock(&mut tx, known.service()).await?;
    let around = circumstances(&mut tx, &known).await?;
    let attempt = Attempt::by_staff(staff, Event::Resume, reason, now);
    let resumed = apply(&mut tx, &platform.random, &known.id, attempt, |submission| {
        submission.resume(staff, reason, &around, now)
    });
    let resumed = resumed.await?;
    if resumed.is_ok() {
        store::suspension::lift(&mut tx, known.service(), now, &staff.id).await?;
    }
    tx.commit().await?;
    Ok(resumed?)
}

/// Withdraws a version for its publisher, unless it has ended; a running version stops. A suspension of the
/// name stays in force.
///
/// # Errors
/// [`DeployError`]; [`ReviewError::NotFound`] if it belongs to another organisation.
pub(crate) async fn withdraw(
    app: &App,
    by: (&CitizenId, &str),
    organisation: &Organisation,
    id: &SubmissionId,
) -> Result<Submission, DeployError> {
    let (app, citizen, name) = (app.clone(), by.0.clone(), by.1.to_owned());
    let (organisation, id) = (organisation.clone(), id.clone());
    to_the_end(async move {
        let _deploying = app.deploying.lock().await;
        let withdrawn = review::withdraw(&app, (&citizen, &name), &organisation, &id).await?;
        if let Err(error) = align(&app, withdrawn.service()).await {
            misaligned(&app, withdrawn.service(), &error);
        }
        Ok(withdrawn)
    })
    .await
}
