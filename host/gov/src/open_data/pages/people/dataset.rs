//! The page of a data set: what it is, its files, their columns, a chart and the first rows.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::chart::Chart;
use super::value::shown;
use crate::open_data::column::{Column, ColumnType};
use crate::open_data::licence::{self, Licence};
use crate::open_data::pages::OpenDataText;
use crate::open_data::table::Table;
use crate::open_data::{Dataset, Distribution, OpenData, Query, Rows};
use crate::text::Locale;
use crate::web::{Html, OrMissing as _, PageContext, PageError, date};

/// Rows of the preview.
const PREVIEW_ROWS: u32 = 10;

#[derive(Template)]
#[template(path = "open_data/dataset.html")]
struct DatasetPage {
    context: PageContext,
    text: &'static OpenDataText,
    dataset: Dataset,
    files: Vec<File>,
}

struct File {
    id: String,
    rows_count: u32,
    size: String,
    sha256: String,
    columns: Vec<ColumnLine>,
    chart: Option<Chart>,
    preview: Vec<Vec<Cell>>,
}

struct ColumnLine {
    name: String,
    kind: ColumnType,
    distinct: u32,
    is_number: bool,
}

struct Cell {
    column: String,
    text: String,
    is_number: bool,
}

impl DatasetPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn issued(&self) -> String {
        date(self.dataset.issued)
    }

    fn modified(&self) -> String {
        date(self.dataset.modified)
    }

    fn licence(&self) -> Licence<'_> {
        licence::of(&self.dataset.license)
    }

    fn themes(&self) -> String {
        let themes = self.dataset.theme.iter().map(|code| self.text.themes.get(code));
        themes.collect::<Vec<_>>().join("; ")
    }
}

/// `GET /{lang}/open-data/{identifier}`
pub(super) async fn show(
    context: PageContext,
    State(open_data): State<OpenData>,
    Path((_, identifier)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let dataset = open_data.catalogue().dataset(&identifier).cloned();
    let dataset = dataset.or_missing(&context)?;
    let mut files = Vec::with_capacity(dataset.distribution.len());
    for distribution in &dataset.distribution {
        let query = Query {
            limit: PREVIEW_ROWS,
            ..Query::default()
        };
        // The only fault of such a query is that the platform stops.
        let rows = open_data.rows(&distribution.id, query).await;
        let table = open_data.table(&distribution.id).await;
        let stopped = || PageError::new(context.clone(), StatusCode::SERVICE_UNAVAILABLE);
        let (rows, table) = (rows.map_err(|_| stopped())?, table.map_err(|_| stopped())?);
        files.push(file(&table, distribution, &rows, context.lang));
    }
    Ok(Html(DatasetPage {
        text: OpenDataText::of(context.lang),
        context,
        dataset,
        files,
    })
    .into_response())
}

fn file(table: &Table, distribution: &Distribution, rows: &Rows, lang: Locale) -> File {
    let columns: Vec<ColumnLine> = table.columns().iter().map(line).collect();
    let preview = rows.records.iter().map(|record| {
        let cells = record.iter().zip(&columns).map(|(value, column)| Cell {
            column: column.name.clone(),
            text: shown(value),
            is_number: column.is_number,
        });
        cells.collect()
    });
    File {
        id: distribution.id.clone(),
        rows_count: table.rows_count(),
        size: size(distribution.byte_size.unwrap_or(0), lang),
        sha256: distribution.sha256.clone().unwrap_or_default(),
        chart: Chart::of(table, lang),
        preview: preview.collect(),
        columns,
    }
}

fn line(column: &Column) -> ColumnLine {
    let kind = column.column_type();
    ColumnLine {
        name: column.name.clone(),
        kind,
        // Code 0 means no value.
        distinct: column.codes_end().saturating_sub(1),
        is_number: matches!(kind, ColumnType::Integer | ColumnType::Number),
    }
}

/// `13,2 KB`, in English `13.2 KB`.
fn size(bytes: u64, lang: Locale) -> String {
    let tenths = |unit: u64| {
        let tenths = bytes.saturating_mul(10).div_ceil(unit);
        let mark = if lang == Locale::En { '.' } else { ',' };
        format!("{}{mark}{}", tenths / 10, tenths % 10)
    };
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", tenths(1_000)),
        _ => format!("{} MB", tenths(1_000_000)),
    }
}
