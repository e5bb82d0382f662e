//! The only error type of government calls: the Rust form of the WIT `gov-error`.

use crate::db::DbError;

/// An error, as a stable code and a text for the developer.
///
/// The glue adds the other parts of the WIT `problem`: a title in the citizen's languages (from the catalogue,
/// by `code`) and the request id. Shape: RFC 9457.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable, documented, kebab-case; names the rule that was broken.
    pub code: &'static str,
    /// What is wrong and what to do, for the developer. Never contains data of a citizen.
    pub detail: String,
    /// When a retry makes sense, in milliseconds.
    pub retry_after_ms: Option<u32>,
}

impl Problem {
    /// A problem without a time for a retry.
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            retry_after_ms: None,
        }
    }
}

/// A boundary of a service's approval, counted and enforced by the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(serde::Serialize, serde::Deserialize)]
#[derive(strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum LimitKind {
    Citizens,
    AmountPerPayment,
    /// One citizen's payments together.
    AmountPerCitizen,
    AmountTotal,
    Transactions,
    EndDate,
    DataCategory,
    Region,
    Messages,
    CallsPerMinute,
    MessagesPerCitizen,
    Signatures,
    RegistryCalls,
    Presentations,
    Documents,
    Events,
}

crate::coded!(LimitKind);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GovError {
    /// No citizen is logged in; the address leads to the log-in and back.
    LoginRequired(String),
    /// A higher level of assurance is needed; the address leads to it.
    StepUpRequired(String),
    /// The citizen has not agreed; the address is the host's consent screen.
    ConsentRequired(String),
    /// The citizen paused the consent; the address is the host's screen that resumes it.
    ConsentPaused(String),
    /// The consent was revoked; the address is the host's screen that asks again.
    ConsentRevoked(String),
    /// The consent has expired; the address is the host's screen that asks again.
    ConsentExpired(String),
    AccessDenied(Problem),
    LimitExceeded(LimitKind),
    /// The service is suspended, or past its end date.
    Suspended,
    InvalidRequest(Problem),
    /// The object does not exist, or it belongs to another service.
    NotFound,
    /// The same key with another body, or an object whose state has changed.
    Conflict(Problem),
    TooManyRequests(Problem),
    /// Nothing happened; safe to retry.
    Unavailable(Problem),
    /// It may or may not have happened: query by key before a retry.
    UnknownOutcome(Problem),
}

impl GovError {
    /// The stable code, as in audit records, logs and documentation.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LoginRequired(_) => "login-required",
            Self::StepUpRequired(_) => "step-up-required",
            Self::ConsentRequired(_) => "consent-required",
            Self::ConsentPaused(_) => "consent-paused",
            Self::ConsentRevoked(_) => "consent-revoked",
            Self::ConsentExpired(_) => "consent-expired",
            Self::AccessDenied(problem)
            | Self::InvalidRequest(problem)
            | Self::Conflict(problem)
            | Self::TooManyRequests(problem)
            | Self::Unavailable(problem)
            | Self::UnknownOutcome(problem) => problem.code,
            Self::LimitExceeded(kind) => kind.code(),
            Self::Suspended => "suspended",
            Self::NotFound => "not-found",
        }
    }

    /// Whether the call only leads the visitor to a screen of the host: the log-in, a stronger log-in, or the
    /// consent.
    pub fn leads_to_a_screen(&self) -> bool {
        matches!(
            self,
            Self::LoginRequired(_) | Self::StepUpRequired(_) | Self::ConsentRequired(_)
        )
    }

    /// `unavailable`, because the storage failed before anything happened.
    pub fn storage_unavailable() -> Self {
        Self::Unavailable(Problem {
            code: "storage-unavailable",
            detail: "nothing was changed; retry later".to_owned(),
            retry_after_ms: Some(1_000),
        })
    }

    /// `invalid-request` with a code and a sentence for the developer.
    pub fn invalid(code: &'static str, detail: impl Into<String>) -> Self {
        Self::InvalidRequest(Problem::new(code, detail))
    }

    /// `access-denied` with a code and a sentence for the developer.
    pub fn denied(code: &'static str, detail: impl Into<String>) -> Self {
        Self::AccessDenied(Problem::new(code, detail))
    }

    /// `conflict` with a code and a sentence for the developer.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict(Problem::new(code, detail))
    }
}

impl From<DbError> for GovError {
    /// A failed commit may have been saved; any other failure changed nothing. The cause goes to the log, never
    /// to the plug-in.
    fn from(error: DbError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "gov.database failed");
        match error {
            DbError::Commit(_) | DbError::Closed => Self::UnknownOutcome(Problem::new(
                "commit-unconfirmed",
                "the change may or may not have been saved; ask by its key before you retry",
            )),
            _ => Self::storage_unavailable(),
        }
    }
}

impl From<sqlx::Error> for GovError {
    fn from(error: sqlx::Error) -> Self {
        DbError::from(error).into()
    }
}
