//! Log lines of services, and of the host about them, for their developers.

use std::sync::Arc;

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::ServiceId;
use aim_gov::sql;
use aim_runtime::{Asked, LogLine};

/// Bytes that a line counts in addition to its texts: about the size of its row.
const ROW_BYTES: usize = 128;

/// Adds `lines` to the log of `service`, oldest first, and removes the oldest of its lines that go beyond
/// `bytes_max`.
pub async fn append(
    tx: &mut Conn,
    service: &ServiceId,
    lines: &[LogLine],
    bytes_max: i64,
) -> Result<(), DbError> {
    let (mut sequence,): (i64,) = sql!("log/last", service).one(tx).await?;
    for line in lines {
        sequence = sequence.saturating_add(1);
        sql!(
            "log/insert",
            service,
            sequence,
            line.at,
            &line.request.id,
            &line.request.version,
            &line.request.target,
            i64::from(line.request.vetting),
            line.level.code(),
            line.source.code(),
            &line.context,
            &line.message,
            bytes(line)
        )
        .run(tx)
        .await?;
    }
    sql!("log/trim", service, bytes_max).run(tx).await?;
    Ok(())
}

/// Bytes that a line counts against the limit of its service.
fn bytes(line: &LogLine) -> i64 {
    let request = &line.request;
    let texts = [
        &request.id,
        &request.version,
        &request.target,
        &line.context,
        &line.message,
    ];
    let bytes = texts
        .iter()
        .map(|text| text.len())
        .sum::<usize>()
        .saturating_add(ROW_BYTES);
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// The newest `limit` lines of a service's log, oldest first.
pub async fn newest(conn: &mut Conn, service: &ServiceId, limit: u32) -> Result<Vec<LogLine>, DbError> {
    let lines: Vec<Line> = sql!("log/newest", service, i64::from(limit)).all(conn).await?;
    Ok(lines.into_iter().rev().map(|line| line.0).collect())
}

/// Removes every line from before `before`.
pub async fn expire(tx: &mut Conn, before: Timestamp) -> Result<(), DbError> {
    sql!("log/expire", before).run(tx).await?;
    Ok(())
}

struct Line(LogLine);

aim_gov::row!(Line, "service_log", "line", row => Self(LogLine {
    at: row.get("at_ms")?,
    request: Arc::new(Asked {
        id: row.get("request")?,
        version: row.get("version")?,
        target: row.get("target")?,
        vetting: row.flag("vetting")?,
    }),
    level: row.parse("level")?,
    source: row.parse("source")?,
    context: row.get("context")?,
    message: row.get("message")?,
}));
