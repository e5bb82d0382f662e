//! Verified organisations.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::{row, sql};

use crate::domain::OrganisationId;
use crate::domain::StaffId;
use crate::domain::organisation::Verification;

row!(Verification, "organisation_verification", "organisation", {
    at = "at_ms",
    by = "verified_by_name",
    evidence,
});

/// Stores an officer's verification of an organisation; `false` if it was verified before.
pub async fn insert(
    tx: &mut Conn,
    organisation: &OrganisationId,
    at: Timestamp,
    by: &StaffId,
    evidence: &str,
) -> Result<bool, DbError> {
    let inserted = sql!("verification/insert", organisation, at, by, evidence);
    Ok(inserted.run(tx).await? == 1)
}

pub async fn of(conn: &mut Conn, organisation: &OrganisationId) -> Result<Option<Verification>, DbError> {
    sql!("verification/of_organisation", organisation)
        .optional(conn)
        .await
}
