//! What CKAN's arguments say about a data set.

use serde_json::Value as Json;

use super::super::Failure;
use super::body::Sent;
use crate::open_data::published::{About, NewAbout};

/// The frequency of a data set about which nothing is said.
const FREQUENCY_UNKNOWN: &str = "UNKNOWN";

/// The description that is sent; what is not given is that of `before`.
pub(super) fn read(sent: &Sent, before: Option<&About>) -> Result<NewAbout, Failure> {
    let known = before.map(NewAbout::from).unwrap_or_default();
    let text = |name: &'static str| Ok::<_, Failure>(sent.text(name)?.filter(|text| !text.is_empty()));
    let translated =
        |name: &'static str, plain: &'static str, lang: &str| -> Result<Option<String>, Failure> {
            if let Some(value) = object(sent.get(name)).as_ref().and_then(|texts| texts.get(lang)) {
                return Ok(value.as_str().map(str::to_owned));
            }
            // A tool that knows one language only.
            Ok(text(plain)?.map(str::to_owned))
        };
    let frequency = match text("frequency")? {
        Some(frequency) => Some(frequency.to_owned()),
        None => list(sent.get("extras"))
            .into_iter()
            .find(|extra| extra.get("key").and_then(Json::as_str) == Some("frequency"))
            .and_then(|extra| extra.get("value").and_then(Json::as_str).map(str::to_owned)),
    };
    let names = |argument: &str| -> Option<Vec<String>> {
        sent.get(argument)?;
        let items = list(sent.get(argument)).into_iter();
        let name = |item: Json| match item {
            Json::String(name) => Some(name),
            item => item.get("name").and_then(Json::as_str).map(str::to_owned),
        };
        Some(items.filter_map(name).collect())
    };
    let themes = names("groups").map(|names| names.iter().map(|name| name.to_uppercase()).collect());
    let unknown = || match known.frequency.is_empty() {
        true => FREQUENCY_UNKNOWN.to_owned(),
        false => known.frequency.clone(),
    };
    Ok(NewAbout {
        identifier: text("name")?.map_or_else(|| known.identifier.clone(), str::to_owned),
        title_az: translated("title_translated", "title", "az")?.unwrap_or_else(|| known.title_az.clone()),
        title_en: translated("title_translated", "title", "en")?.unwrap_or_else(|| known.title_en.clone()),
        description_az: translated("notes_translated", "notes", "az")?
            .unwrap_or_else(|| known.description_az.clone()),
        description_en: translated("notes_translated", "notes", "en")?
            .unwrap_or_else(|| known.description_en.clone()),
        license: text("license_id")?.map_or_else(|| known.license.clone(), str::to_owned),
        theme: themes.unwrap_or_else(|| known.theme.clone()),
        keywords: names("tags").map_or_else(|| known.keywords.clone(), |names| names.join(", ")),
        frequency: frequency.unwrap_or_else(unknown),
    })
}

/// An object, in a form as JSON text.
fn object(value: Option<&Json>) -> Option<Json> {
    match value? {
        Json::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    }
}

/// A list, in a form as JSON text.
fn list(value: Option<&Json>) -> Vec<Json> {
    match object(value) {
        Some(Json::Array(items)) => items,
        _ => Vec::new(),
    }
}
