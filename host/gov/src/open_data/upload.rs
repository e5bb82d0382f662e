//! The reading of a publisher's file: what it holds under which encoding, separator, line of names and types. It is shown
//! before anything is published, with each row that cannot be read, and the publisher corrects it or the file.
//!
//! Nothing is repaired: a row that is not RFC 4180, or whose value is not of its column's type, is a bad row with its
//! line and the reason, and a file with a bad row is not published. What is published is the file's values in one form
//! (UTF-8, commas, names in the first line), which [`write()`] makes.

mod cell;
pub mod encoding;
mod json;
pub mod kind;
mod records;
mod sniff;
mod source;

use std::collections::BTreeMap;
use std::io::Write;

pub use encoding::Encoding;
use kind::Guess;
pub use kind::Kind;
pub use records::RowFault;
use source::Source;

use super::column::ColumnType;
use super::reading::TABLE_COLUMNS_MAX;
use crate::shown::ShownText;

/// The largest file, in bytes.
pub const FILE_BYTES_MAX: u64 = 64 << 20;
/// The most rows of a published file.
pub const ROWS_MAX: u32 = 2_000_000;
/// The most cells of a published file: what it takes in memory grows with them.
pub const CELLS_MAX: u64 = 20_000_000;
/// The longest cell, in bytes; spreadsheets allow as many characters.
pub const CELL_BYTES_MAX: usize = 32_767;
/// The longest name of a column, in characters.
pub const COLUMN_NAME_CHARS_MAX: usize = 100;
/// Bad rows that a reading lists; the others are counted.
pub const BAD_ROWS_LISTED_MAX: usize = 100;
/// First rows that a reading shows.
pub const FIRST_ROWS: usize = 10;
/// What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection").
const FORMULA_BEGINS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Format {
    Csv,
    /// An array of objects whose values are not nested.
    Json,
}

/// What separates the fields of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Separator {
    Comma,
    Semicolon,
    Tab,
    Bar,
}

crate::coded!(Format, Separator);

impl Separator {
    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Bar => b'|',
        }
    }
}

/// What the publisher says about a file. What is absent is guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Choice {
    pub format: Option<Format>,
    pub encoding: Option<Encoding>,
    pub separator: Option<Separator>,
    /// The line that names the columns, counted from 1; 0 if none does.
    pub header_line: Option<u32>,
    /// Types by the name of the column.
    pub kinds: BTreeMap<String, Kind>,
}

/// How a file is read, and what of it cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reading {
    pub format: Format,
    pub encoding: Encoding,
    /// `None` for JSON.
    pub separator: Option<Separator>,
    /// As in [`Choice`]; 0 for JSON.
    pub header_line: u32,
    pub columns: Vec<ColumnReading>,
    /// Rows that can be read.
    pub rows_count: u32,
    /// The first [`BAD_ROWS_LISTED_MAX`] that cannot.
    pub bad: Vec<BadRow>,
    pub bad_count: u32,
    /// The first [`FIRST_ROWS`], as they will be published.
    pub first: Vec<Vec<String>>,
    /// Cells of text that a spreadsheet would take for a formula.
    pub formulas_count: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ColumnReading {
    pub name: String,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BadRow {
    /// Where the row begins, counted from 1.
    pub line: u64,
    pub fault: RowFault,
}

/// Why a file has no reading at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum FileFault {
    #[error("the file has no row; upload one that has")]
    Empty,
    #[error("line {line} is not text in this encoding; choose another one")]
    Encoding { line: u64 },
    #[error("line {line} begins a document in HTML or XML; upload a table")]
    Markup { line: u64 },
    #[error("the file is not JSON from line {line} on; correct it there")]
    Json { line: u64 },
    #[error("the file is not an array of objects; send `[{{…}}, {{…}}]`")]
    JsonShape,
    #[error("the file has no line {line}, which should name the columns; say another one")]
    Header { line: u64 },
    #[error(
        "column {place} has no name, a name of more than {COLUMN_NAME_CHARS_MAX} characters, or one with characters that \
         readers cannot see; correct the line of names"
    )]
    ColumnName { place: usize },
    #[error("two columns are called `{name}`; give each a name of its own")]
    ColumnTwice { name: String },
    #[error("the file has {found} columns; at most {TABLE_COLUMNS_MAX} are allowed")]
    Columns { found: usize },
    #[error("the file has more than {ROWS_MAX} rows or {CELLS_MAX} cells; publish it in parts")]
    TooManyRows,
}

/// Reads a file as the publisher says.
///
/// # Errors
/// [`FileFault`].
pub fn read(file: &[u8], choice: &Choice) -> Result<Reading, FileFault> {
    let encoding = choice.encoding.unwrap_or_else(|| Encoding::guess(file));
    let text = encoding.decode(file)?;
    let source = Source::of(&text, choice)?;
    let names = source.names()?;
    let mut guesses = vec![Guess::default(); names.len()];
    let mut cells = 0_u64;
    for (_, row) in source.rows() {
        for (guess, cell) in guesses.iter_mut().zip(row.iter().flatten()) {
            guess.see(cell);
        }
        cells = cells.saturating_add(u64::try_from(names.len()).unwrap_or(u64::MAX));
        let rows = cells / u64::try_from(names.len().max(1)).unwrap_or(1);
        if cells > CELLS_MAX || rows > u64::from(ROWS_MAX) {
            return Err(FileFault::TooManyRows);
        }
    }
    let said = |name: &str| choice.kinds.get(name).copied();
    let columns: Vec<ColumnReading> = names
        .into_iter()
        .zip(guesses)
        .map(|(name, guess)| ColumnReading {
            kind: said(&name).unwrap_or_else(|| guess.kind()),
            name,
        })
        .collect();
    let mut reading = Reading {
        format: source.format(),
        encoding,
        separator: source.separator(),
        header_line: source.header_line(),
        columns,
        rows_count: 0,
        bad: Vec::new(),
        bad_count: 0,
        first: Vec::new(),
        formulas_count: 0,
    };
    for (line, row) in source.rows() {
        match row.and_then(|row| values(&row, &reading.columns)) {
            Ok(values) => {
                reading.rows_count = reading.rows_count.saturating_add(1);
                reading.formulas_count = reading
                    .formulas_count
                    .saturating_add(formulas(&values, &reading.columns));
                if reading.first.len() < FIRST_ROWS {
                    reading.first.push(values.into_iter().map(Into::into).collect());
                }
            }
            Err(fault) => {
                reading.bad_count = reading.bad_count.saturating_add(1);
                if reading.bad.len() < BAD_ROWS_LISTED_MAX {
                    reading.bad.push(BadRow { line, fault });
                }
            }
        }
    }
    if reading.rows_count == 0 && reading.bad_count == 0 {
        return Err(FileFault::Empty);
    }
    Ok(reading)
}

/// A cell's text as it is published.
type Published<'t> = std::borrow::Cow<'t, str>;

/// The values of a row, as they are published.
fn values<'t>(row: &[cell::Cell<'t>], columns: &[ColumnReading]) -> Result<Vec<Published<'t>>, RowFault> {
    row.iter()
        .zip(columns)
        .map(|(cell, column)| {
            column.kind.published(&cell.text).ok_or_else(|| RowFault::Value {
                column: column.name.clone(),
                kind: column.kind,
                value: records::echo(&cell.text),
            })
        })
        .collect()
}

fn formulas(values: &[Published<'_>], columns: &[ColumnReading]) -> u32 {
    let found = values.iter().zip(columns).filter(|(value, column)| {
        column.kind.column_type() == ColumnType::Text && value.starts_with(FORMULA_BEGINS)
    });
    u32::try_from(found.count()).unwrap_or(u32::MAX)
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error(transparent)]
    Fault(#[from] FileFault),
    #[error("the row of line {} is bad", .0.line)]
    Bad(BadRow),
    #[error("the table could not be written")]
    Csv(#[from] csv::Error),
    #[error("the table could not be written")]
    Io(#[from] std::io::Error),
}

/// Writes the values of a file that was read as `reading`: UTF-8, commas, the names of the columns in the first line.
///
/// # Errors
/// [`WriteError::Bad`] at the first bad row.
pub fn write(file: &[u8], reading: &Reading, to: impl Write) -> Result<(), WriteError> {
    let text = reading.encoding.decode(file)?;
    let source = Source::of(&text, &reading.as_choice())?;
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(reading.columns.iter().map(|column| &column.name))?;
    for (line, row) in source.rows() {
        let row = row.and_then(|row| values(&row, &reading.columns));
        let row = row.map_err(|fault| WriteError::Bad(BadRow { line, fault }))?;
        writer.write_record(row.iter().map(|value| value.as_bytes()))?;
    }
    Ok(writer.flush()?)
}

impl Reading {
    /// The choice that leads to this reading.
    pub fn as_choice(&self) -> Choice {
        Choice {
            format: Some(self.format),
            encoding: Some(self.encoding),
            separator: self.separator,
            header_line: Some(self.header_line),
            kinds: self
                .columns
                .iter()
                .map(|column| (column.name.clone(), column.kind))
                .collect(),
        }
    }
}

/// Checks the names of columns.
fn check_names(names: Vec<String>) -> Result<Vec<String>, FileFault> {
    if names.len() > TABLE_COLUMNS_MAX {
        return Err(FileFault::Columns { found: names.len() });
    }
    let mut seen = std::collections::HashSet::new();
    for (place, name) in (1..).zip(&names) {
        ShownText::parse(name, COLUMN_NAME_CHARS_MAX).map_err(|_| FileFault::ColumnName { place })?;
        if !seen.insert(name) {
            return Err(FileFault::ColumnTwice { name: name.clone() });
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests;
