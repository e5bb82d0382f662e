//! Proposals about the staff, until they take effect.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::sessions::hashed;
use aim_gov::{row, sql};

use super::staff::NewCredentials;
use crate::domain::proposal::{Proposal, ProposalKind};
use crate::domain::{ProposalId, StaffId};

row!(Proposal, "staff_proposal", "id", row => Self {
    id: row.get("id")?,
    created_at: row.get("created_at_ms")?,
    by: row.get("proposed_by")?,
    by_name: row.get("proposer_name")?,
    kind: row.get("kind")?,
    person: row.get("person")?,
    email: row.get("email")?,
    name: row.get("name")?,
    role: row.get("role")?,
    organisation: row.get("organisation")?,
    active: row.flag("active")?,
    due_at: row.get("due_at_ms")?,
    link_ends_at: row.get("link_ends_at_ms")?,
    accepted_at: row.get("accepted_at_ms")?,
});

/// Stores a new proposal; `false` if one about this person is open. `link` is the secret of the one-time link,
/// of which only the hash is stored.
pub async fn insert(tx: &mut Conn, proposal: &Proposal, link: Option<&str>) -> Result<bool, DbError> {
    let inserted = sql!(
        "staff_proposal/insert",
        &proposal.id,
        proposal.created_at,
        &proposal.by,
        proposal.kind,
        &proposal.person,
        &proposal.email,
        &proposal.name,
        proposal.role,
        &proposal.organisation,
        i64::from(proposal.active),
        proposal.due_at,
        link.map(hashed),
        proposal.link_ends_at
    );
    Ok(inserted.run(tx).await? == 1)
}

/// Every open proposal, oldest first.
pub async fn open(conn: &mut Conn) -> Result<Vec<Proposal>, DbError> {
    sql!("staff_proposal/open").all(conn).await
}

pub async fn get(conn: &mut Conn, id: &ProposalId) -> Result<Option<Proposal>, DbError> {
    sql!("staff_proposal/get", id).optional(conn).await
}

/// The open proposal with this link's secret, even if the link has expired.
pub async fn by_link(conn: &mut Conn, link: &str) -> Result<Option<Proposal>, DbError> {
    sql!("staff_proposal/by_link", hashed(link)).optional(conn).await
}

/// The proposals whose waiting time has passed and whose person, if needed, has accepted.
pub async fn due(conn: &mut Conn, now: Timestamp) -> Result<Vec<Proposal>, DbError> {
    sql!("staff_proposal/due", now).all(conn).await
}

/// Stores the person's choice; `false` if the link was used before, or has expired.
pub async fn accept(
    tx: &mut Conn,
    id: &ProposalId,
    now: Timestamp,
    new: &NewCredentials,
) -> Result<bool, DbError> {
    let (password, secret) = (&new.password_hash, &new.totp_secret);
    let accepted = sql!("staff_proposal/accept", id, now, password, secret, new.totp_step);
    if accepted.run(tx).await? != 1 {
        return Ok(false);
    }
    super::staff::set_recovery_codes(tx, &id.0, &new.recovery_codes).await?;
    Ok(true)
}

/// Applies a proposal; `false` if it was closed before.
pub async fn carry_out(tx: &mut Conn, proposal: &Proposal) -> Result<bool, DbError> {
    let (id, person) = (&proposal.id, &proposal.person);
    if !close(tx, id, "done").await? {
        return Ok(false);
    }
    let credentials = match proposal.kind {
        ProposalKind::Change => return super::staff::update(tx, &proposal.entry()).await.map(|_| true),
        ProposalKind::Invite => sql!("staff_proposal/make_person", id),
        ProposalKind::Reset => sql!("staff_proposal/reset_person", id),
    };
    credentials.run(tx).await?;
    sql!("staff/forget_recovery_codes", person).run(tx).await?;
    sql!("staff/take_recovery_codes", person, id).run(tx).await?;
    forget_credentials(tx, id).await?;
    Ok(true)
}

/// Ends a proposal without applying it; `false` if it was closed before.
pub async fn stop(tx: &mut Conn, id: &ProposalId) -> Result<bool, DbError> {
    let stopped = close(tx, id, "stopped").await?;
    if stopped {
        forget_credentials(tx, id).await?;
    }
    Ok(stopped)
}

/// Ends every open proposal about a person; returns how many.
pub async fn stop_of_person(tx: &mut Conn, person: &StaffId) -> Result<u64, DbError> {
    sql!("staff_proposal/stop_of_person", person).run(tx).await
}

async fn close(tx: &mut Conn, id: &ProposalId, state: &str) -> Result<bool, DbError> {
    Ok(sql!("staff_proposal/close", id, state).run(tx).await? == 1)
}

async fn forget_credentials(tx: &mut Conn, id: &ProposalId) -> Result<(), DbError> {
    sql!("staff_proposal/forget_credentials", id).run(tx).await?;
    Ok(())
}
