//! The citizens who take part in a service's test, counted against its boundary: joining and leaving.

use std::sync::Arc;

use futures::FutureExt as _;
use sqlx::Row as _;

use super::Consent;
use super::decide::entry_of;
use crate::audit;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::error::{GovError, LimitKind};
use crate::invocation::{CitizenId, Service, ServiceId};
use crate::sessions;

/// Counts the citizen in, once: whether they are new. The count's row is locked by the update, so that
/// two who come at once cannot share the last place.
///
/// # Errors
/// `suspended`, `limit-exceeded` (`end-date`, `citizens`); a storage failure.
pub(super) async fn enrol(
    tx: &mut Conn,
    service: &Service,
    citizen: &CitizenId,
    now: Timestamp,
) -> Result<bool, GovError> {
    is_open(service, now)?;
    let id = service.id.0.as_str();
    let new = sqlx::query(include_str!("../../sql/consent/enrol.sql"))
        .bind(id)
        .bind(citizen.0.as_str())
        .bind(now.0)
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if new == 0 {
        return Ok(false);
    }
    sqlx::query(include_str!("../../sql/consent/enrol_open.sql"))
        .bind(id)
        .execute(&mut *tx)
        .await?;
    let counted = sqlx::query(include_str!("../../sql/consent/enrol_count.sql"))
        .bind(id)
        .bind(i64::from(service.grant.boundary.citizens_max))
        .execute(tx)
        .await?
        .rows_affected();
    if counted == 1 {
        Ok(true)
    } else {
        Err(GovError::LimitExceeded(LimitKind::Citizens))
    }
}

/// Whether the service's test goes on.
///
/// # Errors
/// `suspended`, `limit-exceeded(end-date)`.
pub(super) fn is_open(service: &Service, now: Timestamp) -> Result<(), GovError> {
    if service.is_stopped() {
        return Err(GovError::Suspended);
    }
    if now >= service.grant.boundary.ends_at {
        return Err(GovError::LimitExceeded(LimitKind::EndDate));
    }
    Ok(())
}

impl Consent {
    /// The citizen joins a service's test; who is in already stays in, and nothing is recorded again.
    ///
    /// # Errors
    /// `suspended`, `limit-exceeded` (`end-date`, `citizens`); a storage failure.
    pub async fn enrol(&self, service: &Arc<Service>, citizen: &CitizenId) -> Result<(), GovError> {
        let platform = self.platform.clone();
        let request_id = platform.random.id("req", platform.clock.now());
        let entry = entry_of(&service.id, citizen, &request_id, "enrol", None);
        let refused = entry.clone();
        let (service, citizen) = (service.clone(), citizen.clone());
        let result = self
            .platform
            .db
            .write(move |tx| {
                async move {
                    let now = platform.clock.now();
                    if enrol(tx, &service, &citizen, now).await? {
                        audit::append(tx, &platform.random, now, &entry, audit::ALLOWED).await?;
                    }
                    Ok(())
                }
                .boxed()
            })
            .await;
        match result {
            Ok(()) => Ok(()),
            Err(refusal) => Err(self.platform.record_refusal(refused, refusal).await),
        }
    }

    /// The citizen leaves a service's test: their agreements are revoked, their log-ins there end, and
    /// their place is free, in one transaction. `false` where they took no part.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn leave(&self, service: &ServiceId, citizen: &CitizenId) -> Result<bool, DbError> {
        let platform = self.platform.clone();
        let (service, citizen) = (service.clone(), citizen.clone());
        self.platform
            .db
            .write(move |tx| {
                async move {
                    let now = platform.clock.now();
                    let left = sqlx::query(include_str!("../../sql/consent/leave.sql"))
                        .bind(service.0.as_str())
                        .bind(citizen.0.as_str())
                        .execute(&mut *tx)
                        .await?
                        .rows_affected();
                    if left == 0 {
                        return Ok(false);
                    }
                    sqlx::query(include_str!("../../sql/consent/leave_count.sql"))
                        .bind(service.0.as_str())
                        .execute(&mut *tx)
                        .await?;
                    sqlx::query(include_str!("../../sql/consent/leave_revoke.sql"))
                        .bind(citizen.0.as_str())
                        .bind(service.0.as_str())
                        .bind(now.0)
                        .execute(&mut *tx)
                        .await?;
                    sessions::end_at_service(tx, &service, &citizen).await?;
                    let request_id = platform.random.id("req", now);
                    let entry = entry_of(&service, &citizen, &request_id, "leave", None);
                    audit::append(tx, &platform.random, now, &entry, audit::ALLOWED).await?;
                    Ok(true)
                }
                .boxed()
            })
            .await
    }

    /// The services whose tests a citizen takes part in, by name.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn enrolments(&self, citizen: &CitizenId) -> Result<Vec<ServiceId>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        sqlx::query(include_str!("../../sql/consent/enrolments.sql"))
            .bind(citizen.0.as_str())
            .fetch_all(&mut *reader)
            .await?
            .iter()
            .map(|row| Ok(ServiceId(row.try_get("service")?)))
            .collect()
    }
}
