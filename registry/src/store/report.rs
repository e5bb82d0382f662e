//! Vetting reports, addressed by the hash of their text.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, DbError};
use aim_gov::{row, sql};

use crate::domain::SubmissionId;
use crate::domain::report::{Report, sha256_hex};

/// A report with the hash that approvals are bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReport {
    /// SHA-256 of the kept text, in hexadecimal.
    pub sha256: String,
    pub report: Report,
}

row!(StoredReport, "vetting_report", "sha256", row => {
    let (sha256, content): (String, &str) = (row.get("sha256")?, row.get("content")?);
    if sha256_hex(content.as_bytes()) != sha256 {
        return Err(row.corrupt());
    }
    Self { sha256, report: row.check(serde_json::from_str(content))? }
});

/// Stores a report and returns the hash of its text.
pub async fn insert(
    tx: &mut Conn,
    submission: &SubmissionId,
    report: &Report,
    now: Timestamp,
) -> Result<String, DbError> {
    let content = report
        .to_json()
        .map_err(|_| DbError::corrupt("vetting_report", &submission.0))?;
    let sha256 = sha256_hex(content.as_bytes());
    sql!("report/insert", &sha256, submission, content, now)
        .run(tx)
        .await?;
    Ok(sha256)
}

/// The newest report of a submission. A text that no longer has its hash is refused.
pub async fn latest(conn: &mut Conn, submission: &SubmissionId) -> Result<Option<StoredReport>, DbError> {
    sql!("report/latest_of_submission", submission)
        .optional(conn)
        .await
}
