//! Files and records as versions of a data set.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::super::{ActionResult, Failure};
use super::Desk;
use super::body::Sent;
use crate::open_data::OpenData;
use crate::open_data::published::about::is_identifier;
use crate::open_data::published::file::{self, Kept, Writer};
use crate::open_data::published::{PublishError, Publisher, store};
use crate::open_data::upload::{Choice, FILE_BYTES_MAX, Format, Kind, Reading, Separator};

/// Publishes a file as the next version of a data set; nothing is left of one that is refused.
pub(super) async fn publish(
    open_data: &OpenData,
    publisher: &Publisher,
    dataset: &str,
    file: Kept,
    file_name: &str,
    choice: Choice,
) -> Result<Reading, Failure> {
    let drafted = open_data.draft(publisher, file, file_name, dataset).await;
    let draft = drafted.map_err(Failure::of_publishing)?;
    let published = async {
        let mut draft = draft.clone();
        if choice != Choice::default() {
            draft = open_data.correct(publisher, &draft.id, choice).await?;
        }
        open_data.publish(publisher, &draft.id).await?;
        draft.reading.map_err(PublishError::Unread)
    };
    match published.await {
        Ok(reading) => Ok(reading),
        Err(error) => {
            // The file is in the client's hands; here it goes at once.
            if let Err(left) = open_data.discard(publisher, &draft.id).await {
                tracing::warn!(
                    error = &left as &dyn std::error::Error,
                    "open-data: a draft stays"
                );
            }
            Err(Failure::of_publishing(error))
        }
    }
}

impl Desk<'_> {
    /// `datastore_create`: the records are all rows.
    pub(super) async fn datastore_create(&self, sent: &Sent) -> ActionResult {
        let id = match sent.get("resource") {
            Some(resource) => match resource.get("package_id").and_then(Json::as_str) {
                Some(id) if is_identifier(id) => id,
                Some(_) => return Err(Failure::NotFound),
                None => return Err(Failure::validation("resource", "needs `package_id`")),
            },
            None => sent.required(["resource_id", "id"])?,
        };
        let records = records(sent)?;
        let mut kinds = BTreeMap::new();
        let mut names = Vec::new();
        for field in sent.get("fields").and_then(Json::as_array).into_iter().flatten() {
            let Some(name) = field.get("id").and_then(Json::as_str) else {
                return Err(Failure::validation("fields", "each needs an `id`"));
            };
            names.push(name.to_owned());
            if let Some(kind) = field.get("type").and_then(Json::as_str) {
                let kind = kind_of(kind).ok_or_else(|| {
                    Failure::validation(
                        "fields",
                        format!("`{kind}` is not one of `text`, `int`, `float`, `bool`, `date`"),
                    )
                })?;
                kinds.insert(name.to_owned(), kind);
            }
        }
        // The named fields first and in their order, whatever a record gives first.
        let ordered = records.iter().map(|record| {
            let all = names
                .iter()
                .map(|name| (name.as_str(), record.get(name).unwrap_or(&Json::Null)));
            let others = record.iter().filter(|(name, _)| !names.contains(name));
            pairs(all.chain(others.map(|(name, value)| (name.as_str(), value))))
        });
        let content = format!("[{}]", ordered.collect::<Vec<_>>().join(","));
        let choice = Choice {
            format: Some(Format::Json),
            kinds,
            ..Choice::default()
        };
        self.store(id, content.as_bytes(), "records.json", choice).await
    }

    /// `datastore_upsert`: the records are added behind the rows that are there.
    pub(super) async fn datastore_upsert(&self, sent: &Sent) -> ActionResult {
        let id = sent.required(["resource_id", "id"])?;
        if sent.text("method")? != Some("insert") {
            return Err(Failure::validation(
                "method",
                "must be `insert`: rows have no key here; `datastore_create` replaces all of them",
            ));
        }
        let records = records(sent)?;
        self.open_data
            .own_set(&self.publisher, id)
            .await
            .map_err(Failure::of_publishing)?;
        let platform = self.open_data.platform();
        let last = async {
            let mut reader = platform.db.reader().await?;
            Ok(store::versions(&mut reader, id).await?.into_iter().next())
        };
        let last = last
            .await
            .map_err(|error| Failure::of_publishing(PublishError::Db(error)))?;
        let last = last
            .filter(|last| !last.file.is_empty())
            .ok_or(Failure::NotFound)?;
        let content = file::content(&platform.db, &last.file).await;
        let mut content = content.map_err(|error| Failure::of_publishing(PublishError::Db(error)))?;
        let columns = &last.reading.columns;
        let mut writer = csv::Writer::from_writer(&mut content);
        for record in &records {
            if let Some(other) = record
                .keys()
                .find(|name| columns.iter().all(|column| column.name != **name))
            {
                return Err(Failure::validation(
                    "records",
                    format!("`{other}` is not a column"),
                ));
            }
            let row = columns.iter().map(|column| text(record.get(&column.name)));
            let row = row.collect::<Option<Vec<_>>>();
            let row = row.ok_or_else(|| Failure::validation("records", "a value is a list or an object"))?;
            writer.write_record(&row).map_err(|_| Failure::Unavailable)?;
        }
        writer.flush().map_err(|_| Failure::Unavailable)?;
        drop(writer);
        let choice = Choice {
            format: Some(Format::Csv),
            separator: Some(Separator::Comma),
            header_line: Some(1),
            kinds: columns
                .iter()
                .map(|column| (column.name.clone(), kind_of_published(column.kind)))
                .collect(),
            ..Choice::default()
        };
        self.store(id, &content, &last.file_name, choice).await
    }

    async fn store(&self, id: &str, content: &[u8], name: &str, choice: Choice) -> ActionResult {
        let begun = Writer::begin(
            self.open_data.platform(),
            &self.publisher.organisation,
            FILE_BYTES_MAX,
        )
        .await;
        let mut writer = begun.map_err(Failure::of_publishing)?;
        writer.push(content).await.map_err(Failure::of_publishing)?;
        let kept = writer.finish().await.map_err(Failure::of_publishing)?;
        let reading = publish(self.open_data, &self.publisher, id, kept, name, choice).await?;
        let fields = reading.columns.iter().map(|column| {
            let kind = super::super::datastore::ckan_type(column.kind.column_type());
            json!({ "id": column.name, "type": kind })
        });
        Ok(json!({
            "resource_id": id,
            "fields": fields.collect::<Vec<_>>(),
            "total": reading.rows_count,
            "method": "insert",
        }))
    }
}

fn records(sent: &Sent) -> Result<Vec<Map<String, Json>>, Failure> {
    let malformed = || Failure::validation("records", "must be a list of objects with at least one");
    let records = sent
        .get("records")
        .and_then(Json::as_array)
        .ok_or_else(malformed)?;
    let records: Option<Vec<_>> = records.iter().map(|record| record.as_object().cloned()).collect();
    records
        .filter(|records| !records.is_empty())
        .ok_or_else(malformed)
}

/// An object with its names in this order.
fn pairs<'j>(fields: impl Iterator<Item = (&'j str, &'j Json)>) -> String {
    let pairs = fields.map(|(name, value)| format!("{}:{value}", json!(name)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}

fn text(value: Option<&Json>) -> Option<String> {
    match value {
        None | Some(Json::Null) => Some(String::new()),
        Some(Json::String(text)) => Some(text.clone()),
        Some(Json::Array(_) | Json::Object(_)) => None,
        Some(other) => Some(other.to_string()),
    }
}

/// The type of PostgreSQL that CKAN's clients name.
fn kind_of(name: &str) -> Option<Kind> {
    Some(match name {
        "text" => Kind::Text,
        "int" | "int4" | "int8" | "integer" | "bigint" => Kind::Integer,
        "float" | "float8" | "numeric" => Kind::Number,
        "bool" | "boolean" => Kind::Boolean,
        "date" => Kind::Date,
        _ => return None,
    })
}

/// How a published file writes a column: dates and numbers have one form there.
fn kind_of_published(kind: Kind) -> Kind {
    match kind {
        Kind::DecimalComma => Kind::Number,
        Kind::DateWithDots => Kind::Date,
        Kind::Text | Kind::Integer | Kind::Number | Kind::Boolean | Kind::Date => kind,
    }
}
