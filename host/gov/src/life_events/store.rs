//! Events and reminders in the database.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::event::{Event, Naming, Timer};
use crate::clock::Timestamp;
use crate::db::{Columns, Conn, DbError};
use crate::event_type::EventType;
use crate::identity::Identity;
use crate::invocation::{CitizenId, Service, ServiceId};
use crate::{row, sql};

/// The prefix of the ids of reminders.
pub(super) const TIMER: &str = "tmr";

/// The state of an event's delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum State {
    Waiting,
    /// An attempt is under way, until its lease ends.
    Delivering,
    Done,
    Dead,
    /// The service may not learn of it.
    Discarded,
}

crate::coded!(State);
crate::column!(code: State, EventType);

/// An event with the state of its delivery.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) service: ServiceId,
    pub(super) event_type: EventType,
    pub(super) citizen: Option<CitizenId>,
    object: Option<String>,
    name: Option<String>,
    happened: Timestamp,
    content_type: Option<String>,
    data: Option<Vec<u8>>,
    pub(super) state: State,
    pub(super) attempts: u32,
    pub(super) first_attempt: Option<Timestamp>,
    pub(super) give_up: Timestamp,
}

fn bytes(row: Columns<'_>, column: &str) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let encoded: Option<&str> = row.get(column)?;
    encoded.map(|text| row.check(STANDARD.decode(text))).transpose()
}

row!(Stored, "life_event", "id", row => Self {
    id: row.get("id")?,
    service: row.get("service")?,
    event_type: row.get("type")?,
    citizen: row.get("citizen")?,
    object: row.get("object")?,
    name: row.get("name")?,
    happened: row.get("happened_ms")?,
    content_type: row.get("content_type")?,
    data: bytes(row, "data")?,
    state: row.get("state")?,
    attempts: row.check(u32::try_from(row.get::<i64>("attempts")?))?,
    first_attempt: row.get("first_attempt_ms")?,
    give_up: row.get("give_up_ms")?,
});

impl Stored {
    /// The event as its service sees it.
    pub(super) fn shown(self, identity: &Identity, naming: Naming, service: &Service) -> Event {
        let named = self.citizen.as_ref().filter(|_| naming == Naming::Named);
        Event {
            subject: named.map(|citizen| identity.sub(&self.service, citizen)),
            id: self.id,
            event_type: self.event_type,
            time: self.happened,
            object: self.object,
            name: self.name,
            data_schema: self
                .event_type
                .schema_path()
                .map(|path| format!("{}{path}", service.platform)),
            content_type: self.content_type,
            data: self.data,
        }
    }
}

pub(super) async fn event(conn: &mut Conn, id: &str) -> Result<Option<Stored>, DbError> {
    sql!("life_events/get", id).optional(conn).await
}

/// The state of a reminder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "kebab-case")]
pub(super) enum TimerState {
    Pending,
    /// Its event is on its way.
    Due,
    Cleared,
}

crate::column!(code: TimerState);

#[derive(Clone, Debug)]
pub(super) struct StoredTimer {
    pub(super) id: String,
    pub(super) service: ServiceId,
    pub(super) hash: String,
    pub(super) citizen: Option<CitizenId>,
    pub(super) name: String,
    pub(super) data: Option<Vec<u8>>,
    pub(super) due: Timestamp,
    pub(super) state: TimerState,
}

row!(StoredTimer, "life_timer", "id", row => Self {
    id: row.get("id")?,
    service: row.get("service")?,
    hash: row.get("request_hash")?,
    citizen: row.get("citizen")?,
    name: row.get("name")?,
    data: bytes(row, "data")?,
    due: row.get("due_ms")?,
    state: row.get("state")?,
});

impl StoredTimer {
    pub(super) fn shown(self) -> Timer {
        Timer {
            id: self.id,
            due: self.due,
            name: self.name,
            pending: self.state == TimerState::Pending,
        }
    }
}

pub(super) async fn timer(conn: &mut Conn, id: &str) -> Result<Option<StoredTimer>, DbError> {
    sql!("life_events/timer", id).optional(conn).await
}

pub(super) async fn timer_by_key(
    conn: &mut Conn,
    service: &ServiceId,
    key: &str,
) -> Result<Option<StoredTimer>, DbError> {
    sql!("life_events/timer_by_key", service, key)
        .optional(conn)
        .await
}
