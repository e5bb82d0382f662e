//! Tells the services that a citizen agreed to tell of an event of the citizen's life.

use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::consent;
use crate::db::{Conn, DbError};
use crate::event_type::EventType;
use crate::grant::{Attribute, Capability};
use crate::invocation::{CitizenId, ServiceId};
use crate::outbox::{self, News};
use crate::random::Random;

/// What happened to a citizen.
pub(crate) struct StateEvent<'a, T> {
    pub(crate) event_type: EventType,
    pub(crate) citizen: &'a CitizenId,
    /// When it happened. Services learn the day alone: no moment is the same at two services.
    pub(crate) happened: Timestamp,
    /// What services read, in the schema of the type.
    pub(crate) data: &'a T,
}

/// Adds the event for each of these services, in the transaction of what it tells of. Whether a service may still learn
/// of it is judged at each delivery.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn tell<T: serde::Serialize + Sync>(
    tx: &mut Conn,
    random: &Random,
    now: Timestamp,
    event: &StateEvent<'_, T>,
) -> Result<(), DbError> {
    let StateEvent {
        event_type,
        citizen,
        happened,
        data,
    } = event;
    let data = serde_json::to_vec(data).map_err(|_| DbError::corrupt("life_event", event_type.code()))?;
    for service in consent::listeners(tx, citizen, *event_type, now).await? {
        let news = News {
            service: &service,
            event_type: *event_type,
            citizen: Some(citizen),
            object: None,
            name: None,
            happened: happened.start_of_day(),
            content_type: Some(outbox::JSON),
            data: Some(&data),
        };
        outbox::tell_by_day(tx, random, now, news).await?;
    }
    Ok(())
}

/// The citizen's record of what a counter of the simulated state registered about them.
pub(crate) fn registered(
    citizen: &CitizenId,
    operation: &'static str,
    attribute: Option<Attribute>,
    request_id: String,
) -> Entry {
    Entry {
        request_id,
        service: ServiceId(audit::PLATFORM.to_owned()),
        digest: String::new(),
        citizen: Some(citizen.clone()),
        interface: Capability::Identity,
        operation,
        purpose: None,
        consent_id: None,
        attributes: attribute.into_iter().collect(),
        object: None,
        awaits_answer: false,
    }
}
