//! Which organisations an officer has verified.

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

/// Keeps that an officer verified an organisation; `false` where somebody did before.
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
