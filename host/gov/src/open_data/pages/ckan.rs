//! The reading actions of the CKAN API (version 3), for CKAN's own clients and harvesters: at
//! `/api/action/{name}`, which `ckanapi` uses, and `/api/3/action/{name}`, which is documented
//! (<https://docs.ckan.org/en/2.11/api/>).
//!
//! An unsupported argument, value or query syntax is refused by name, since a client would take a partial
//! result for the answer. Every answer is JSON, including errors and unknown actions.

mod arguments;
mod datastore;
mod package;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};

use crate::error::GovError;
use crate::open_data::OpenData;
use arguments::Arguments;

/// The supported actions, named in the error for an unknown one.
const ACTIONS: [&str; 5] = [
    "datastore_search",
    "package_list",
    "package_search",
    "package_show",
    "resource_show",
];

/// Why an action fails, in the terms of CKAN.
#[derive(Debug)]
enum Failure {
    UnknownAction(String),
    NotFound,
    Validation { field: String, message: String },
    Unavailable,
}

type ActionResult = Result<Json, Failure>;

impl Failure {
    fn of(error: GovError, field: &'static str) -> Self {
        match error {
            GovError::NotFound => Self::NotFound,
            GovError::InvalidRequest(problem) => Self::validation(field, problem.detail),
            _ => Self::Unavailable,
        }
    }

    fn validation(field: &str, message: impl Into<String>) -> Self {
        Self::Validation {
            field: field.to_owned(),
            message: message.into(),
        }
    }

    /// The status and the `error` object (`ckan/views/api.py`: a validation error is 409, an unknown action
    /// 400).
    fn answer(self) -> (StatusCode, Json) {
        match self {
            Self::UnknownAction(name) => {
                let message = format!(
                    "Action name not known: {name}; the actions are `{}`",
                    ACTIONS.join("`, `")
                );
                let error = json!({ "__type": "Bad Request Error", "message": message });
                (StatusCode::BAD_REQUEST, error)
            }
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                json!({ "__type": "Not Found Error", "message": "Not found" }),
            ),
            Self::Validation { field, message } => (
                StatusCode::CONFLICT,
                json!({ "__type": "Validation Error", field: [message] }),
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                json!({ "__type": "Unavailable", "message": "retry later" }),
            ),
        }
    }
}

/// `GET` or `POST /api/action/{name}`
pub(super) async fn action(
    State(open_data): State<OpenData>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = match Arguments::read(query.as_deref(), &headers, &body) {
        Ok(arguments) => answer(&open_data, &name, arguments).await,
        Err(failure) => Err(failure),
    };
    let (status, body) = match answer {
        Ok(result) => (StatusCode::OK, json!({ "success": true, "result": result })),
        Err(failure) => {
            let (status, error) = failure.answer();
            (status, json!({ "success": false, "error": error }))
        }
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (status, headers, body.to_string()).into_response()
}

async fn answer(open_data: &OpenData, name: &str, arguments: Arguments) -> ActionResult {
    match name {
        "datastore_search" => datastore::search(open_data, arguments).await,
        "package_list" => package::list(open_data.catalogue(), arguments),
        "package_search" => package::search(open_data.catalogue(), arguments),
        "package_show" => package::show(open_data.catalogue(), arguments),
        "resource_show" => package::resource(open_data.catalogue(), arguments),
        _ => Err(Failure::UnknownAction(
            name.chars().take(NAME_ECHO_CHARS_MAX).collect(),
        )),
    }
}

/// Characters of an unknown action's name that its error repeats.
const NAME_ECHO_CHARS_MAX: usize = 64;
