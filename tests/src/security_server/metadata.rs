//! The lists of an agency's services, `listMethods` and `allowedMethods` (PR-MREST, 4).

use aim_gov::exchange::message::{self, Response, STATUS, head, request_hash};
use aim_gov::exchange::{Operation, ServiceAddress, Verb};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Called, error, passed_on};

const LIST: &str = "listMethods";
const ALLOWED: &str = "allowedMethods";
/// The id of every attempt.
const REQUEST_ID: &str = "f92591a3-6bf0-49b1-987b-0dd78c034cc3";

/// The services of the agency of `called`, without those that the platform may not call where it asks for these.
pub(super) fn answer(
    called: &Called,
    withdrawn: &[&str],
    path: &str,
    headers: &[(&'static str, String)],
) -> axum::response::Response {
    let list = &called.service.service_code;
    if called.endpoint.is_some() || ![LIST, ALLOWED].contains(&list.as_str()) {
        return error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Server.ServerProxy.UnknownService",
        );
    }
    let is_listed = |operation: &&Operation| {
        let address = ServiceAddress {
            service_code: list.clone(),
            ..operation.address()
        };
        address == called.service && (list == LIST || !withdrawn.contains(&operation.code.as_str()))
    };
    let services: Vec<Value> = Operation::all().iter().filter(is_listed).map(described).collect();
    let id = headers.iter().find(|(name, _)| *name == message::ID);
    let response = Response {
        status: 200,
        message_id: id.map(|(_, id)| id.clone()).unwrap_or_default(),
        request_id: REQUEST_ID.to_owned(),
        request_hash: Some(request_hash(&head("GET", path, headers, REQUEST_ID), &[])),
        error: None,
        content_type: message::JSON.to_owned(),
        body: json!({ "service": services }).to_string().into_bytes(),
    };
    passed_on(&called.service, response)
}

fn described(operation: &Operation) -> Value {
    let address = operation.address();
    let mut endpoints = vec![json!({ "method": "POST", "path": "/" })];
    if operation.verb == Verb::Submit {
        endpoints.push(json!({ "method": "POST", "path": format!("/{STATUS}") }));
    }
    json!({
        "object_type": "SERVICE",
        "xroad_instance": address.instance,
        "member_class": address.member_class,
        "member_code": address.member_code,
        "subsystem_code": address.subsystem,
        "service_code": address.service_code,
        "service_type": "REST",
        "endpoint_list": endpoints,
    })
}
