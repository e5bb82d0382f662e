//! The words of a column's values.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::{Column, TextValues, Values};
use crate::open_data::language::{Language, fold};
use crate::open_data::texts::words;

/// Which values of a text column have which word: made when a word is first looked for, so that afterwards a word is found
/// by one look-up, however many rows there are.
#[derive(Debug)]
pub(super) struct WordIndex(HashMap<Box<str>, Box<[u32]>>);

impl WordIndex {
    pub(super) fn of(values: &TextValues) -> Self {
        let mut found: HashMap<Box<str>, Vec<u32>> = HashMap::new();
        for (place, code) in (0..values.ends.len()).zip(1_u32..) {
            for word in words(values.get(place), values.language) {
                match found.get_mut(word.as_str()) {
                    // A word may stand twice in one value.
                    Some(codes) if codes.last() == Some(&code) => {}
                    Some(codes) => codes.push(code),
                    None => {
                        found.insert(word.into(), vec![code]);
                    }
                }
            }
        }
        Self(
            found
                .into_iter()
                .map(|(word, codes)| (word, codes.into()))
                .collect(),
        )
    }

    fn codes(&self, word: &str) -> &[u32] {
        self.0.get(word).map(AsRef::as_ref).unwrap_or_default()
    }
}

/// The codes of the values that have a word, ascending.
pub struct WithWord<'c>(Cow<'c, [u32]>);

impl WithWord<'_> {
    pub fn has(&self, code: u32) -> bool {
        self.0.binary_search(&code).is_ok()
    }

    /// The number of values that have it.
    pub fn values_count(&self) -> usize {
        self.0.len()
    }

    /// The codes, each as a range.
    pub fn codes(&self) -> impl Iterator<Item = Range<u32>> {
        self.0.iter().map(|code| *code..code.saturating_add(1))
    }
}

impl Column {
    /// The values that have `word` as a complete word, without regard to case by the rules of the column's
    /// language. A number has its digits as one word.
    pub fn with_word(&self, word: &str) -> WithWord<'_> {
        // Of numbers few are written like a word; which they are is found without looking at all of them.
        let of = |codes: Range<u32>| Cow::Owned(codes.collect());
        WithWord(match &self.values {
            Values::Integer(values) => match word.parse::<i64>() {
                Ok(number) if number.to_string() == word => of(found(values.binary_search(&number))),
                _ => Cow::Borrowed(&[][..]),
            },
            Values::Number(values) => match word.parse::<f64>() {
                Ok(number) if number.to_string() == word => {
                    of(found(values.binary_search_by(|other| other.total_cmp(&number))))
                }
                _ => Cow::Borrowed(&[][..]),
            },
            Values::Boolean(values) => match fold(word, Language::En).parse() {
                Ok(flag) => of(found(values.binary_search(&flag))),
                Err(_) => Cow::Borrowed(&[][..]),
            },
            Values::Text(values) => {
                let index = self.words.get_or_init(|| WordIndex::of(values));
                Cow::Borrowed(index.codes(&fold(word, values.language)))
            }
        })
    }
}

/// The code of the value at a place.
fn found(place: Result<usize, usize>) -> Range<u32> {
    match place.map(u32::try_from) {
        Ok(Ok(place)) => place + 1..place.saturating_add(2),
        _ => 0..0,
    }
}
