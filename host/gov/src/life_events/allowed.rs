//! The check that stands before every event that leaves the platform.

use super::event::Naming;
use super::store::Stored;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::error::GovError;
use crate::event_type::EventType;
use crate::grant::Capability;
use crate::invocation::{CitizenId, Service, ServiceId};
use crate::{platform, sql};

/// Whether the service may learn of this event now. Runs in the transaction of the delivery, so that who leaves a
/// test is not spoken of again: what became of the service's own requests is told without the citizen's name.
///
/// # Errors
/// `suspended`, `limit-exceeded` (`end-date`); `access-denied` (`capability-not-granted`, `event-type-not-approved`);
/// `not-found` for a citizen who does not take part.
pub(super) async fn check(
    conn: &mut Conn,
    service: &Service,
    event: &Stored,
    now: Timestamp,
) -> Result<Naming, GovError> {
    platform::admit(service, Capability::LifeEvents, now)?;
    subscribed(service, event.event_type)?;
    match &event.citizen {
        Some(citizen) if !takes_part(conn, &service.id, citizen).await? => {
            if event.event_type.is_of_own_request() {
                Ok(Naming::Unnamed)
            } else {
                Err(GovError::NotFound)
            }
        }
        _ => Ok(Naming::Named),
    }
}

/// Whether the approval covers events of this type.
///
/// # Errors
/// `access-denied` (`event-type-not-approved`).
pub(super) fn subscribed(service: &Service, event_type: EventType) -> Result<(), GovError> {
    if service.grant.events.types.contains(&event_type) {
        return Ok(());
    }
    Err(GovError::denied(
        "event-type-not-approved",
        format!(
            "`{}` is not among the approved events; add it to `subscribes` in `[events]` of `aim.toml`",
            event_type.code()
        ),
    ))
}

async fn takes_part(conn: &mut Conn, service: &ServiceId, citizen: &CitizenId) -> Result<bool, DbError> {
    let found: Option<(String, String)> = sql!("consent/takes_part", service, citizen)
        .optional(conn)
        .await?;
    Ok(found.is_some())
}
