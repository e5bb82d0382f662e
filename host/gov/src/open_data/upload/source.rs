//! The rows of a file, whatever its form.

use std::borrow::Cow;

use super::cell::Cell;
use super::json::Items;
use super::records::{Records, RowFault, check};
use super::{Choice, FileFault, Format, Separator, check_names, sniff};

type Row<'t> = Result<Vec<Cell<'t>>, RowFault>;

/// A text, and how it is read.
pub(super) enum Source<'t> {
    Csv {
        separator: Separator,
        header_line: u32,
        /// The fields of the line that names the columns, or of the first row.
        first: Vec<Cow<'t, str>>,
        /// What follows the line of names.
        records: Records<'t>,
    },
    Json(Items<'t>),
}

impl<'t> Source<'t> {
    pub(super) fn of(text: &'t str, choice: &Choice) -> Result<Self, FileFault> {
        let format = choice
            .format
            .unwrap_or_else(|| match text.trim_start().chars().next() {
                Some('[' | '{') => Format::Json,
                _ => Format::Csv,
            });
        if format == Format::Json {
            return Ok(Self::Json(Items::of(text)?));
        }
        if text.trim_end_matches(['\r', '\n']).is_empty() {
            return Err(FileFault::Empty);
        }
        let sniffed = sniff::of(text, choice.separator);
        let header_line = choice.header_line.unwrap_or(sniffed.header_line);
        let line = u64::from(header_line.max(1));
        let missing = FileFault::Header { line };
        let from = Records::of(text, sniffed.separator.byte()).starting_at(line);
        let Some(mut records) = from else {
            return Err(missing);
        };
        let start = records.clone();
        let Some((_, Ok(first))) = records.next() else {
            return Err(missing);
        };
        Ok(Self::Csv {
            separator: sniffed.separator,
            header_line,
            first,
            records: if header_line == 0 { start } else { records },
        })
    }

    pub(super) fn format(&self) -> Format {
        match self {
            Self::Csv { .. } => Format::Csv,
            Self::Json(_) => Format::Json,
        }
    }

    pub(super) fn separator(&self) -> Option<Separator> {
        match self {
            Self::Csv { separator, .. } => Some(*separator),
            Self::Json(_) => None,
        }
    }

    pub(super) fn header_line(&self) -> u32 {
        match self {
            Self::Csv { header_line, .. } => *header_line,
            Self::Json(_) => 0,
        }
    }

    /// The names of the columns: `column_1` … where no line names them.
    pub(super) fn names(&self) -> Result<Vec<String>, FileFault> {
        let names = match self {
            Self::Csv {
                header_line: 0,
                first,
                ..
            } => (1..=first.len()).map(|place| format!("column_{place}")).collect(),
            Self::Csv { first, .. } => first.iter().map(|name| name.trim().to_owned()).collect(),
            Self::Json(items) => items.names().to_vec(),
        };
        check_names(names)
    }

    /// The rows with their lines, each with as many cells as there are columns.
    pub(super) fn rows(&self) -> Box<dyn Iterator<Item = (u64, Row<'t>)> + '_> {
        match self {
            Self::Csv { first, records, .. } => {
                let expected = first.len();
                let rows = records.clone();
                Box::new(
                    rows.map(move |(line, fields)| (line, fields.and_then(|fields| cells(fields, expected)))),
                )
            }
            Self::Json(items) => Box::new(items.rows()),
        }
    }
}

fn cells(fields: Vec<Cow<'_, str>>, expected: usize) -> Row<'_> {
    if fields.len() != expected {
        return Err(RowFault::Width {
            found: fields.len(),
            expected,
        });
    }
    fields
        .into_iter()
        .map(|text| {
            check(&text)?;
            Ok(Cell { text, is_text: false })
        })
        .collect()
}
