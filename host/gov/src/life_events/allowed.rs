//! The check that stands before every event that leaves the platform.

use super::event::Naming;
use super::store::Stored;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::error::GovError;
use crate::event_type::EventType;
use crate::grant::Capability;
use crate::invocation::{CitizenId, Service, ServiceId};
use crate::{consent, platform, sql};

/// What a service may learn of an event.
pub(super) struct Sight {
    pub(super) naming: Naming,
    /// The consent to the data that the event carries.
    pub(super) basis: Option<consent::Basis>,
}

/// Why a service may not learn of an event.
pub(super) enum NotAllowed {
    Refused(GovError),
    /// No consent covers the data that the event carries.
    NotAgreed,
}

impl NotAllowed {
    /// The `decision` of the audit record; `None` where the storage failed, so that nothing is known.
    pub(super) fn code(&self) -> Option<&'static str> {
        match self {
            Self::Refused(GovError::Unavailable(_) | GovError::UnknownOutcome(_)) => None,
            Self::Refused(error) => Some(error.code()),
            Self::NotAgreed => Some("consent-required"),
        }
    }
}

impl<E: Into<GovError>> From<E> for NotAllowed {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// Whether the service may learn of this event now. Runs in the transaction of the delivery, so that who leaves a
/// test is not spoken of again: what became of the service's own requests is told without the citizen's name. A death is
/// told under the consent that it ended.
///
/// # Errors
/// `suspended`, `limit-exceeded` (`end-date`); `access-denied` (`capability-not-granted`, `event-type-not-approved`);
/// `not-found` for a citizen who does not take part; `consent-required` where no live periodic consent covers the data.
pub(super) async fn check(
    conn: &mut Conn,
    service: &Service,
    event: &Stored,
    now: Timestamp,
) -> Result<Sight, NotAllowed> {
    platform::admit(service, Capability::LifeEvents, now)?;
    subscribed(service, event.event_type)?;
    let named = Sight {
        naming: Naming::Named,
        basis: None,
    };
    let Some(citizen) = &event.citizen else {
        return Ok(named);
    };
    if !event.event_type.ends_consents() && !takes_part(conn, &service.id, citizen).await? {
        return match event.event_type.is_of_own_request() {
            true => Ok(Sight {
                naming: Naming::Unnamed,
                ..named
            }),
            false => Err(GovError::NotFound.into()),
        };
    }
    if event.event_type.attribute().is_none() {
        return Ok(named);
    }
    match consent::would_tell(conn, service, citizen, event.event_type, now).await? {
        Some(basis) => Ok(Sight {
            basis: Some(basis),
            ..named
        }),
        None => Err(NotAllowed::NotAgreed),
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
