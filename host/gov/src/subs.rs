//! Finds the citizen of a pairwise pseudonym, by which services name whom they mean.

use crate::db::{Conn, DbError};
use crate::error::GovError;
use crate::identity::Identity;
use crate::invocation::{CitizenId, ServiceId};
use crate::platform::Platform;
use crate::sql;

/// Pseudonyms that are stored in one transaction.
const SUBS_BATCH: usize = 500;

/// Stores the pseudonyms of citizens who joined since the service last named one, so that a `sub` is found by an
/// index instead of computing the pseudonym of every citizen.
///
/// # Errors
/// `unavailable` (`storage-unavailable`).
pub(crate) async fn learn(
    platform: &Platform,
    identity: &Identity,
    service: &ServiceId,
) -> Result<(), GovError> {
    loop {
        let without: Vec<(CitizenId,)> = {
            let mut reader = platform
                .db
                .reader()
                .await
                .map_err(|_| GovError::storage_unavailable())?;
            sql!(
                "consent/without_sub",
                service,
                i64::try_from(SUBS_BATCH).unwrap_or(i64::MAX)
            )
            .all(&mut reader)
            .await?
        };
        if without.is_empty() {
            return Ok(());
        }
        let mut tx = platform.db.begin().await?;
        for (citizen,) in &without {
            let sub = identity.sub(service, citizen);
            sql!("consent/set_sub", service, citizen, sub)
                .run(&mut tx)
                .await?;
        }
        tx.commit().await?;
    }
}

/// The citizen with this pseudonym at the service, who takes part in its test.
pub(crate) async fn addressee(
    conn: &mut Conn,
    service: &ServiceId,
    sub: &str,
) -> Result<Option<CitizenId>, DbError> {
    let found: Option<(CitizenId,)> = sql!("consent/addressee", service, sub).optional(conn).await?;
    Ok(found.map(|(citizen,)| citizen))
}
