//! Messages in the database.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::message::{Message, Status};
use super::new_message::Attachment;
use super::rendering::{Block, Rendered};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::invocation::{CitizenId, ServiceId};
use crate::{row, sql};

/// The prefix of the ids of messages.
pub(super) const MESSAGE: &str = "msg";
/// Sorts after every id.
pub(super) const AFTER_ALL: &str = "z";

/// The use of an idempotency key.
pub(super) struct Keyed {
    pub(super) hash: String,
    pub(super) message: Message,
}

row!(Keyed, "message", "id", row => Self {
    hash: row.get("request_hash")?,
    message: row.rest()?,
});

/// A message with its text.
pub(super) struct Letter {
    pub(super) message: Message,
    pub(super) blocks: Vec<Block>,
}

row!(Letter, "message", "id", row => Self {
    blocks: row.json("body")?,
    message: row.rest()?,
});

/// A file that a citizen can download.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxFile {
    pub name: String,
    pub media_type: String,
    pub content: Vec<u8>,
    pub keep_until: Timestamp,
}

row!(InboxFile, "message_file", "message", row => Self {
    name: row.get("name")?,
    media_type: row.get("media_type")?,
    content: row.check(STANDARD.decode(row.get::<&str>("content")?))?,
    keep_until: row.get("keep_until_ms")?,
});

/// A new message and the data stored beside it.
pub(super) struct New<'a> {
    pub(super) message: &'a Message,
    pub(super) key: &'a str,
    pub(super) hash: &'a str,
    pub(super) rendered: &'a Rendered,
    /// When its next step is due.
    pub(super) due: Timestamp,
}

pub(super) async fn insert(tx: &mut Conn, new: &New<'_>, file: Option<&Attachment>) -> Result<(), DbError> {
    let message = new.message;
    let corrupt = |_| DbError::corrupt("message", &message.id);
    sql!(
        "notifications/insert",
        &message.id,
        &message.service,
        serde_json::to_string(&message.service_title).map_err(corrupt)?,
        &message.controller,
        &message.citizen,
        &message.sub,
        new.key,
        new.hash,
        &message.template,
        i64::from(message.template_version),
        message.kind,
        message.language.tag(),
        &message.subject,
        serde_json::to_string(&new.rendered.blocks).map_err(corrupt)?,
        &message.reference,
        message.created,
        message.send_at,
        message.discard_at,
        message.status,
        message.completed,
        message.alert.status,
        new.due,
        &message.consent
    )
    .run(tx)
    .await?;
    if let Some(file) = file {
        sql!(
            "notifications/insert_file",
            &message.id,
            &file.name,
            &file.media_type,
            STANDARD.encode(&file.content),
            message.created.plus_days(u32::from(file.keep_days))
        )
        .run(tx)
        .await?;
    }
    Ok(())
}

/// Stores the next state of a message whose state is still `from`; `false` if another process changed it.
pub(super) async fn advance(
    tx: &mut Conn,
    from: &Message,
    to: &Message,
    due: Option<Timestamp>,
) -> Result<bool, DbError> {
    let moved = sql!(
        "notifications/move",
        &from.id,
        from.status,
        from.alert.status.map_or("", Status::code),
        to.status,
        to.failure,
        to.completed,
        to.alert.status,
        to.alert.sent,
        to.alert.completed,
        due
    )
    .run(tx)
    .await?;
    Ok(moved == 1)
}

pub(super) async fn message(conn: &mut Conn, id: &str) -> Result<Option<Message>, DbError> {
    sql!("notifications/message", id).optional(conn).await
}

pub(super) async fn letter(conn: &mut Conn, id: &str) -> Result<Option<Letter>, DbError> {
    sql!("notifications/message", id).optional(conn).await
}

pub(super) async fn by_key(
    conn: &mut Conn,
    service: &ServiceId,
    key: &str,
) -> Result<Option<Keyed>, DbError> {
    sql!("notifications/by_key", service, key).optional(conn).await
}

pub(super) async fn is_unsubscribed(
    conn: &mut Conn,
    citizen: &CitizenId,
    service: &ServiceId,
) -> Result<bool, DbError> {
    let found: Option<(String,)> = sql!("notifications/unsubscribed", citizen, service)
        .optional(conn)
        .await?;
    Ok(found.is_some())
}

pub(super) async fn wants_alerts(conn: &mut Conn, citizen: &CitizenId) -> Result<bool, DbError> {
    let off: Option<(String,)> = sql!("notifications/alerts_off", citizen).optional(conn).await?;
    Ok(off.is_none())
}
