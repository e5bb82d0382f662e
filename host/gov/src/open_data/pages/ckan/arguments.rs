//! The arguments of an action: from the query string, from a JSON object in the body, which CKAN's own
//! clients send under any media type, or from a form.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value as Json};

use super::Failure;

/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// An action's arguments.
#[derive(Debug)]
pub(super) struct Arguments(Map<String, Json>);

impl Arguments {
    /// Reads query string and body. A name that is given several times becomes a list.
    pub(super) fn read(query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Result<Self, Failure> {
        let mut arguments = pairs(query.unwrap_or_default().as_bytes());
        if !body.is_empty() {
            for (name, value) in body_of(headers, body)? {
                if arguments.contains_key(&name) {
                    return Err(Failure::validation(
                        &name,
                        "is given in the address and in the body",
                    ));
                }
                arguments.insert(name, value);
            }
        }
        Ok(Self(arguments))
    }

    /// Refuses every argument except those of `known` and those of `fixed` with their only supported value. An
    /// empty argument counts as absent.
    pub(super) fn only(self, known: &[&str], fixed: &[(&str, &str)]) -> Result<Self, Failure> {
        for (name, value) in &self.0 {
            let text = match value {
                Json::Null => continue,
                Json::String(text) => text.clone(),
                other => other.to_string(),
            };
            if text.is_empty() || known.contains(&name.as_str()) {
                continue;
            }
            match fixed.iter().find(|(fixed, _)| fixed == name) {
                Some((_, only)) if text.eq_ignore_ascii_case(only) => {}
                Some((_, only)) => return Err(Failure::validation(name, format!("must be `{only}` here"))),
                None => {
                    let known = known.join("`, `");
                    let message = format!("is not supported here; the arguments are `{known}`");
                    return Err(Failure::validation(name, message));
                }
            }
        }
        Ok(self)
    }

    /// The value of `name`, as it is.
    pub(super) fn get(&self, name: &str) -> Option<&Json> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, Failure> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(Json::Array(_)) => Err(Failure::validation(name, "takes one text, but several are given")),
            Some(_) => Err(Failure::validation(name, "must be text")),
        }
    }

    pub(super) fn required(&self, name: &'static str) -> Result<&str, Failure> {
        self.text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| Failure::validation(name, "Missing value"))
    }

    /// A whole number, or `default` if it is not given.
    pub(super) fn number(&self, name: &'static str, default: u32) -> Result<u32, Failure> {
        let number = match self.get(name) {
            None => return Ok(default),
            Some(Json::String(text)) if text.is_empty() => return Ok(default),
            Some(Json::String(text)) => text.parse().ok(),
            Some(Json::Number(number)) => number.as_u64().and_then(|number| number.try_into().ok()),
            Some(_) => None,
        };
        number.ok_or_else(|| Failure::validation(name, format!("must be a whole number up to {}", u32::MAX)))
    }

    /// A list of names: as JSON, separated by commas, or given several times.
    pub(super) fn names(&self, name: &'static str) -> Result<Vec<String>, Failure> {
        let parts = |text: &str| -> Vec<String> {
            text.split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()
        };
        match self.get(name) {
            None => Ok(Vec::new()),
            Some(Json::String(text)) => Ok(parts(text)),
            Some(Json::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(|| Failure::validation(name, "must be a list of names")),
            Some(_) => Err(Failure::validation(name, "must be a list of names")),
        }
    }
}

fn body_of(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Json>, Failure> {
    if let Ok(value) = serde_json::from_slice(body) {
        return match value {
            Json::Object(object) => Ok(object),
            _ => Err(Failure::validation("message", "the body is not a JSON object")),
        };
    }
    let media_type = headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes());
    let is_form = media_type.is_some_and(|media_type| {
        let end = media_type.iter().position(|byte| *byte == b';');
        let essence = media_type.get(..end.unwrap_or(media_type.len()));
        essence.is_some_and(|essence| essence.trim_ascii().eq_ignore_ascii_case(FORM.as_bytes()))
    });
    if is_form {
        return Ok(pairs(body));
    }
    let message = format!("the body is neither a JSON object nor `{FORM}`");
    Err(Failure::validation("message", message))
}

fn pairs(encoded: &[u8]) -> Map<String, Json> {
    let mut arguments = Map::new();
    for (name, value) in url::form_urlencoded::parse(encoded) {
        let value = Json::String(value.into_owned());
        match arguments.entry(name.into_owned()) {
            serde_json::map::Entry::Vacant(entry) => {
                entry.insert(value);
            }
            serde_json::map::Entry::Occupied(mut entry) => match entry.get_mut() {
                Json::Array(values) => values.push(value),
                first => *first = Json::Array(vec![first.take(), value]),
            },
        }
    }
    arguments
}
