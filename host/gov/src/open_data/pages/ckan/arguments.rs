//! The arguments of an action: from the query string, from a JSON object in the body, which CKAN's own
//! clients send under any media type, or from a form.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value as Json};

use super::Failure;

/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// Arguments that include something of which there is nothing in this catalogue, so that any value has the same
/// result.
const EMPTY: [&str; 9] = [
    "include_extras",
    "include_followers",
    "include_groups",
    "include_password_hash",
    "include_plugin_data",
    "include_tags",
    "include_tracking",
    "include_users",
    "include_deleted",
];

/// An action's arguments.
#[derive(Debug)]
pub(super) struct Arguments(Map<String, Json>);

impl From<Map<String, Json>> for Arguments {
    fn from(arguments: Map<String, Json>) -> Self {
        Self(arguments)
    }
}

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

    /// Refuses every argument except those of `known`, those of [`EMPTY`], and those of `fixed` with their only
    /// supported value. An empty argument counts as absent.
    pub(super) fn only(self, known: &[&str], fixed: &[(&str, &str)]) -> Result<Self, Failure> {
        for (name, value) in &self.0 {
            let text = match value {
                Json::Null => continue,
                Json::String(text) => text.clone(),
                other => other.to_string(),
            };
            if text.is_empty() || known.contains(&name.as_str()) || EMPTY.contains(&name.as_str()) {
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

    /// The value of the first of two names that is given.
    pub(super) fn one_of(&self, [name, other]: [&'static str; 2]) -> Result<&str, Failure> {
        match self.text(other)? {
            Some(text) if !text.is_empty() && self.get(name).is_none() => Ok(text),
            _ => self.required(name),
        }
    }

    /// A truth value, in the spellings of `asbool` (`ckan/common.py`), or `default` if it is not given.
    pub(super) fn flag(&self, name: &'static str, default: bool) -> Result<bool, Failure> {
        let flag = match self.get(name) {
            None => return Ok(default),
            Some(Json::Bool(flag)) => Some(*flag),
            Some(Json::String(text)) => match text.trim().to_lowercase().as_str() {
                "" => return Ok(default),
                "true" | "yes" | "on" | "y" | "t" | "1" => Some(true),
                "false" | "no" | "off" | "n" | "f" | "0" => Some(false),
                _ => None,
            },
            Some(_) => None,
        };
        flag.ok_or_else(|| Failure::validation(name, "must be `true` or `false`"))
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

    /// A list of texts, as JSON or given several times; a single text is a list too.
    pub(super) fn texts(&self, name: &'static str) -> Result<Vec<String>, Failure> {
        match self.get(name) {
            Some(Json::String(text)) if !text.starts_with('[') => Ok(vec![text.clone()]),
            _ => self.names(name),
        }
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
        let list = match self.get(name) {
            None => return Ok(Vec::new()),
            Some(Json::String(text)) if text.starts_with('[') => serde_json::from_str(text).ok(),
            Some(Json::String(text)) => return Ok(parts(text)),
            Some(Json::Array(items)) => Some(items.clone()),
            Some(_) => None,
        };
        list.and_then(|items: Vec<Json>| {
            let names = items.iter().map(|item| item.as_str().map(str::to_owned));
            names.collect::<Option<_>>()
        })
        .ok_or_else(|| Failure::validation(name, "must be a list of names"))
    }
}

fn body_of(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Json>, Failure> {
    if let Ok(value) = serde_json::from_slice(body) {
        return match value {
            Json::Object(object) => Ok(object),
            _ => Err(Failure::BadRequest("the body is not a JSON object".to_owned())),
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
    Err(Failure::BadRequest(message))
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
