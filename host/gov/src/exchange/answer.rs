//! What a service gets of an agency's answer.

use serde_json::{Map, Value};

use super::ANSWER_BYTES_MAX;
use super::agency::{Said, failed, too_large};
use super::cursor::CURSOR_BYTES_MAX;
use super::message::{JSON, Response};
use super::plan::Plan;
use crate::clock::Timestamp;
use crate::error::GovError;
use crate::registry_operation::Verb;

/// What proves a call (WIT `evidence`).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Evidence {
    pub message_id: String,
    pub request_id: String,
    pub request_hash: String,
    pub log_id: String,
}

/// A page of records, or what an agency answered to something that was sent in (WIT `answer`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub evidence: Evidence,
    pub content_type: String,
    pub body: Vec<u8>,
    pub cursor: Option<String>,
    pub answered: Timestamp,
}

impl Evidence {
    pub(super) fn of(response: &Response, log_id: String) -> Self {
        Self {
            message_id: response.message_id.clone(),
            request_id: response.request_id.clone(),
            request_hash: response.request_hash.clone().unwrap_or_default(),
            log_id,
        }
    }
}

#[derive(serde::Deserialize)]
struct Page {
    records: Vec<Map<String, Value>>,
    cursor: Option<String>,
}

#[derive(serde::Deserialize)]
struct Check {
    exists: bool,
}

/// What an agency's answer says.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// It has no such record.
    Missing,
    /// To a question.
    Yes(bool),
    /// Records as JSON, and the agency's cursor.
    Page(Vec<u8>, Option<String>),
}

impl Content {
    /// # Errors
    /// `unavailable` (`agency-failed`) for an answer that is not understood; `invalid-request` (`answer-too-large`).
    pub(super) fn of(plan: &Plan, fin: Option<&str>, said: &Said) -> Result<Self, GovError> {
        match said {
            Said::Missing(_) => Ok(Self::Missing),
            Said::Found(response) if plan.operation.verb == Verb::Check => {
                json::<Check>(response).map(|check| Self::Yes(check.exists))
            }
            Said::Found(response) => {
                let (body, cursor) = page(plan, fin.filter(|_| plan.needs_owner()), response)?;
                Ok(Self::Page(body, cursor))
            }
        }
    }
}

/// The fields of the agency's records that were asked for, as JSON, and the agency's cursor. Personal fields of an
/// object are `asker`'s alone, whatever the agency answers.
fn page(
    plan: &Plan,
    asker: Option<&str>,
    response: &Response,
) -> Result<(Vec<u8>, Option<String>), GovError> {
    let Page { records, cursor } = json(response)?;
    if cursor
        .as_ref()
        .is_some_and(|cursor| cursor.is_empty() || cursor.len() > CURSOR_BYTES_MAX)
    {
        return Err(failed());
    }
    let records: Vec<Value> = records
        .into_iter()
        .map(|mut record| {
            let owner = record.remove(OWNER);
            let own = owner.as_ref().and_then(Value::as_str) == asker && asker.is_some();
            let mut shown = Map::new();
            for field in &plan.fields {
                let hidden = plan.operation.personal.contains(field) && !own;
                if let Some(value) = record.remove(field).filter(|_| !hidden) {
                    shown.insert(field.clone(), value);
                }
            }
            Value::Object(shown)
        })
        .collect();
    let body = serde_json::json!({ "records": records }).to_string().into_bytes();
    match body.len() > ANSWER_BYTES_MAX {
        true => Err(too_large()),
        false => Ok((body, cursor)),
    }
}

/// The field of an object's record with the personal identification number of its owner.
pub(super) const OWNER: &str = "owner";

fn json<T: serde::de::DeserializeOwned>(response: &Response) -> Result<T, GovError> {
    let media_type = response.content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case(JSON) {
        return Err(failed());
    }
    serde_json::from_slice(&response.body).map_err(|_| failed())
}
