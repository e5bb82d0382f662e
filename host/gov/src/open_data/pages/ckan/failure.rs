//! Why an action fails, in the terms of CKAN.

use axum::http::StatusCode;
use serde_json::{Value as Json, json};

use crate::error::GovError;
use crate::open_data::published::{AboutField, PublishError};

#[derive(Debug)]
pub(super) enum Failure {
    /// An action that does not exist, with the text of the error.
    UnknownAction(String),
    /// An address of the API that has no meaning.
    UnknownAddress,
    Method,
    /// A body that cannot be read.
    BadRequest(String),
    NotFound,
    /// A change without a token, or of what is another publisher's, with the text of the error.
    Denied(String),
    /// Several wrong arguments.
    Wrong(Vec<(String, String)>),
    Validation {
        field: String,
        message: String,
    },
    Unavailable,
}

impl Failure {
    pub(super) fn of(error: GovError, field: &'static str) -> Self {
        match error {
            GovError::NotFound => Self::NotFound,
            GovError::InvalidRequest(problem) => Self::validation(field, problem.detail),
            _ => Self::Unavailable,
        }
    }

    pub(super) fn of_publishing(error: PublishError) -> Self {
        let message = error.to_string();
        match error {
            PublishError::NotPublisher => Self::Denied(message),
            PublishError::NotFound => Self::NotFound,
            PublishError::Fields(wrong) => Self::Wrong(
                wrong
                    .iter()
                    .map(|wrong| (argument(wrong.field).to_owned(), wrong.fault.to_string()))
                    .collect(),
            ),
            PublishError::Taken(_) => Self::validation("name", message),
            PublishError::BadRows(reading) => {
                let rows = reading
                    .bad
                    .iter()
                    .map(|bad| format!("line {}: {}", bad.line, bad.fault));
                let rows = std::iter::once(message).chain(rows);
                Self::Wrong(rows.map(|row| ("upload".to_owned(), row)).collect())
            }
            PublishError::Unread(_)
            | PublishError::TooLarge { .. }
            | PublishError::Broken
            | PublishError::TooMany { .. }
            | PublishError::Moved => Self::validation("upload", message),
            PublishError::Stopping | PublishError::Db(_) => Self::Unavailable,
        }
    }

    pub(super) fn validation(field: &str, message: impl Into<String>) -> Self {
        Self::Validation {
            field: field.to_owned(),
            message: message.into(),
        }
    }

    /// The status and the `error` object (`ckan/views/api.py`: a validation error is 409, an unknown action
    /// 400).
    pub(super) fn answer(self) -> (StatusCode, Json) {
        let message = |kind: &str, message: &str| json!({ "__type": kind, "message": message });
        match self {
            Self::UnknownAction(text) | Self::BadRequest(text) => {
                (StatusCode::BAD_REQUEST, message("Bad Request Error", &text))
            }
            Self::UnknownAddress => (
                StatusCode::NOT_FOUND,
                message("Not Found Error", "the actions are at `/api/3/action/{name}`"),
            ),
            Self::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                message("Bad Request Error", "an action takes GET and POST"),
            ),
            Self::NotFound => (StatusCode::NOT_FOUND, message("Not Found Error", "Not found")),
            Self::Denied(text) => (StatusCode::FORBIDDEN, message("Authorization Error", &text)),
            Self::Wrong(wrong) => {
                let mut error = json!({ "__type": "Validation Error" });
                if let Some(fields) = error.as_object_mut() {
                    for (field, message) in wrong {
                        let list = fields.entry(field).or_insert_with(|| json!([]));
                        if let Some(list) = list.as_array_mut() {
                            list.push(json!(message));
                        }
                    }
                }
                (StatusCode::CONFLICT, error)
            }
            Self::Validation { field, message } => (
                StatusCode::CONFLICT,
                json!({ "__type": "Validation Error", field: [message] }),
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                message("Unavailable", "retry later"),
            ),
        }
    }
}

/// What a field of the description is called in CKAN.
fn argument(field: AboutField) -> &'static str {
    match field {
        AboutField::Identifier => "name",
        AboutField::TitleAz | AboutField::TitleEn => "title",
        AboutField::DescriptionAz | AboutField::DescriptionEn => "notes",
        AboutField::License => "license_id",
        AboutField::Theme => "groups",
        AboutField::Keywords => "tags",
        AboutField::Frequency => "frequency",
    }
}
