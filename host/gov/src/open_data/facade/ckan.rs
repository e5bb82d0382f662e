//! The reading actions of the CKAN API (version 3): the same answers for every CKAN client.
//!
//! Arguments come in the query string or, as CKAN's own clients send them, as a JSON object in a `POST`.
//! `package_search` takes `q`, `start` and `rows`; `datastore_search` takes `resource_id`, `fields`,
//! `filters` (equality; several values of one field are not supported), `sort`, `offset` and `limit`. An
//! argument that would change the answer and is not understood is refused: a client would take the rest
//! for the answer.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value as Json, json};

use crate::clock::Timestamp;
use crate::error::GovError;
use crate::open_data::query::LIMIT_ROWS_MAX;
use crate::open_data::search::{self, SEARCH_ROWS_MAX};
use crate::open_data::{Comparison, Dataset, Filter, OpenData, Query, SearchQuery, Sort, Value};

/// Results where the caller does not say how many (CKAN's own defaults).
const SEARCH_ROWS: u32 = 10;
const DATASTORE_ROWS: u32 = 100;

/// Why an action does not answer, as CKAN's clients know it.
enum Failure {
    NotFound,
    Validation { field: String, message: String },
    Unavailable,
}

type Answer = Result<Json, Failure>;

impl Failure {
    fn of(error: GovError, field: &'static str) -> Self {
        match error {
            GovError::NotFound => Self::NotFound,
            GovError::InvalidRequest(problem) => Self::Validation {
                field: field.to_owned(),
                message: problem.detail,
            },
            _ => Self::Unavailable,
        }
    }

    fn validation(field: &str, message: impl Into<String>) -> Self {
        Self::Validation {
            field: field.to_owned(),
            message: message.into(),
        }
    }
}

fn respond(answer: Answer) -> Response {
    let (status, body) = match answer {
        Ok(result) => (StatusCode::OK, json!({ "success": true, "result": result })),
        Err(failure) => {
            let (status, error) = match failure {
                Failure::NotFound => (
                    StatusCode::NOT_FOUND,
                    json!({ "__type": "Not Found Error", "message": "Not found" }),
                ),
                Failure::Validation { field, message } => (
                    StatusCode::CONFLICT,
                    json!({ "__type": "Validation Error", field: [message] }),
                ),
                Failure::Unavailable => (
                    StatusCode::SERVICE_UNAVAILABLE,
                    json!({ "__type": "Unavailable", "message": "retry later" }),
                ),
            };
            (status, json!({ "success": false, "error": error }))
        }
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (status, headers, body.to_string()).into_response()
}

/// An action's arguments.
struct Arguments(Map<String, Json>);

impl Arguments {
    fn read(query: Option<&str>, body: &[u8]) -> Result<Self, Failure> {
        let mut arguments: Map<String, Json> =
            url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
                .map(|(name, value)| (name.into_owned(), Json::String(value.into_owned())))
                .collect();
        if !body.is_empty() {
            match serde_json::from_slice(body) {
                Ok(Json::Object(object)) => arguments.extend(object),
                _ => return Err(Failure::validation("message", "the body is no JSON object")),
            }
        }
        Ok(Self(arguments))
    }

    /// Refuses every argument but those of `known` and, with the value that is ours anyway, those of
    /// `fixed`. Nothing asks for nothing.
    fn only(self, known: &[&str], fixed: &[(&str, &str)]) -> Result<Self, Failure> {
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

    fn text(&self, name: &'static str) -> Result<Option<&str>, Failure> {
        match self.0.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(Failure::validation(name, "must be text")),
        }
    }

    fn required(&self, name: &'static str) -> Result<&str, Failure> {
        self.text(name)?
            .ok_or_else(|| Failure::validation(name, "Missing value"))
    }

    fn number(&self, name: &'static str, default: u32) -> Result<u32, Failure> {
        let number = match self.0.get(name) {
            None | Some(Json::Null) => return Ok(default),
            Some(Json::String(text)) => text.parse().ok(),
            Some(Json::Number(number)) => number.as_u64().and_then(|number| number.try_into().ok()),
            Some(_) => None,
        };
        number.ok_or_else(|| Failure::validation(name, "must be a whole number"))
    }

    /// A list of names: as JSON, or separated by commas.
    fn names(&self, name: &'static str) -> Result<Vec<String>, Failure> {
        match self.0.get(name) {
            None | Some(Json::Null) => Ok(Vec::new()),
            Some(Json::String(text)) => Ok(text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()),
            Some(Json::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(|| Failure::validation(name, "must be a list of names")),
            Some(_) => Err(Failure::validation(name, "must be a list of names")),
        }
    }
}

/// What `package_search` and `package_show` do in any case.
const PACKAGES_FIXED: [(&str, &str); 5] = [
    ("facet", "false"),
    ("include_drafts", "false"),
    ("include_private", "false"),
    ("include_tracking", "false"),
    ("use_default_schema", "false"),
];
/// What `datastore_search` does in any case.
const ROWS_FIXED: [(&str, &str); 4] = [
    ("distinct", "false"),
    ("include_total", "true"),
    ("plain", "true"),
    ("records_format", "objects"),
];

/// `package_search`
pub(super) async fn package_search(
    State(open_data): State<OpenData>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let arguments = Arguments::read(query.as_deref(), &body);
    respond(arguments.and_then(|arguments| {
        let arguments = arguments.only(&["q", "start", "rows"], &PACKAGES_FIXED)?;
        search_packages(&open_data, &arguments)
    }))
}

fn search_packages(open_data: &OpenData, arguments: &Arguments) -> Answer {
    let text = arguments.text("q")?.unwrap_or_default();
    let wanted = SearchQuery {
        // `*:*` is how CKAN's clients ask for everything.
        text: if text == "*:*" {
            String::new()
        } else {
            text.to_owned()
        },
        start: arguments.number("start", 0)?,
        rows: arguments.number("rows", SEARCH_ROWS)?.min(SEARCH_ROWS_MAX),
        ..SearchQuery::default()
    };
    let page = search::run(open_data.catalogue(), &wanted).map_err(|error| Failure::of(error, "q"))?;
    let results: Vec<_> = page.results.iter().map(package).collect();
    Ok(json!({ "count": page.count, "results": results }))
}

/// `package_show`
pub(super) async fn package_show(
    State(open_data): State<OpenData>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    let arguments = Arguments::read(query.as_deref(), &body);
    respond(arguments.and_then(|arguments| {
        let arguments = arguments.only(&["id"], &PACKAGES_FIXED)?;
        let dataset = open_data.catalogue().dataset(arguments.required("id")?);
        dataset.map(package).ok_or(Failure::NotFound)
    }))
}

/// `datastore_search`
pub(super) async fn datastore_search(
    State(open_data): State<OpenData>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Response {
    const KNOWN: [&str; 6] = ["resource_id", "fields", "filters", "sort", "offset", "limit"];
    let arguments = Arguments::read(query.as_deref(), &body);
    let answer = match arguments.and_then(|arguments| arguments.only(&KNOWN, &ROWS_FIXED)) {
        Ok(arguments) => search_rows(&open_data, &arguments).await,
        Err(failure) => Err(failure),
    };
    respond(answer)
}

async fn search_rows(open_data: &OpenData, arguments: &Arguments) -> Answer {
    let id = arguments.required("resource_id")?;
    let limit = arguments.number("limit", DATASTORE_ROWS)?.min(LIMIT_ROWS_MAX);
    let query = Query {
        fields: arguments.names("fields")?,
        filters: filters(arguments)?,
        sort: sort(arguments)?,
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
    let object = match arguments.0.get("filters") {
        None | Some(Json::Null) => return Ok(Vec::new()),
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

/// `sort` as CKAN writes it: `population desc, name`.
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

/// The PostgreSQL types that CKAN's data store speaks of.
fn ckan_type(column: crate::open_data::column::ColumnType) -> &'static str {
    use crate::open_data::column::ColumnType;
    match column {
        ColumnType::Integer => "int8",
        ColumnType::Number => "float8",
        ColumnType::Boolean => "bool",
        ColumnType::Text => "text",
    }
}

/// A data set as CKAN knows it.
fn package(dataset: &Dataset) -> Json {
    let moment = |at: Timestamp| at.to_jiff().map(|at| at.to_string());
    let resources: Vec<_> = dataset
        .distribution
        .iter()
        .map(|distribution| {
            json!({
                "id": distribution.id,
                "package_id": dataset.identifier,
                "name": distribution.title.as_ref().map(|title| &title.az),
                "url": distribution.access_url,
                "format": "CSV",
                "mimetype": distribution.media_type,
                "size": distribution.byte_size,
                "hash": distribution.sha256.as_ref().map(|sha256| format!("sha256:{sha256}")),
                "datastore_active": true,
            })
        })
        .collect();
    json!({
        "id": dataset.identifier,
        "name": dataset.identifier,
        "title": dataset.title.az,
        "title_translated": dataset.title,
        "notes": dataset.description.az,
        "notes_translated": dataset.description,
        "author": dataset.publisher,
        "license_id": dataset.license,
        "groups": dataset.theme.iter().map(|code| json!({ "name": code.to_lowercase() })).collect::<Vec<_>>(),
        "tags": dataset.keyword.iter().map(|word| json!({ "name": word })).collect::<Vec<_>>(),
        "metadata_created": moment(dataset.issued),
        "metadata_modified": moment(dataset.modified),
        "type": "dataset",
        "state": "active",
        "private": false,
        "num_resources": resources.len(),
        "resources": resources,
    })
}
