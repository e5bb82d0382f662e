//! The simulated exchange: six registries whose records agree with the simulated population, and agencies that take
//! something in ([`counters`]).
//!
//! Two values of a parameter make an answer that is hard to get otherwise: `REFUSE`, which the agency cannot use, and
//! `BIG`, for which it answers more than the exchange may pass on.

mod cases;
mod civil_status;
mod counters;
mod education;
mod income;
mod people;
mod population;
mod property;
mod vehicles;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

pub(super) use counters::State;

use super::backend::Backend;
use super::message::{JSON, Request, Response, STATUS, request_hash};
use crate::db::{Conn, DbError};
use crate::error::GovError;
use crate::identity::local_date;
use crate::platform::Platform;
use crate::registry_operation::{Operation, Verb};
use crate::remote::Fault;

/// Records of one page.
pub const PAGE_RECORDS: usize = 12;
/// A value that agencies refuse.
const REFUSED: &str = "REFUSE";
/// A value for which agencies answer too much.
const BIG: &str = "BIG";

/// A record of a registry, by the names of its fields.
type Fields = Map<String, Value>;

/// What the registries are asked.
#[derive(serde::Deserialize)]
struct Question {
    fin: Option<String>,
    parameters: BTreeMap<String, String>,
    fields: Vec<String>,
    cursor: Option<String>,
}

/// What a registry finds.
enum Found {
    Yes,
    /// The record does not exist.
    Missing,
    Records(Vec<Fields>),
    /// The agency cannot use what it was asked.
    Refused(&'static str),
}

impl Found {
    fn yes(found: bool) -> Self {
        if found { Self::Yes } else { Self::Missing }
    }
}

/// The simulated exchange with its agencies, whose cases are in the platform's database.
#[derive(Debug)]
pub(super) struct Simulator {
    platform: Platform,
    state: State,
}

/// Why an agency is out of order.
#[derive(Debug, thiserror::Error)]
enum SimulatorError {
    #[error("the agency's storage failed")]
    Db(#[from] DbError),
    #[error("what the agency keeps cannot be sealed")]
    Sealed,
    #[error("what the agency keeps is not JSON")]
    Json(#[from] serde_json::Error),
    #[error("a case has vanished")]
    Vanished,
}

impl From<GovError> for SimulatorError {
    fn from(_: GovError) -> Self {
        Self::Sealed
    }
}

impl Simulator {
    pub(super) fn new(platform: Platform, state: State) -> Self {
        Self { platform, state }
    }

    /// What the agency at this address answers now.
    async fn said(&self, request: &Request) -> Result<(u16, Value), SimulatorError> {
        let Some(operation) = Operation::at(&request.service) else {
            return Ok((404, json!({ "error": "the exchange does not know this service" })));
        };
        match (operation.verb, request.endpoint) {
            (Verb::Submit, None) => self.take_in(operation, request).await,
            (Verb::Submit, Some(STATUS)) => self.status(operation, request).await,
            (Verb::Check | Verb::Read, None) => Ok(self.answer(operation, request).await?),
            _ => Ok((404, json!({ "error": "the service does not have this endpoint" }))),
        }
    }
}

#[async_trait::async_trait]
impl Backend for Simulator {
    async fn ask(&self, request: &Request) -> Result<Response, Fault> {
        let request_id = self.platform.random.uuid();
        let said = self.said(request).await;
        let (status, body) = said.map_err(|error| Fault::Failed(Box::new(error)))?;
        Ok(Response {
            status,
            message_id: request.message_id.clone(),
            request_hash: Some(request_hash(&request.head(&request_id), &request.body)),
            request_id,
            error: None,
            content_type: JSON.to_owned(),
            body: body.to_string().into_bytes(),
        })
    }
}

impl Simulator {
    /// What the register answers today.
    async fn answer(&self, operation: &Operation, request: &Request) -> Result<(u16, Value), DbError> {
        let Ok(question) = serde_json::from_slice::<Question>(&request.body) else {
            return Ok((400, json!({ "error": "the body is not a question" })));
        };
        let given = |value: &str| question.parameters.values().any(|parameter| parameter == value);
        if given(REFUSED) {
            return Ok((400, json!({ "error": "the value is not allowed" })));
        }
        if given(BIG) {
            let filling = "x".repeat(super::ANSWER_BYTES_MAX);
            return Ok((200, json!({ "records": [], "filling": filling })));
        }
        let changing = {
            let mut reader = self.platform.db.reader().await?;
            found_now(&mut reader, operation, &question).await?
        };
        let today = local_date(self.platform.clock.now());
        Ok(
            match changing.unwrap_or_else(|| found(operation, &question, today)) {
                Found::Yes => (200, json!({ "exists": true })),
                Found::Missing if operation.verb == Verb::Check => (200, json!({ "exists": false })),
                Found::Missing => (404, json!({ "error": "the register does not have this record" })),
                Found::Refused(why) => (400, json!({ "error": why })),
                Found::Records(records) => page(&question, records),
            },
        )
    }
}

/// What a register finds that changes while the platform runs; `None` of another register.
async fn found_now(
    conn: &mut Conn,
    operation: &Operation,
    question: &Question,
) -> Result<Option<Found>, DbError> {
    let fin = question.fin.as_deref().unwrap_or_default();
    Ok(Some(match operation.code.as_str() {
        "population.residence" => population::residence(conn, fin).await?,
        "civil-status.children" => civil_status::children(conn, fin).await?,
        "civil-status.marriage" => civil_status::marriage(conn, fin).await?,
        _ => return Ok(None),
    }))
}

fn found(operation: &Operation, question: &Question, today: Date) -> Found {
    let parameter = |name: &str| question.parameters.get(name).map_or("", String::as_str);
    let fin = question.fin.as_deref().unwrap_or_default();
    match operation.code.as_str() {
        "property.owns-home" => property::owns_home(fin),
        "property.of-person" => property::of_person(fin),
        "vehicles.owns" => vehicles::owns(fin, parameter("plate")),
        "vehicles.of-person" => vehicles::of_person(fin, today),
        "vehicles.by-plate" => vehicles::by_plate(parameter("plate"), today),
        "income.below" => income::below(fin, parameter("amount"), today),
        "income.monthly" => income::monthly(fin, today),
        "education.has-diploma" => education::has_diploma(fin, parameter("number")),
        "education.diplomas" => education::diplomas(fin),
        "education.institutions" => education::institutions(parameter("name")),
        _ => Found::Refused("the register does not know this operation"),
    }
}

/// A page of the records, with the fields that were asked for. A registry without a record of the person answers that
/// it has none.
fn page(question: &Question, records: Vec<Fields>) -> (u16, Value) {
    let Ok(from) = question.cursor.as_deref().unwrap_or("0").parse::<usize>() else {
        return (400, json!({ "error": "the cursor is not one of this agency" }));
    };
    if records.is_empty() {
        return (404, json!({ "error": "the register does not have this record" }));
    }
    let to = from.saturating_add(PAGE_RECORDS);
    let cursor = (to < records.len()).then(|| to.to_string());
    let shown: Vec<Fields> = records
        .into_iter()
        .skip(from)
        .take(PAGE_RECORDS)
        .map(|record| {
            record
                .into_iter()
                .filter(|(name, _)| question.fields.contains(name))
                .collect()
        })
        .collect();
    (200, json!({ "records": shown, "cursor": cursor }))
}

/// A record of these fields.
fn record<const N: usize>(fields: [(&str, Value); N]) -> Fields {
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[cfg(test)]
mod tests;
