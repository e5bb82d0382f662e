//! The verification of organisations by officers, which precedes the approval of their versions.

use aim_gov::db::DbError;

use crate::app::App;
use crate::domain::OrganisationId;
use crate::domain::organisation::{Organisation, VerifyRefused};
use crate::domain::staff::Staff;
use crate::store;

#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("there is no such organisation")]
    NotFound,
    #[error("the verification is refused: {0:?}")]
    Refused(VerifyRefused),
    #[error("the organisation is verified already")]
    Already,
    #[error("the database failed")]
    Db(#[from] DbError),
}

/// Records that an officer has verified an organisation's identity, and the evidence.
pub async fn verify(
    app: &App,
    staff: &Staff,
    id: &OrganisationId,
    evidence: &str,
) -> Result<Organisation, VerifyError> {
    let now = app.platform.clock.now();
    let mut tx = app.platform.db.begin().await?;
    let organisation = store::organisation::get(&mut tx, id)
        .await?
        .ok_or(VerifyError::NotFound)?;
    let evidence = organisation
        .verify(staff, evidence)
        .map_err(VerifyError::Refused)?;
    if !store::verification::insert(&mut tx, id, now, &staff.id, evidence).await? {
        return Err(VerifyError::Already);
    }
    tx.commit().await?;
    Ok(organisation)
}
