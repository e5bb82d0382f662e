//! Officers verify organisations: who publishes is checked before anything of it is approved.

use aim_gov::db::DbError;
use futures::FutureExt as _;

use crate::app::App;
use crate::domain::OrganisationId;
use crate::domain::organisation::{Organisation, VerifyRefused};
use crate::domain::staff::Staff;
use crate::store;

/// Why an organisation was not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The organisation does not exist.
    #[error("there is no such organisation")]
    NotFound,
    /// A rule forbids it.
    #[error("the verification is refused: {0:?}")]
    Refused(VerifyRefused),
    /// Somebody verified it before.
    #[error("the organisation is verified already")]
    Already,
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] DbError),
}

/// Keeps that an officer has checked who an organisation is, and on which evidence.
///
/// # Errors
/// [`VerifyError`].
pub async fn verify(
    app: &App,
    staff: &Staff,
    id: &OrganisationId,
    evidence: &str,
) -> Result<Organisation, VerifyError> {
    let now = app.platform.clock.now();
    let (staff, id, evidence) = (staff.clone(), id.clone(), evidence.to_owned());
    app.platform
        .db
        .write(move |tx| {
            async move {
                let organisation = store::organisation::get(tx, &id)
                    .await?
                    .ok_or(VerifyError::NotFound)?;
                let evidence = organisation
                    .verify(&staff, &evidence)
                    .map_err(VerifyError::Refused)?;
                if store::verification::insert(tx, &id, now, &staff.id, evidence).await? {
                    Ok(organisation)
                } else {
                    Err(VerifyError::Already)
                }
            }
            .boxed()
        })
        .await
}
