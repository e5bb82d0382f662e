//! Rows that have a word in some column.

use super::{Words, column};
use crate::error::GovError;
use crate::open_data::column::{Column, WithWord};
use crate::open_data::table::Table;

/// Words of one query. Each is looked for in every distinct value of its columns.
pub const WORDS_MAX: usize = 8;
/// The longest text to look for, in bytes.
pub const WORDS_BYTES_MAX: usize = 256;

/// One word, and the values of each column that have it.
pub(super) struct Word<'t>(Vec<(&'t Column, WithWord)>);

impl Word<'_> {
    pub(super) fn accepts(&self, row: u32) -> bool {
        let Self(columns) = self;
        columns
            .iter()
            .any(|(column, with_word)| with_word.has(column.code(row)))
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
