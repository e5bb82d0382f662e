//! What a service wants to send in, checked before any agency is asked.

use serde_json::{Map, Value};

use super::message::JSON;
use crate::error::GovError;
use crate::registry_operation::Operation;

/// Bytes of what is sent in.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// How the names of media types end whose content is JSON (RFC 6839, section 3.1).
const JSON_SUFFIX: &str = "+json";

/// The content as the agency gets it. JSON that the operation describes is written anew, so that agency and platform
/// read the same: the last of two members with one name.
///
/// # Errors
/// `invalid-request` (`content-type-unsupported`, `body-malformed`, which names the place and never a value).
pub(super) fn checked(operation: &Operation, content_type: &str, body: &[u8]) -> Result<Vec<u8>, GovError> {
    if !operation.content_types.iter().any(|known| known == content_type) {
        return Err(GovError::invalid(
            "content-type-unsupported",
            format!(
                "`{}` takes in {}, and nothing else",
                operation.code,
                operation.content_types.join(", ")
            ),
        ));
    }
    if body.len() > BODY_BYTES_MAX {
        return Err(malformed(format!(
            "the body has at most {BODY_BYTES_MAX} bytes, and this one has {}",
            body.len()
        )));
    }
    if content_type != JSON && !content_type.ends_with(JSON_SUFFIX) {
        return Ok(body.to_vec());
    }
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        malformed(format!(
            "line {}, column {}: the body is not JSON",
            error.line(),
            error.column()
        ))
    })?;
    match value {
        Value::Object(object) if content_type == JSON => {
            fits(operation, &object)?;
            Ok(Value::Object(object).to_string().into_bytes())
        }
        _ if content_type == JSON => Err(malformed("the body has to be a JSON object".to_owned())),
        // Signed: to be left as it is.
        _ => Ok(body.to_vec()),
    }
}

fn fits(operation: &Operation, object: &Map<String, Value>) -> Result<(), GovError> {
    for (name, value) in object {
        let Some(field) = operation.body_field(name) else {
            let known: Vec<_> = operation.body.iter().map(|field| field.name.as_str()).collect();
            return Err(malformed(format!(
                "`/{}` is not a field of `{}`, which has {}",
                name.escape_default(),
                operation.code,
                known.join(", ")
            )));
        };
        let checked = field.kind.check(value);
        checked.map_err(|wrong| malformed(format!("`/{name}` {wrong}")))?;
    }
    let mut fields = operation.body.iter();
    match fields.find(|field| !field.optional && !object.contains_key(&field.name)) {
        None => Ok(()),
        Some(field) => Err(malformed(format!("`/{}` is missing", field.name))),
    }
}

fn malformed(detail: String) -> GovError {
    GovError::invalid("body-malformed", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"kindergarten":"SM-K-03","child_name":"Nərgiz","child_birthdate":"2023-05-04","from":"2027-01-11"}"#;

    fn check(content_type: &str, body: &str) -> Result<Vec<u8>, GovError> {
        let operation = Operation::find("education.place-application").unwrap();
        checked(operation, content_type, body.as_bytes())
    }

    #[test]
    fn wrong_bodies_are_refused_at_their_place() {
        assert!(check(JSON, GOOD).is_ok());
        let without = |field: &str| GOOD.replacen(&format!("\"{field}\""), "\"x\"", 1);
        let long = format!("{GOOD}{}", " ".repeat(BODY_BYTES_MAX));
        for (body, place) in [
            ("", "line 1, column 0"),
            ("{\n\"a\": }", "line 2, column 6"),
            ("[]", "JSON object"),
            ("{}", "`/kindergarten` is missing"),
            (&without("from"), "`/x` is not a field"),
            (
                &GOOD.replace("2023-05-04", "4 May 2023"),
                "`/child_birthdate` has to be a day",
            ),
            (
                &GOOD.replace("\"SM-K-03\"", "3"),
                "`/kindergarten` has to be a text",
            ),
            (&GOOD.replace("Nərgiz", "a\\u202eb"), "`/child_name` "),
            (&long, "at most 1048576 bytes"),
        ] {
            let GovError::InvalidRequest(problem) = check(JSON, body).unwrap_err() else {
                panic!("{body}");
            };
            assert_eq!(problem.code, "body-malformed");
            assert!(problem.detail.contains(place), "{place}: {}", problem.detail);
            assert!(!problem.detail.contains("Nərgiz"), "{}", problem.detail);
        }
    }

    #[test]
    fn agency_gets_the_object_that_was_checked() {
        let twice = GOOD.replacen('{', r#"{"kindergarten":3,"#, 1);
        let sent: Value = serde_json::from_slice(&check(JSON, &twice).unwrap()).unwrap();
        assert_eq!(sent["kindergarten"], "SM-K-03");
        assert_eq!(sent.as_object().unwrap().len(), 4);
    }

    #[test]
    fn other_media_types_are_refused() {
        for content_type in [
            "",
            "text/plain",
            "application/json; charset=utf-8",
            "APPLICATION/JSON",
        ] {
            let refused = check(content_type, GOOD).unwrap_err();
            assert_eq!(refused.code(), "content-type-unsupported", "{content_type}");
        }
    }
}
