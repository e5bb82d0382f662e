//! The values of a column that have a word.

use super::{Column, Values};
use crate::open_data::language::{Language, fold};
use crate::open_data::texts::words;

/// The codes of the values that have a word.
pub struct WithWord(Vec<bool>);

impl WithWord {
    pub fn has(&self, code: u32) -> bool {
        let Self(codes) = self;
        let code = usize::try_from(code).unwrap_or(usize::MAX);
        codes.get(code).copied().unwrap_or(false)
    }
}

impl Column {
    /// The values that have `word` as a complete word, without regard to case by the rules of the column's
    /// language. A number has its digits as one word.
    pub fn with_word(&self, word: &str) -> WithWord {
        // A row without a value, whose code is 0, has no words.
        let mut codes = vec![false];
        match &self.values {
            Values::Integer(values) => codes.extend(values.iter().map(|value| value.to_string() == word)),
            Values::Number(values) => codes.extend(values.iter().map(|value| value.to_string() == word)),
            Values::Boolean(values) => {
                let word = fold(word, Language::En);
                codes.extend(values.iter().map(|value| value.to_string() == word));
            }
            Values::Text(values) => {
                let word = fold(word, values.language);
                let has = |place| words(values.get(place), values.language).contains(&word);
                codes.extend((0..values.ends.len()).map(has));
            }
        }
        WithWord(codes)
    }
}
