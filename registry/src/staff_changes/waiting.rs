//! Pending proposals: confirmed, stopped, or due.

use std::time::Duration;

use aim_gov::db::{Conn, DbError};
use tokio_util::sync::CancellationToken;

use super::{StaffChangeError, event_id, log};
use crate::app::App;
use crate::domain::ProposalId;
use crate::domain::proposal::Proposal;
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::staff_event::StaffEvent;
use crate::store;

/// Interval of the search for due proposals; log-ins and the people page search too.
const EVERY: Duration = Duration::from_secs(60);

/// Confirms a proposal as the second director, which makes it take effect; returns the proposal.
///
/// # Errors
/// [`StaffChangeError::NotFound`], [`StaffChangeError::NotYours`], [`StaffChangeError::Db`].
pub async fn confirm(app: &App, by: &Staff, id: &ProposalId) -> Result<Proposal, StaffChangeError> {
    let mut tx = app.platform.db.begin().await?;
    let proposal = store::staff_proposal::get(&mut tx, id)
        .await?
        .ok_or(StaffChangeError::NotFound)?;
    proposal.may_confirm(by).map_err(StaffChangeError::NotYours)?;
    if !stands(&mut tx, &proposal).await? || !store::staff_proposal::carry_out(&mut tx, &proposal).await? {
        return Err(StaffChangeError::NotFound);
    }
    let entry = proposal.entry();
    log(&mut tx, event_id(app), &by.name, StaffEvent::Confirmed, &entry).await?;
    tx.commit().await?;
    Ok(proposal)
}

/// Stops a proposal and returns it. Every member of the staff may, because stopping needs less authority than
/// approving.
///
/// # Errors
/// [`StaffChangeError::NotFound`], [`StaffChangeError::Db`].
pub async fn stop(app: &App, by: &Staff, id: &ProposalId) -> Result<Proposal, StaffChangeError> {
    let mut tx = app.platform.db.begin().await?;
    let proposal = store::staff_proposal::get(&mut tx, id)
        .await?
        .ok_or(StaffChangeError::NotFound)?;
    if !store::staff_proposal::stop(&mut tx, id).await? {
        return Err(StaffChangeError::NotFound);
    }
    let entry = proposal.entry();
    log(&mut tx, event_id(app), &by.name, StaffEvent::Stopped, &entry).await?;
    tx.commit().await?;
    Ok(proposal)
}

/// Applies every proposal whose waiting time has passed.
///
/// # Errors
/// [`StaffChangeError::Db`].
pub async fn settle(app: &App) -> Result<(), StaffChangeError> {
    let now = app.platform.clock.now();
    let due = {
        let mut reader = app.platform.db.reader().await?;
        store::staff_proposal::due(&mut reader, now).await?
    };
    for proposal in due {
        let mut tx = app.platform.db.begin().await?;
        let (done, what) = if stands(&mut tx, &proposal).await? {
            let done = store::staff_proposal::carry_out(&mut tx, &proposal).await?;
            (done, StaffEvent::Waited)
        } else {
            let done = store::staff_proposal::stop(&mut tx, &proposal.id).await?;
            (done, StaffEvent::Lapsed)
        };
        if done {
            log(&mut tx, event_id(app), "", what, &proposal.entry()).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// Whether the director who proposed it still is one.
async fn stands(tx: &mut Conn, proposal: &Proposal) -> Result<bool, DbError> {
    let proposer = store::staff::get(tx, &proposal.by).await?;
    Ok(proposer.is_some_and(|proposer| proposer.active && proposer.role == StaffRole::Director))
}

/// Searches for due proposals until it is stopped.
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
