//! What services and the host about them wrote, for their developers.

use std::sync::Arc;

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::ServiceId;
use aim_runtime::{Asked, Level, LogLine, Source};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::corrupt;

/// What a line counts beside its texts, in bytes: about what its row takes.
const ROW_BYTES: usize = 128;

/// Adds `lines` to the log of `service`, oldest first, and removes the oldest of its lines that go beyond
/// `bytes_max`.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn append(
    tx: &mut Conn,
    service: &ServiceId,
    lines: &[LogLine],
    bytes_max: i64,
) -> Result<(), DbError> {
    let mut sequence: i64 = sqlx::query(include_str!("../../sql/log/last.sql"))
        .bind(service.0.as_str())
        .fetch_one(&mut *tx)
        .await?
        .try_get("sequence")?;
    for line in lines {
        sequence = sequence.saturating_add(1);
        sqlx::query(include_str!("../../sql/log/insert.sql"))
            .bind(service.0.as_str())
            .bind(sequence)
            .bind(line.at.0)
            .bind(line.request.id.as_str())
            .bind(line.request.version.as_str())
            .bind(line.request.target.as_str())
            .bind(i64::from(line.request.vetting))
            .bind(line.level.code())
            .bind(line.source.code())
            .bind(line.context.as_str())
            .bind(line.message.as_str())
            .bind(bytes(line))
            .execute(&mut *tx)
            .await?;
    }
    sqlx::query(include_str!("../../sql/log/trim.sql"))
        .bind(service.0.as_str())
        .bind(bytes_max)
        .execute(tx)
        .await?;
    Ok(())
}

/// What a line counts against the bytes that are kept of its service.
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
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn newest(conn: &mut Conn, service: &ServiceId, limit: u32) -> Result<Vec<LogLine>, DbError> {
    let rows = sqlx::query(include_str!("../../sql/log/newest.sql"))
        .bind(service.0.as_str())
        .bind(i64::from(limit))
        .fetch_all(conn)
        .await?;
    rows.iter().rev().map(|row| line(service, row)).collect()
}

/// Removes every line from before `before`.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn expire(tx: &mut Conn, before: Timestamp) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/log/expire.sql"))
        .bind(before.0)
        .execute(tx)
        .await?;
    Ok(())
}

fn line(service: &ServiceId, row: &AnyRow) -> Result<LogLine, DbError> {
    let (level, source): (String, String) = (row.try_get("level")?, row.try_get("source")?);
    let level = Level::ALL.iter().copied().find(|known| known.code() == level);
    let source = Source::ALL.iter().copied().find(|known| known.code() == source);
    let (Some(level), Some(source)) = (level, source) else {
        let sequence: i64 = row.try_get("sequence")?;
        return Err(corrupt("service_log", &format!("{} {sequence}", service.0)));
    };
    Ok(LogLine {
        at: Timestamp(row.try_get("at_ms")?),
        request: Arc::new(Asked {
            id: row.try_get("request")?,
            version: row.try_get("version")?,
            target: row.try_get("target")?,
            vetting: row.try_get::<i64, _>("vetting")? != 0,
        }),
        level,
        source,
        context: row.try_get("context")?,
        message: row.try_get("message")?,
    })
}
