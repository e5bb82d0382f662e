//! Proposals on their way: confirmed, stopped, or due.

use std::time::Duration;

use aim_gov::db::{Conn, DbError};
use futures::FutureExt as _;
use tokio_util::sync::CancellationToken;

use super::{PeopleError, event_id, log};
use crate::app::App;
use crate::domain::ProposalId;
use crate::domain::proposal::Proposal;
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::staff_event::StaffEvent;
use crate::store;

/// How often due proposals are looked for; log-ins and the people page look too.
const EVERY: Duration = Duration::from_secs(60);

/// Confirms a proposal as the second director, which makes it count; answers the proposal.
///
/// # Errors
/// [`PeopleError::NotFound`], [`PeopleError::NotYours`], [`PeopleError::Db`].
pub async fn confirm(app: &App, by: &Staff, id: &ProposalId) -> Result<Proposal, PeopleError> {
    let (by, id, event) = (by.clone(), id.clone(), event_id(app));
    app.platform
        .db
        .write(move |tx| {
            async move {
                let proposal = store::staff_proposal::get(tx, &id)
                    .await?
                    .ok_or(PeopleError::NotFound)?;
                proposal.may_confirm(&by).map_err(PeopleError::NotYours)?;
                if !stands(tx, &proposal).await? || !store::staff_proposal::carry_out(tx, &proposal).await? {
                    return Err(PeopleError::NotFound);
                }
                log(tx, event, &by.name, StaffEvent::Confirmed, &proposal.entry()).await?;
                Ok(proposal)
            }
            .boxed()
        })
        .await
}

/// Stops a proposal; answers it. Anybody of the staff may: to stop is easier than to let through.
///
/// # Errors
/// [`PeopleError::NotFound`], [`PeopleError::Db`].
pub async fn stop(app: &App, by: &Staff, id: &ProposalId) -> Result<Proposal, PeopleError> {
    let (by, id, event) = (by.name.clone(), id.clone(), event_id(app));
    app.platform
        .db
        .write(move |tx| {
            async move {
                let proposal = store::staff_proposal::get(tx, &id)
                    .await?
                    .ok_or(PeopleError::NotFound)?;
                if !store::staff_proposal::stop(tx, &id).await? {
                    return Err(PeopleError::NotFound);
                }
                log(tx, event, &by, StaffEvent::Stopped, &proposal.entry()).await?;
                Ok(proposal)
            }
            .boxed()
        })
        .await
}

/// Makes every proposal count whose waiting time has passed.
///
/// # Errors
/// [`PeopleError::Db`].
pub async fn settle(app: &App) -> Result<(), PeopleError> {
    let now = app.platform.clock.now();
    let due = {
        let mut reader = app.platform.db.reader().await?;
        store::staff_proposal::due(&mut reader, now).await?
    };
    for proposal in due {
        let event = event_id(app);
        app.platform
            .db
            .write(move |tx| {
                async move {
                    let what = if stands(tx, &proposal).await? {
                        if !store::staff_proposal::carry_out(tx, &proposal).await? {
                            return Ok(());
                        }
                        StaffEvent::Waited
                    } else {
                        if !store::staff_proposal::stop(tx, &proposal.id).await? {
                            return Ok(());
                        }
                        StaffEvent::Lapsed
                    };
                    log(tx, event, "", what, &proposal.entry()).await
                }
                .boxed()
            })
            .await?;
    }
    Ok(())
}

/// Whether the director who proposed it still is one.
async fn stands(tx: &mut Conn, proposal: &Proposal) -> Result<bool, DbError> {
    let proposer = store::staff::get(tx, &proposal.by).await?;
    Ok(proposer.is_some_and(|proposer| proposer.active && proposer.role == StaffRole::Director))
}

/// Looks for due proposals until it is told to stop.
pub async fn keep(app: App, stop: CancellationToken) {
    let step = async {
        loop {
            if let Err(error) = settle(&app).await {
                tracing::error!(error = &error as &dyn std::error::Error, "staff.settle failed");
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    stop.run_until_cancelled(step).await;
}
