//! How many of the found data sets have each value of a field.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::arguments::Arguments;
use super::kind::Kind;
use super::{Failure, clauses, form};
use crate::open_data::{Dataset, licence};
use crate::text::Locale;

/// The fields that have facets.
const FIELDS: [&str; 5] = ["groups", "license_id", "organization", "res_format", "tags"];
/// The default number of values of a field (CKAN's own).
const VALUES: u32 = 50;

/// `facets` and `search_facets` of a result.
pub(super) fn of(arguments: &Arguments, found: &[&Dataset]) -> Result<(Json, Json), Failure> {
    let (mut plain, mut described) = (Map::new(), Map::new());
    let fields = arguments.names("facet.field")?;
    if !arguments.flag("facet", true)? {
        return Ok((plain.into(), described.into()));
    }
    let limit = usize::try_from(arguments.number("facet.limit", VALUES)?).unwrap_or(usize::MAX);
    let at_least = usize::try_from(arguments.number("facet.mincount", 1)?).unwrap_or(usize::MAX);
    for field in fields {
        if !FIELDS.contains(&field.as_str()) {
            let message = format!("is a list of `{}`", FIELDS.join("`, `"));
            return Err(Failure::validation("facet.field", message));
        }
        let mut counts: BTreeMap<String, (usize, String)> = BTreeMap::new();
        for dataset in found {
            for value in clauses::values(&field, dataset) {
                let title = title(&field, &value, dataset);
                counts.entry(value).or_insert((0, title)).0 += 1;
            }
        }
        let mut counts: Vec<_> = counts
            .into_iter()
            .filter(|(_, (count, _))| *count >= at_least)
            .collect();
        counts.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        counts.truncate(limit);
        let items: Vec<Json> = counts
            .iter()
            .map(|(name, (count, title))| json!({ "name": name, "display_name": title, "count": count }))
            .collect();
        let by_name: Map<String, Json> = counts
            .into_iter()
            .map(|(name, (count, _))| (name, json!(count)))
            .collect();
        plain.insert(field.clone(), by_name.into());
        described.insert(field.clone(), json!({ "title": field, "items": items }));
    }
    Ok((plain.into(), described.into()))
}

fn title(field: &str, value: &str, dataset: &Dataset) -> String {
    match field {
        "groups" => form::theme(value, Locale::Az).to_owned(),
        "organization" if Kind::Organization.names(dataset).iter().any(|name| name == value) => {
            dataset.publisher.clone()
        }
        "license_id" => licence::of(&dataset.license).title.to_owned(),
        _ => value.to_owned(),
    }
}
