//! Whether a citizen takes part in a service's test.

use super::Consent;
use crate::db::DbError;
use crate::invocation::{CitizenId, ServiceId};

impl Consent {
    /// Whether the citizen takes part in the service's test already.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn takes_part(&self, service: &ServiceId, citizen: &CitizenId) -> Result<bool, DbError> {
        let mut reader = self.platform.db.reader().await?;
        let row = sqlx::query(include_str!("../../sql/consent/takes_part.sql"))
            .bind(service.0.as_str())
            .bind(citizen.0.as_str())
            .fetch_optional(&mut *reader)
            .await?;
        Ok(row.is_some())
    }
}
