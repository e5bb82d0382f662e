//! Names of services and their owners.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::ServiceId;
use aim_gov::sql;

use crate::domain::OrganisationId;
use crate::manifest::skeleton;

/// The most names of a list.
const NAMES_MAX: i64 = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The name belongs to the organisation, now or since before.
    Ours,
    /// It belonged to another organisation, lapsed, and now belongs to this one.
    Lapsed,
    /// It belongs to another organisation.
    Taken,
}

/// Claims a name for an organisation, unless another one has it. A name that was claimed at `lapsed_before` or
/// earlier, was never deployed, and has no undecided version is free again.
pub async fn claim(
    tx: &mut Conn,
    name: &ServiceId,
    organisation: &OrganisationId,
    now: Timestamp,
    lapsed_before: Timestamp,
) -> Result<Claim, DbError> {
    let claim = sql!("service/claim", name, skeleton(&name.0), organisation, now);
    claim.run(tx).await?;
    let take_over = sql!("service/take_lapsed", name, organisation, now, lapsed_before);
    if take_over.run(tx).await? == 1 {
        return Ok(Claim::Lapsed);
    }
    Ok(if owner(tx, name).await?.as_ref() == Some(organisation) {
        Claim::Ours
    } else {
        Claim::Taken
    })
}

/// Locks the name, so that no other transaction suspends, resumes or deploys under it until this one ends.
pub async fn lock(tx: &mut Conn, name: &ServiceId) -> Result<(), DbError> {
    sql!("service/lock", name).run(tx).await?;
    Ok(())
}

/// Records that a version of this name is deployed; only the first time is kept.
pub async fn deployed(tx: &mut Conn, name: &ServiceId, at: Timestamp) -> Result<(), DbError> {
    sql!("service/deployed", name, at).run(tx).await?;
    Ok(())
}

pub async fn owner(conn: &mut Conn, name: &ServiceId) -> Result<Option<OrganisationId>, DbError> {
    let owner: Option<(_,)> = sql!("service/owner", name).optional(conn).await?;
    Ok(owner.map(|(organisation,)| organisation))
}

/// The names of an organisation's services, in their order.
pub async fn names_of(conn: &mut Conn, organisation: &OrganisationId) -> Result<Vec<ServiceId>, DbError> {
    let names: Vec<(ServiceId,)> = sql!("service/names_of", organisation, NAMES_MAX)
        .all(conn)
        .await?;
    Ok(names.into_iter().map(|(name,)| name).collect())
}

/// Names of other organisations that look alike.
pub async fn look_alikes(
    conn: &mut Conn,
    name: &ServiceId,
    organisation: &OrganisationId,
) -> Result<Vec<String>, DbError> {
    let alike = sql!("service/look_alikes", skeleton(&name.0), name, organisation);
    let alike: Vec<(_,)> = alike.all(conn).await?;
    Ok(alike.into_iter().map(|(name,)| name).collect())
}
