//! Why an action fails, in the terms of CKAN.

use axum::http::StatusCode;
use serde_json::{Value as Json, json};

use crate::error::GovError;

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
