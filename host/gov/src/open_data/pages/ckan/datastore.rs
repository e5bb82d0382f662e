//! `datastore_search`: rows of a table.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::arguments::Arguments;
use super::{ActionResult, Failure};
use crate::open_data::column::ColumnType;
use crate::open_data::query::{AnyOf, LIMIT_ROWS_MAX, Words};
use crate::open_data::table::Table;
use crate::open_data::{OpenData, Query, Rows, Sort, Value};

/// The default number of rows (CKAN's own).
const ROWS: u32 = 100;
/// Arguments with a single supported value.
const FIXED: [(&str, &str); 1] = [("plain", "true")];

pub(super) async fn search(open_data: &OpenData, arguments: Arguments) -> ActionResult {
    const KNOWN: [&str; 11] = [
        "resource_id",
        "id",
        "fields",
        "filters",
        "q",
        "distinct",
        "sort",
        "offset",
        "limit",
        "include_total",
        "records_format",
    ];
    let arguments = arguments.only(&KNOWN, &FIXED)?;
    let id = arguments.one_of(["resource_id", "id"])?;
    let limit = arguments.number("limit", ROWS)?.min(LIMIT_ROWS_MAX);
    let include_total = arguments.flag("include_total", true)?;
    let format = Format::of(&arguments)?;
    let query = Query {
        fields: arguments.names("fields")?,
        any_of: filters(&arguments)?,
        words: words(&arguments)?,
        distinct: arguments.flag("distinct", false)?,
        sort: sort(&arguments)?,
        offset: arguments.number("offset", 0)?,
        limit,
        ..Query::default()
    };
    let table = open_data.table(id).await;
    let table = table.map_err(|error| Failure::of(error, "resource_id"))?;
    let rows = open_data
        .rows(id, query)
        .await
        .map_err(|error| Failure::of(error, "query"))?;
    let mut answer = json!({
        "resource_id": id,
        "fields": fields(&table, &rows),
        "records_format": format.name(),
        "records": format.records(&rows)?,
        "limit": limit,
        "include_total": include_total,
    });
    if include_total && let Some(answer) = answer.as_object_mut() {
        answer.insert("total".to_owned(), json!(rows.total));
        answer.insert("total_was_estimated".to_owned(), json!(false));
    }
    Ok(answer)
}

fn fields(table: &Table, rows: &Rows) -> Json {
    let columns = rows.fields.iter().filter_map(|name| table.column(name));
    let described =
        columns.map(|column| json!({ "id": column.name, "type": ckan_type(column.column_type()) }));
    described.collect()
}

/// The form of records.
#[derive(Clone, Copy)]
enum Format {
    Objects,
    Lists,
    /// Text whose fields are separated by this byte, without a line of names.
    Separated(u8),
}

impl Format {
    fn of(arguments: &Arguments) -> Result<Self, Failure> {
        match arguments.text("records_format")?.unwrap_or_default() {
            "" | "objects" => Ok(Self::Objects),
            "lists" => Ok(Self::Lists),
            "csv" => Ok(Self::Separated(b',')),
            "tsv" => Ok(Self::Separated(b'\t')),
            _ => Err(Failure::validation(
                "records_format",
                "is one of `objects`, `lists`, `csv`, `tsv`",
            )),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Lists => "lists",
            Self::Separated(b',') => "csv",
            Self::Separated(_) => "tsv",
        }
    }

    fn records(self, rows: &Rows) -> ActionResult {
        let values = |record: &[Value]| -> Vec<Json> { record.iter().map(|value| json!(value)).collect() };
        Ok(match self {
            Self::Objects => {
                let names = || rows.fields.iter().map(String::as_str);
                let object = |record: &Vec<Value>| names().zip(values(record)).collect();
                let objects: Vec<BTreeMap<&str, Json>> = rows.records.iter().map(object).collect();
                json!(objects)
            }
            Self::Lists => rows.records.iter().map(|record| values(record)).collect(),
            Self::Separated(separator) => {
                let mut writer = csv::WriterBuilder::new()
                    .delimiter(separator)
                    .from_writer(Vec::new());
                for record in &rows.records {
                    writer
                        .write_record(record.iter().map(to_text))
                        .map_err(|_| Failure::Unavailable)?;
                }
                let bytes = writer.into_inner().map_err(|_| Failure::Unavailable)?;
                json!(String::from_utf8_lossy(&bytes))
            }
        })
    }
}

/// `filters` is an object of names and values or lists of values, in a query string as JSON text.
fn filters(arguments: &Arguments) -> Result<Vec<AnyOf>, Failure> {
    let malformed = || {
        Failure::validation(
            "filters",
            "must be a JSON object of fields and values or lists of values",
        )
    };
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
            let values = match value {
                Json::Array(values) => values,
                single => vec![single],
            };
            let values = values.into_iter().map(from_json).collect::<Option<_>>();
            Ok(AnyOf {
                field,
                values: values.ok_or_else(malformed)?,
            })
        })
        .collect()
}

/// `q`: words of any column, or an object of columns and words.
fn words(arguments: &Arguments) -> Result<Vec<Words>, Failure> {
    let malformed = || Failure::validation("q", "must be words, or a JSON object of fields and words");
    let object = match arguments.get("q") {
        None => return Ok(Vec::new()),
        Some(Json::String(text)) if text.trim_start().starts_with('{') => {
            serde_json::from_str(text).map_err(|_| malformed())?
        }
        Some(Json::String(text)) => {
            let text = text.clone();
            return Ok(vec![Words { field: None, text }]);
        }
        Some(other) => other.clone(),
    };
    let Json::Object(object) = object else {
        return Err(malformed());
    };
    let words = object.into_iter().map(|(field, text)| match text {
        Json::String(text) => Ok(Words {
            field: Some(field),
            text,
        }),
        _ => Err(malformed()),
    });
    words.collect()
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

fn to_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
    }
}

/// The PostgreSQL types of CKAN's data store.
pub(super) fn ckan_type(column: ColumnType) -> &'static str {
    match column {
        ColumnType::Integer => "int8",
        ColumnType::Number => "float8",
        ColumnType::Boolean => "bool",
        ColumnType::Text => "text",
    }
}
