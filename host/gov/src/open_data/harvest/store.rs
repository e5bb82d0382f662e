//! When a source is due, who harvests it, and what the last harvest did.

use super::report::Report;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::{row, sql};

/// The last harvest of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct LastHarvest {
    pub name: String,
    /// When the next one begins.
    pub due: Timestamp,
    /// Until when the present one has time; in the past if there is none.
    pub lease: Timestamp,
    /// When it ended; `None` before the first one.
    pub finished: Option<Timestamp>,
    pub report: Report,
}

row!(LastHarvest, "open_data_source", "name", row => Self {
    name: row.get("name")?,
    due: row.get("due_ms")?,
    lease: row.get("lease_ms")?,
    finished: row.get("finished_ms")?,
    report: row.json("report")?,
});

/// The last harvest of every source.
///
/// # Errors
/// [`DbError`].
pub async fn harvests(conn: &mut Conn) -> Result<Vec<LastHarvest>, DbError> {
    sql!("open_data/sources").all(conn).await
}

/// Takes a source that is due until `lease`; `false` if it is not due or somebody has it.
pub(super) async fn take(
    tx: &mut Conn,
    name: &str,
    now: Timestamp,
    lease: Timestamp,
) -> Result<bool, DbError> {
    sql!("open_data/source_insert", name, now).run(tx).await?;
    Ok(sql!("open_data/source_take", name, now, lease).run(tx).await? == 1)
}

/// Records what a harvest did, unless somebody else has the source since.
pub(super) async fn finish(
    tx: &mut Conn,
    name: &str,
    lease: Timestamp,
    (now, due): (Timestamp, Timestamp),
    report: &Report,
) -> Result<bool, DbError> {
    let report = serde_json::to_string(report).map_err(|_| DbError::corrupt("open_data_source", name))?;
    let done = sql!("open_data/source_finish", name, lease, now, due, report);
    Ok(done.run(tx).await? == 1)
}

/// Makes a source due; `false` if it is unknown.
pub(super) async fn ask(tx: &mut Conn, name: &str, now: Timestamp) -> Result<(), DbError> {
    sql!("open_data/source_insert", name, now).run(tx).await?;
    sql!("open_data/source_ask", name, now).run(tx).await.map(drop)
}

/// Identifiers of the published data sets of a source.
pub(super) async fn published(conn: &mut Conn, owner: &str) -> Result<Vec<String>, DbError> {
    let found: Vec<(String,)> = sql!("open_data/source_published", owner).all(conn).await?;
    Ok(found.into_iter().map(|(identifier,)| identifier).collect())
}
