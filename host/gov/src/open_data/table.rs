//! The rows of one distribution, read from its CSV file into columns.

use super::column::{Column, ColumnBuilder, ColumnType};
use super::language::Language;
use super::reading::{self, Fault, TABLE_COLUMNS_MAX};

pub const TABLE_ROWS_MAX: u32 = 16_000_000;

#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The CSV reader disagrees with [`reading`].
    #[error("the CSV reader does not read it")]
    Csv(#[from] csv::Error),
    #[error("its first line names no columns")]
    NoColumns,
    #[error("its first line names column `{0}` twice, or leaves a name empty")]
    ColumnName(String),
    #[error("it has more than {TABLE_ROWS_MAX} rows or {TABLE_COLUMNS_MAX} columns")]
    TooLarge,
}

/// A table, complete and immutable.
#[derive(Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows_count: u32,
}

impl Table {
    /// Reads a CSV file whose first line names the columns. `separator` separates its fields; if it is `None`,
    /// [`reading::separator`] finds it. `language` is the alphabet of a column's text.
    pub fn read(
        file: &[u8],
        separator: Option<u8>,
        language: impl Fn(&str) -> Language,
    ) -> Result<Self, TableError> {
        let text = reading::text(file)?;
        let separator = reading::separator(text, separator)?;
        Self::of(text, separator, None, language)
    }

    /// Reads a file that the platform wrote: UTF-8, commas, columns of these types.
    pub fn published(
        file: &[u8],
        types: Vec<ColumnType>,
        language: impl Fn(&str) -> Language,
    ) -> Result<Self, TableError> {
        let text = std::str::from_utf8(file).map_err(|_| Fault::Encoding { line: 1 })?;
        Self::of(text, b',', Some(types), language)
    }

    fn of(
        text: &str,
        separator: u8,
        types: Option<Vec<ColumnType>>,
        language: impl Fn(&str) -> Language,
    ) -> Result<Self, TableError> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .from_reader(text.as_bytes());
        let header = reader.headers()?;
        if header.is_empty() {
            return Err(TableError::NoColumns);
        }
        if header.len() > TABLE_COLUMNS_MAX {
            return Err(TableError::TooLarge);
        }
        let mut builders: Vec<ColumnBuilder> = Vec::with_capacity(header.len());
        for (place, name) in header.iter().enumerate() {
            if name.is_empty() || header.iter().take(place).any(|earlier| earlier == name) {
                return Err(TableError::ColumnName(name.to_owned()));
            }
            builders.push(ColumnBuilder::new(name, language(name)));
        }
        let mut rows_count = 0;
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record)? {
            if rows_count == TABLE_ROWS_MAX {
                return Err(TableError::TooLarge);
            }
            rows_count += 1;
            for (builder, field) in builders.iter_mut().zip(&record) {
                builder.push(field);
            }
        }
        let mut types = types.into_iter().flatten();
        let columns = builders.into_iter().map(|builder| builder.finish(types.next()));
        Ok(Self {
            columns: columns.collect(),
            rows_count,
        })
    }

    /// Memory that it takes, in bytes.
    pub fn bytes(&self) -> usize {
        self.columns.iter().map(Column::bytes).sum()
    }

    /// The columns, in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The number of rows; they are numbered from 0.
    pub fn rows_count(&self) -> u32 {
        self.rows_count
    }
}
