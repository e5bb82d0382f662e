//! Writes an event in the transaction of what it tells of, so that it exists exactly if that happened.

use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::audit;
use crate::clock::{DAY_MS, Timestamp};
use crate::db::{Conn, DbError};
use crate::directory::Directory;
use crate::event_type::EventType;
use crate::invocation::{CitizenId, ServiceId};
use crate::random::Random;
use crate::sql;

/// How long the platform tries to deliver an event, in milliseconds: 3 days.
pub const GIVE_UP_MS: i64 = 3 * DAY_MS;
/// The media type of data that the platform writes.
pub(crate) const JSON: &str = "application/json";
/// The prefix of the ids of events. They have a hyphen in place of the underscore of other ids, because a service
/// makes idempotency keys of them.
const EVENT: &str = "evt";

pub(crate) fn new_event_id(random: &Random, now: Timestamp) -> String {
    random.id(EVENT, now).replacen('_', "-", 1)
}

/// Whether a text from outside has the form of an event's id.
pub(crate) fn is_event_id(text: &str) -> bool {
    crate::random::is_id(EVENT, &text.replacen('-', "_", 1))
}

/// How bytes are kept in a column.
pub(crate) fn encoded(data: Option<&[u8]>) -> Option<String> {
    data.map(|data| STANDARD.encode(data))
}

/// What happened.
pub(crate) struct News<'a> {
    pub(crate) service: &'a ServiceId,
    pub(crate) event_type: EventType,
    pub(crate) citizen: Option<&'a CitizenId>,
    pub(crate) object: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) happened: Timestamp,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) data: Option<&'a [u8]>,
}

/// Another state of something that a service asked for: a payment, a refund, a message, a consent, a presentation.
pub(crate) struct Change<'a> {
    pub(crate) event_type: EventType,
    pub(crate) service: &'a ServiceId,
    /// Whom it is about, unless the service must not learn of them.
    pub(crate) citizen: Option<&'a CitizenId>,
    pub(crate) id: &'a str,
    /// The state, as the WIT of its interface spells it.
    pub(crate) status: &'a str,
    /// The payment of a refund.
    pub(crate) payment: Option<&'a str>,
    pub(crate) happened: Timestamp,
}

/// The data of the event of a [`Change`]: a hint, since the service reads the state itself.
#[derive(serde::Serialize)]
struct Thin<'a> {
    id: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment: Option<&'a str>,
}

/// Where changes are told. Clones share it. It tells nobody until it is connected: whoever opens an API alone has no
/// services.
#[derive(Clone, Debug, Default)]
pub struct Outbox(Arc<OnceLock<Directory>>);

impl Outbox {
    /// Tells the services of this directory from now on; the first one counts.
    pub fn connect(&self, services: Directory) {
        if self.0.set(services).is_err() {
            tracing::warn!("life-events.outbox is connected already");
        }
    }

    /// Whether a service may want events of this type. One that is not loaded may return, and its event waits; what it
    /// may learn is judged when the event is delivered.
    fn wants(&self, service: &ServiceId, event_type: EventType) -> bool {
        let Some(services) = self.0.get() else {
            return false;
        };
        service.0 != audit::PLATFORM
            && services
                .find(service)
                .is_none_or(|service| service.grant.events.types.contains(&event_type))
    }

    /// Adds the event of a change, if its service subscribes to it.
    pub(crate) async fn changed(
        &self,
        tx: &mut Conn,
        random: &Random,
        now: Timestamp,
        change: Change<'_>,
    ) -> Result<(), DbError> {
        if !self.wants(change.service, change.event_type) {
            return Ok(());
        }
        let thin = Thin {
            id: change.id,
            status: change.status,
            payment: change.payment,
        };
        let data = serde_json::to_vec(&thin).map_err(|_| DbError::corrupt("life_event", change.id))?;
        let news = News {
            service: change.service,
            event_type: change.event_type,
            citizen: change.citizen,
            object: Some(change.id),
            name: None,
            happened: change.happened,
            content_type: Some(JSON),
            data: Some(&data),
        };
        tell(tx, random, now, news).await
    }
}

/// Adds an event, which is delivered from now on.
pub(crate) async fn tell(
    tx: &mut Conn,
    random: &Random,
    now: Timestamp,
    news: News<'_>,
) -> Result<(), DbError> {
    insert(tx, new_event_id(random, now), now, news).await
}

/// The same for what several services are told: the id holds no moment but the one of the event, so that no part of it
/// is the same at two services.
pub(crate) async fn tell_by_day(
    tx: &mut Conn,
    random: &Random,
    now: Timestamp,
    news: News<'_>,
) -> Result<(), DbError> {
    insert(tx, new_event_id(random, news.happened), now, news).await
}

async fn insert(tx: &mut Conn, id: String, now: Timestamp, news: News<'_>) -> Result<(), DbError> {
    sql!(
        "life_events/insert",
        id,
        news.service,
        news.event_type.code(),
        news.citizen,
        news.object,
        news.name,
        news.happened,
        now,
        news.content_type,
        encoded(news.data),
        now.plus_ms(GIVE_UP_MS)
    )
    .run(tx)
    .await?;
    Ok(())
}
