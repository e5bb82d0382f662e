//! Documents in the database.

use super::document::Document;
use crate::db::{Conn, DbError};
use crate::invocation::{CitizenId, ServiceId};
use crate::sql;

/// The prefix of the ids of documents.
pub(super) const DOCUMENT: &str = "doc";
/// The most documents that a box lists.
const HELD_MAX: i64 = 500;
/// The prefix of the ids of showings.
pub(super) const SHOWING: &str = "shw";

pub(super) async fn document(conn: &mut Conn, id: &str) -> Result<Option<Document>, DbError> {
    sql!("documents/get", id).optional(conn).await
}

pub(super) async fn by_key(
    conn: &mut Conn,
    service: &ServiceId,
    key: &str,
) -> Result<Option<Document>, DbError> {
    sql!("documents/by_key", service, key).optional(conn).await
}

/// The documents of a holder, the newest [`HELD_MAX`] first.
pub(super) async fn of_holder(conn: &mut Conn, citizen: &CitizenId) -> Result<Vec<Document>, DbError> {
    sql!("documents/of_holder", citizen, HELD_MAX).all(conn).await
}

/// The error if a row is missing that this transaction read.
pub(super) fn vanished(id: &str) -> DbError {
    DbError::corrupt("document", id)
}
