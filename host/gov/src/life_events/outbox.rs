//! Writes an event in the transaction of what it tells of, so that it exists exactly if that happened.

use super::GIVE_UP_MS;
use super::store::{encoded, new_event_id};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::event_type::EventType;
use crate::invocation::{CitizenId, ServiceId};
use crate::random::Random;
use crate::sql;

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

/// Adds an event, which is delivered from now on.
pub(crate) async fn tell(
    tx: &mut Conn,
    random: &Random,
    now: Timestamp,
    news: News<'_>,
) -> Result<(), DbError> {
    sql!(
        "life_events/insert",
        new_event_id(random, now),
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
