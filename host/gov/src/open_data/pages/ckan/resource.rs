//! `resource_show`, `resource_search` and `datastore_info`: files.

use serde_json::{Map, Value as Json, json};

use super::arguments::Arguments;
use super::datastore::ckan_type;
use super::package::{FIXED, count};
use super::{ActionResult, Failure, form};
use crate::open_data::{Catalogue, Dataset, Distribution};

/// The fields that `resource_search` looks in.
const SEARCHED: [&str; 5] = ["name", "description", "format", "url", "hash"];
/// Conditions of one search.
const CONDITIONS_MAX: usize = 8;

fn files(catalogue: &Catalogue) -> impl Iterator<Item = (&Dataset, &Distribution, usize)> {
    catalogue.datasets().flat_map(|dataset| {
        let files = dataset.distribution.iter().zip(0..);
        files.map(move |(file, position)| (dataset, file, position))
    })
}

pub(super) fn show(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    let arguments = arguments.only(&["id"], &FIXED)?;
    let id = arguments.required("id")?;
    files(catalogue)
        .find(|(_, file, _)| file.id == id)
        .map(|(dataset, file, position)| form::resource(catalogue, dataset, file, position))
        .ok_or(Failure::NotFound)
}

pub(super) fn search(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    let arguments = arguments.only(&["query", "order_by", "offset", "limit"], &FIXED)?;
    let conditions = conditions(&arguments)?;
    let accepted = |resource: &Json| {
        conditions.iter().all(|(field, part)| {
            let text = resource.get(field).and_then(Json::as_str).unwrap_or_default();
            text.to_lowercase().contains(part)
        })
    };
    let mut found: Vec<Json> = files(catalogue)
        .map(|(dataset, file, position)| form::resource(catalogue, dataset, file, position))
        .filter(accepted)
        .collect();
    match arguments.text("order_by")? {
        None | Some("") => {}
        Some(field) if SEARCHED.contains(&field) => {
            found.sort_by_key(|resource| resource.get(field).and_then(Json::as_str).map(str::to_owned));
        }
        Some(_) => {
            let message = format!("is one of `{}`", SEARCHED.join("`, `"));
            return Err(Failure::validation("order_by", message));
        }
    }
    let total = found.len();
    let skip = count(arguments.number("offset", 0)?);
    let limit = count(arguments.number("limit", u32::MAX)?);
    let page: Vec<Json> = found.into_iter().skip(skip).take(limit).collect();
    Ok(json!({ "count": total, "results": page }))
}

/// The parts of `field:part`, or of a list of them, which must all be found.
fn conditions(arguments: &Arguments) -> Result<Vec<(&'static str, String)>, Failure> {
    let wrong = || {
        let message = format!(
            "is `field:part`, or a list of at most {CONDITIONS_MAX} of them; the fields are `{}`",
            SEARCHED.join("`, `")
        );
        Failure::validation("query", message)
    };
    let texts: Vec<&str> = match arguments.get("query") {
        None => return Err(Failure::validation("query", "Missing value")),
        Some(Json::String(text)) => vec![text],
        Some(Json::Array(items)) if items.len() <= CONDITIONS_MAX => items
            .iter()
            .map(Json::as_str)
            .collect::<Option<_>>()
            .ok_or_else(wrong)?,
        Some(_) => return Err(wrong()),
    };
    texts
        .into_iter()
        .map(|text| {
            let (field, part) = text.split_once(':').ok_or_else(wrong)?;
            let field = SEARCHED
                .into_iter()
                .find(|known| *known == field)
                .ok_or_else(wrong)?;
            Ok((field, part.to_lowercase()))
        })
        .collect()
}

pub(super) fn datastore_info(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    let arguments = arguments.only(
        &["id", "resource_id", "include_meta", "include_fields_schema"],
        &[],
    )?;
    let id = arguments.one_of(["id", "resource_id"])?;
    let columns = catalogue.columns(id).ok_or(Failure::NotFound)?;
    let fields: Vec<Json> = columns
        .iter()
        .map(|column| {
            let kind = ckan_type(column.column_type);
            json!({
                "id": column.name,
                "type": kind,
                "schema": {
                    "native_type": kind,
                    "notnull": false,
                    "index_name": null,
                    "is_index": true,
                    "uniquekey": false,
                },
            })
        })
        .collect();
    let schema: Map<String, Json> = columns
        .iter()
        .map(|column| (column.name.clone(), json!(ckan_type(column.column_type))))
        .collect();
    let bytes = files(catalogue)
        .find(|(_, file, _)| file.id == id)
        .and_then(|(_, file, _)| file.byte_size);
    Ok(json!({
        "meta": {
            "id": id,
            "count": catalogue.rows_count(id),
            "size": bytes,
            "table_type": "BASE TABLE",
            "aliases": [],
        },
        "schema": schema,
        "fields": fields,
    }))
}
