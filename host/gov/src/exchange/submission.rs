//! Something that a service sent in to another agency, and where it stands.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::answer::{Answer, Evidence};
use super::kept;
use super::message::Response;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::error::GovError;
use crate::invocation::{CitizenId, ServiceId};
use crate::platform::Platform;
use crate::{row, sql};

/// The prefix of the ids of submissions.
pub(super) const SUBMISSION: &str = "exs";
const TABLE: &str = "exchange_submission";

/// Where a submission stands (WIT `status`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Status {
    /// It is on its way, or it is not known whether it arrived.
    Created,
    /// The agency decides later.
    Submitted,
    Success,
    Failed,
    /// It cannot be found out.
    Error,
}

impl Status {
    pub fn is_final(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Error)
    }
}

/// Why a submission did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Failure {
    AgencyRefused,
    OutcomeUnknown,
}

crate::coded!(Status, Failure);
crate::column!(code: Status, Failure);

/// A submission as its service sees it (WIT `submission`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    pub id: String,
    pub operation: String,
    pub issue: String,
    pub status: Status,
    pub failure: Option<Failure>,
    pub agency_reference: Option<String>,
    /// The agency's last answer, while the citizen agrees that the service reads it.
    pub answer: Option<Answer>,
    pub created: Timestamp,
}

/// A submission as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub id: String,
    pub service: ServiceId,
    pub(super) tax_id: String,
    pub(super) hash: String,
    pub operation: String,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) citizen: CitizenId,
    pub(super) purpose: String,
    pub(super) consent: String,
    pub issue: String,
    pub(super) content_type: String,
    /// See [`Stored::content`].
    pub(super) content: Option<String>,
    pub message_id: String,
    pub status: Status,
    pub(super) failure: Option<Failure>,
    pub reference: Option<String>,
    answer: Option<String>,
    pub created: Timestamp,
    pub(super) attempts: i64,
    pub(super) due: Option<Timestamp>,
}

row!(Stored, "exchange_submission", "id", row => Self {
    id: row.get("id")?,
    service: row.get("service")?,
    tax_id: row.get("tax_id")?,
    hash: row.get("request_hash")?,
    operation: row.get("operation")?,
    parameters: row.json("parameters")?,
    citizen: row.get("citizen")?,
    purpose: row.get("purpose")?,
    consent: row.get("consent_id")?,
    issue: row.get("issue")?,
    content_type: row.get("content_type")?,
    content: row.get("content")?,
    message_id: row.get("message_id")?,
    status: row.get("status")?,
    failure: row.get("failure")?,
    reference: row.get("reference")?,
    answer: row.get("answer")?,
    created: row.get("created_ms")?,
    attempts: row.get("attempts")?,
    due: row.get("due_ms")?,
});

/// An answer as a column has it.
#[derive(serde::Serialize, serde::Deserialize)]
struct KeptAnswer {
    evidence: Evidence,
    content_type: String,
    /// Base64.
    body: String,
    answered: i64,
}

fn of_answer(id: &str) -> String {
    format!("{id}/answer")
}

/// What was sent in, as a column has it.
///
/// # Errors
/// `unavailable` (`storage-unavailable`).
pub(super) fn keep_content(platform: &Platform, id: &str, body: &[u8]) -> Result<String, GovError> {
    kept::seal(platform, id, &STANDARD.encode(body))
}

/// An answer as a column has it.
///
/// # Errors
/// `unavailable` (`storage-unavailable`).
pub(super) fn keep_answer(
    platform: &Platform,
    id: &str,
    response: &Response,
    log_id: String,
    now: Timestamp,
) -> Result<String, GovError> {
    let answer = KeptAnswer {
        evidence: Evidence::of(response, log_id),
        content_type: response.content_type.clone(),
        body: STANDARD.encode(&response.body),
        answered: now.0,
    };
    let json = serde_json::to_string(&answer).map_err(|_| GovError::storage_unavailable())?;
    kept::seal(platform, &of_answer(id), &json)
}

impl Stored {
    /// What was sent in, in base 64; `None` once the agency has answered.
    ///
    /// # Errors
    /// [`DbError::Corrupt`].
    pub(super) fn content(&self, platform: &Platform) -> Result<Option<String>, DbError> {
        let content = self.content.as_deref();
        content
            .map(|content| kept::open(platform, TABLE, &self.id, content))
            .transpose()
    }

    /// What the citizen's log has it under.
    pub(super) fn object(&self) -> String {
        format!("{} {}", self.operation, self.id)
    }

    /// As its service sees it, without the answer.
    pub(super) fn bare(self) -> Submission {
        Submission {
            id: self.id,
            operation: self.operation,
            issue: self.issue,
            status: self.status,
            failure: self.failure,
            agency_reference: self.reference,
            answer: None,
            created: self.created,
        }
    }

    /// As its service sees it.
    ///
    /// # Errors
    /// [`DbError::Corrupt`].
    pub(super) fn whole(mut self, platform: &Platform) -> Result<Submission, DbError> {
        let Some(kept) = self.answer.take() else {
            return Ok(self.bare());
        };
        let corrupt = || DbError::corrupt(TABLE, &self.id);
        let json = kept::open(platform, TABLE, &of_answer(&self.id), &kept)?;
        let kept: KeptAnswer = serde_json::from_str(&json).map_err(|_| corrupt())?;
        let answer = Answer {
            evidence: kept.evidence,
            content_type: kept.content_type,
            body: STANDARD.decode(&kept.body).map_err(|_| corrupt())?,
            cursor: None,
            answered: Timestamp(kept.answered),
        };
        Ok(Submission {
            answer: Some(answer),
            ..self.bare()
        })
    }
}

pub(super) async fn by_id(conn: &mut Conn, id: &str) -> Result<Option<Stored>, DbError> {
    sql!("exchange/submission", id).optional(conn).await
}

pub(super) async fn by_key(
    conn: &mut Conn,
    service: &ServiceId,
    key: &str,
) -> Result<Option<Stored>, DbError> {
    sql!("exchange/submission_by_key", service, key)
        .optional(conn)
        .await
}
