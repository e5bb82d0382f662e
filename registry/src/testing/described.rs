//! Compares answers with the description of the interface that gave them.

use http::{Method, StatusCode, header};
use serde_json::Value;

use super::Answer;

/// Whether a described path, with `{…}` where a part varies, is that of the request.
fn is_path(described: &str, path: &str) -> bool {
    let (mut described, mut path) = (described.split('/'), path.split('/'));
    loop {
        match (described.next(), path.next()) {
            (None, None) => return true,
            (Some(rule), Some(part)) if rule == part || rule.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// The schema that a reference names, or the schema itself.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => document.pointer(name.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// Asserts that the description has this answer: its status, media type and code, and the members of its body.
pub fn assert_described(document: &Value, method: &Method, path: &str, answer: &Answer) {
    let told = || format!("{method} {path}: {} {}", answer.status, answer.body);
    let paths = document["paths"].as_object().unwrap();
    let Some((_, item)) = paths.iter().find(|(described, _)| is_path(described, path)) else {
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "no such path: {}", told());
        return;
    };
    let operation = &item[method.as_str().to_lowercase()];
    if operation.is_null() {
        assert_eq!(
            answer.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "no such method: {}",
            told()
        );
        return;
    }
    let described = &operation["responses"][answer.status.as_str()];
    assert!(described.is_object(), "no such status: {}", told());
    let Some(content) = described["content"].as_object() else {
        assert_eq!(answer.body, "", "no body is described: {}", told());
        return;
    };
    let kind = answer.headers[header::CONTENT_TYPE].to_str().unwrap();
    let kind = kind.split(';').next().unwrap();
    let schema = content
        .get(kind)
        .unwrap_or_else(|| panic!("no such media type: {}", told()));
    let schema = resolved(document, &schema["schema"]);
    if let Some(parts) = schema["allOf"].as_array() {
        assert_members(document, resolved(document, &parts[0]), answer);
        let codes = parts[1]["properties"]["code"]["enum"].as_array().unwrap();
        assert!(codes.contains(&answer.json()["code"]), "no such code: {}", told());
    } else {
        assert_members(document, schema, answer);
    }
}

/// Asserts that an object has the members that are required, and no others than those that are described.
fn assert_members(document: &Value, schema: &Value, answer: &Answer) {
    let (Some(described), Value::Object(body)) = (schema["properties"].as_object(), answer.json()) else {
        return;
    };
    for required in schema["required"].as_array().into_iter().flatten() {
        assert!(
            body.contains_key(required.as_str().unwrap()),
            "{required}: {}",
            answer.body
        );
    }
    for (name, value) in &body {
        let property = described
            .get(name)
            .unwrap_or_else(|| panic!("{name}: {}", answer.body));
        let codes = resolved(document, property)["enum"].as_array();
        assert!(
            codes.is_none_or(|codes| codes.contains(value)),
            "{name}: {}",
            answer.body
        );
    }
}
