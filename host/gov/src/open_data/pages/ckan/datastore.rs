//! `datastore_search`: rows of a table.
//!
//! It takes `resource_id`, `fields`, `filters` (equality; several values of one field are not supported),
//! `sort`, `offset` and `limit`.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::arguments::Arguments;
use super::{ActionResult, Failure};
use crate::open_data::query::LIMIT_ROWS_MAX;
use crate::open_data::{Comparison, Filter, OpenData, Query, Sort, Value};

/// The default number of rows (CKAN's own).
const ROWS: u32 = 100;
/// Arguments with a single supported value.
const FIXED: [(&str, &str); 4] = [
    ("distinct", "false"),
    ("include_total", "true"),
    ("plain", "true"),
    ("records_format", "objects"),
];

pub(super) async fn search(open_data: &OpenData, arguments: Arguments) -> ActionResult {
    const KNOWN: [&str; 6] = ["resource_id", "fields", "filters", "sort", "offset", "limit"];
    let arguments = arguments.only(&KNOWN, &FIXED)?;
    let id = arguments.required("resource_id")?;
    let limit = arguments.number("limit", ROWS)?.min(LIMIT_ROWS_MAX);
    let query = Query {
        fields: arguments.names("fields")?,
        filters: filters(&arguments)?,
        sort: sort(&arguments)?,
        offset: arguments.number("offset", 0)?,
        limit,
    };
    let table = open_data.catalogue().table(id).ok_or(Failure::NotFound)?;
    let rows = open_data
        .rows(id, query)
        .await
        .map_err(|error| Failure::of(error, "query"))?;
    let fields: Vec<_> = rows
        .fields
        .iter()
        .filter_map(|name| table.column(name))
        .map(|column| json!({ "id": column.name, "type": ckan_type(column.column_type()) }))
        .collect();
    let records: Vec<BTreeMap<&str, Json>> = rows
        .records
        .iter()
        .map(|record| {
            let values = record.iter().map(to_json);
            rows.fields.iter().map(String::as_str).zip(values).collect()
        })
        .collect();
    Ok(json!({
        "resource_id": id, "fields": fields, "records": records, "total": rows.total, "limit": limit,
    }))
}

/// `filters` is an object of names and values, in a query string as JSON text.
fn filters(arguments: &Arguments) -> Result<Vec<Filter>, Failure> {
    let malformed = || Failure::validation("filters", "must be a JSON object of fields and single values");
    let object = match arguments.get("filters") {
        None => return Ok(Vec::new()),
        Some(Json::String(text)) if text.is_empty() => return Ok(Vec::new()),
        Some(Json::String(text)) => serde_json::from_str(text).map_err(|_| malformed())?,
        Some(other) => other.clone(),
    };
    let Json::Object(object) = object else {
        return Err(malformed());
    };
    object
        .into_iter()
        .map(|(field, value)| {
            let value = from_json(value).ok_or_else(malformed)?;
            Ok(Filter {
                field,
                op: Comparison::Eq,
                value,
            })
        })
        .collect()
}

/// `sort` in CKAN's syntax: `population desc, name`.
fn sort(arguments: &Arguments) -> Result<Vec<Sort>, Failure> {
    let names = arguments.names("sort")?;
    let sorts = names.iter().map(|part| {
        let (field, descending) = match part.rsplit_once(' ') {
            Some((field, "desc")) => (field, true),
            Some((field, "asc")) => (field, false),
            _ => (part.as_str(), false),
        };
        Sort {
            field: field.trim().to_owned(),
            descending,
        }
    });
    Ok(sorts.collect())
}

fn from_json(value: Json) -> Option<Value> {
    Some(match value {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Boolean(flag),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Integer(whole),
            None => Value::Number(number.as_f64()?),
        },
        Json::String(text) => Value::Text(text),
        Json::Array(_) | Json::Object(_) => return None,
    })
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(flag) => json!(flag),
        Value::Integer(number) => json!(number),
        Value::Number(number) => json!(number),
        Value::Text(text) => json!(text),
    }
}

/// The PostgreSQL types of CKAN's data store.
fn ckan_type(column: crate::open_data::column::ColumnType) -> &'static str {
    use crate::open_data::column::ColumnType;
    match column {
        ColumnType::Integer => "int8",
        ColumnType::Number => "float8",
        ColumnType::Boolean => "bool",
        ColumnType::Text => "text",
    }
}
