//! The conditions of `package_search` on data sets.

use super::Failure;
use super::kind::Kind;
use super::solr::{self, Clause, Parsed, Value};
use crate::clock::Timestamp;
use crate::open_data::{Dataset, licence};

/// The fields that conditions can name, as CKAN's index calls them.
const FIELDS: [&str; 14] = [
    "capacity",
    "dataset_type",
    "groups",
    "id",
    "license_id",
    "metadata_created",
    "metadata_modified",
    "name",
    "organization",
    "owner_org",
    "res_format",
    "state",
    "tags",
    "type",
];

/// Reads the query in `argument`.
pub(super) fn read(argument: &'static str, query: &str) -> Result<Parsed, Failure> {
    let parsed = solr::parse(query).map_err(|solr::Unsupported(what)| {
        let message = format!(
            "{what} is query syntax that is not supported here; give words, all of which have to be found, and \
             conditions `field:value` with `AND`, `OR` and `-`"
        );
        Failure::validation(argument, message)
    })?;
    for clause in parsed.alternatives.iter().flatten() {
        if !FIELDS.contains(&clause.field.as_str()) {
            let message = format!(
                "`{}:` is not a field here; the fields are `{}`",
                clause.field,
                FIELDS.join("`, `")
            );
            return Err(Failure::validation(argument, message));
        }
        let (is_moment, is_range) = (
            matches!(clause.field.as_str(), "metadata_created" | "metadata_modified"),
            matches!(clause.value, Value::Range(..) | Value::Any),
        );
        let is_wrong = match &clause.value {
            Value::Range(from, to) => [from, to]
                .into_iter()
                .flatten()
                .any(|bound| moment(bound).is_none()),
            Value::Any | Value::OneOf(_) => false,
        };
        if is_moment != is_range && clause.value != Value::Any || is_wrong {
            let message = format!(
                "`{}:` takes {}",
                clause.field,
                if is_moment {
                    "a range as in `[2026-01-31T00:00:00Z TO *]`"
                } else {
                    "a value"
                }
            );
            return Err(Failure::validation(argument, message));
        }
    }
    Ok(parsed)
}

/// Whether the conditions hold for a data set.
pub(super) fn hold(parsed: &Parsed, dataset: &Dataset) -> bool {
    let mut all = parsed.alternatives.iter();
    all.all(|alternatives| alternatives.iter().any(|clause| holds(clause, dataset)))
}

fn holds(clause: &Clause, dataset: &Dataset) -> bool {
    let found = match &clause.value {
        Value::Range(from, to) => {
            let at = if clause.field == "metadata_created" {
                dataset.issued
            } else {
                dataset.modified
            };
            let bound = |text: &Option<String>| text.as_deref().and_then(moment);
            bound(from).is_none_or(|from| at >= from) && bound(to).is_none_or(|to| at <= to)
        }
        Value::Any => {
            matches!(clause.field.as_str(), "metadata_created" | "metadata_modified")
                || !values(&clause.field, dataset).is_empty()
        }
        Value::OneOf(wanted) => values(&clause.field, dataset)
            .iter()
            .any(|value| wanted.contains(value)),
    };
    found != clause.negated
}

/// The values of a field, also for facets.
pub(super) fn values(field: &str, dataset: &Dataset) -> Vec<String> {
    match field {
        "id" | "name" => vec![dataset.identifier.clone()],
        "groups" => Kind::Group.names(dataset),
        "organization" | "owner_org" => Kind::Organization.names(dataset),
        "tags" => dataset.keyword.clone(),
        "license_id" => vec![licence::of(&dataset.license).id.to_owned()],
        "res_format" => dataset.distribution.iter().map(|_| "CSV".to_owned()).collect(),
        "type" | "dataset_type" => vec!["dataset".to_owned()],
        "state" => vec!["active".to_owned()],
        "capacity" => vec!["public".to_owned()],
        _ => Vec::new(),
    }
}

fn moment(text: &str) -> Option<Timestamp> {
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp(at.as_millisecond()))
}
