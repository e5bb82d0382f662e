//! Rows that have a word in some column.

use super::{Words, column};
use crate::error::GovError;
use crate::open_data::column::{Column, WithWord};
use crate::open_data::table::Table;

/// Words of one query.
pub const WORDS_MAX: usize = 8;
/// Values with a word, up to which their rows are counted one by one.
const COUNTED_VALUES_MAX: usize = 1_024;
/// The longest text to look for, in bytes.
pub const WORDS_BYTES_MAX: usize = 256;

/// One word, and the values of each column that have it.
pub(super) struct Word<'t>(Vec<(&'t Column, WithWord<'t>)>);

impl Word<'_> {
    pub(super) fn accepts(&self, row: u32) -> bool {
        let Self(columns) = self;
        columns
            .iter()
            .any(|(column, with_word)| with_word.has(column.code(row)))
    }

    /// About the number of rows that have it; at least the number of values, if there are many.
    pub(super) fn rows_count(&self) -> usize {
        let Self(columns) = self;
        let counts = columns
            .iter()
            .map(|(column, with_word)| match with_word.values_count() {
                many if many > COUNTED_VALUES_MAX => many,
                _ => with_word.codes().map(|codes| column.rows_of(&codes).len()).sum(),
            });
        counts.sum()
    }

    /// The rows that have the word, in the order of the file.
    pub(super) fn rows(&self) -> Vec<u32> {
        let mut rows: Vec<u32> = self.parts().flatten().copied().collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// The rows of each value that has the word, from the index of its column.
    fn parts(&self) -> impl Iterator<Item = &[u32]> {
        let Self(columns) = self;
        columns
            .iter()
            .flat_map(|(column, with_word)| with_word.codes().map(|codes| column.rows_of(&codes)))
    }
}

/// The words of a query, each with the values that have it.
pub(super) fn of<'t>(table: &'t Table, wanted: &[Words]) -> Result<Vec<Word<'t>>, GovError> {
    let mut found = Vec::new();
    for Words { field, text } in wanted {
        let columns: Vec<&Column> = match field {
            Some(field) => vec![column(table, field)?],
            None => table.columns().iter().collect(),
        };
        let words: Vec<&str> = text
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        if found.len() + words.len() > WORDS_MAX || text.len() > WORDS_BYTES_MAX {
            return Err(GovError::invalid(
                "too-many-words",
                format!("at most {WORDS_MAX} words and {WORDS_BYTES_MAX} bytes of text are allowed"),
            ));
        }
        for word in words {
            let columns = columns.iter().map(|column| (*column, column.with_word(word)));
            found.push(Word(columns.collect()));
        }
    }
    Ok(found)
}
