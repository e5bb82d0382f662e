//! Vetting reports, addressed by the hash of their text.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use sqlx::Row as _;

use super::corrupt;
use crate::domain::SubmissionId;
use crate::domain::report::{Report, sha256_hex};

/// A report with the hash that approvals are bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReport {
    /// SHA-256 of the kept text, in hexadecimal.
    pub sha256: String,
    /// The report.
    pub report: Report,
}

/// Keeps a report and answers the hash of its text.
///
/// # Errors
/// [`DbError::Statement`].
pub async fn insert(
    tx: &mut Conn,
    submission: &SubmissionId,
    report: &Report,
    now: Timestamp,
) -> Result<String, DbError> {
    let content = report
        .to_json()
        .map_err(|_| corrupt("vetting_report", &submission.0))?;
    let sha256 = sha256_hex(content.as_bytes());
    sqlx::query(include_str!("../../sql/report/insert.sql"))
        .bind(sha256.as_str())
        .bind(submission.0.as_str())
        .bind(content.as_str())
        .bind(now.0)
        .execute(tx)
        .await?;
    Ok(sha256)
}

/// The newest report of a submission. A text that does not have its hash any more is refused.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn latest(conn: &mut Conn, submission: &SubmissionId) -> Result<Option<StoredReport>, DbError> {
    let row = sqlx::query(include_str!("../../sql/report/latest_of_submission.sql"))
        .bind(submission.0.as_str())
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let sha256: String = row.try_get("sha256")?;
    let content: String = row.try_get("content")?;
    if sha256_hex(content.as_bytes()) != sha256 {
        return Err(corrupt("vetting_report", &sha256));
    }
    let report = serde_json::from_str(&content).map_err(|_| corrupt("vetting_report", &sha256))?;
    Ok(Some(StoredReport { sha256, report }))
}
