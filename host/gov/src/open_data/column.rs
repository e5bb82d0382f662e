//! One column of a table: every distinct value once, in order, and for each row the position of its value.
//!
//! With the distinct values sorted, a row's *code* (the position of its value from 1; 0 without a value) is
//! also its rank. So every comparison is a range of codes, found by two binary searches; sorting by a column
//! compares integers; and the rows of a range of codes are adjacent in the column's index.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::OnceLock;

use super::language::{Language, sort_key};
use super::value::{Comparison, Value};

mod builder;
mod words;

pub use builder::ColumnBuilder;
pub(super) use builder::{boolean, integer, number};
pub use words::WithWord;
use words::WordIndex;

/// The code of a row without a value.
const NULL_CODE: u32 = 0;

/// The type of a column: the narrowest that fits all values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum ColumnType {
    /// Whole numbers of 64 bits, written without leading zeros (a code such as `09` is text).
    Integer,
    Number,
    /// `true` or `false`.
    Boolean,
    /// Anything else; dates are ISO 8601 text.
    Text,
}

crate::coded!(ColumnType);

/// The distinct values, in order.
#[derive(Debug)]
enum Values {
    Integer(Box<[i64]>),
    Number(Box<[f64]>),
    Boolean(Box<[bool]>),
    Text(TextValues),
}

/// Strings, concatenated in one allocation.
#[derive(Debug)]
struct TextValues {
    language: Language,
    text: Box<str>,
    /// The end of each string in `text`.
    ends: Box<[usize]>,
}

impl TextValues {
    fn get(&self, place: usize) -> &str {
        let start = place
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .copied()
            .unwrap_or(0);
        let end = self.ends.get(place).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default()
    }

    /// How many values, from the first, satisfy `before`, which must be true for a prefix of the values and
    /// false for the rest.
    fn partition(&self, before: impl Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if before(self.get(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// Why a comparison does not fit a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The value is of another type than the column.
    WrongType,
    PrefixNeedsText,
    /// `null` cannot be ordered.
    NullHasNoOrder,
    NotFinite,
}

/// The codes that a comparison accepts: at most two ranges.
pub type Codes = [Range<u32>; 2];

/// One column, complete and immutable.
#[derive(Debug)]
pub struct Column {
    /// The name in the file's first line.
    pub name: String,
    values: Values,
    codes: Box<[u32]>,
    /// The start of the rows of each code in `rows`; one more entry marks the end.
    starts: Box<[u32]>,
    /// The rows by code, then by their order in the file.
    rows: Box<[u32]>,
    /// Made when a word is looked for.
    words: OnceLock<WordIndex>,
}

impl Column {
    pub fn column_type(&self) -> ColumnType {
        match &self.values {
            Values::Integer(_) => ColumnType::Integer,
            Values::Number(_) => ColumnType::Number,
            Values::Boolean(_) => ColumnType::Boolean,
            Values::Text(_) => ColumnType::Text,
        }
    }

    /// Memory that it takes, in bytes, with what is made when it is searched.
    pub fn bytes(&self) -> usize {
        let values = match &self.values {
            Values::Integer(values) => size_of_val::<[i64]>(values),
            Values::Number(values) => size_of_val::<[f64]>(values),
            Values::Boolean(values) => size_of_val::<[bool]>(values),
            // With the index of words: a word and its place take no more than twice its letters.
            Values::Text(TextValues { text, ends, .. }) => 3 * text.len() + size_of_val::<[usize]>(ends),
        };
        let places = self.codes.len() + self.starts.len() + self.rows.len();
        values + places * size_of::<u32>()
    }

    /// The code of each row, in the order of the file.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The code of one row: its rank in this column.
    pub fn code(&self, row: u32) -> u32 {
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        self.codes.get(row).copied().unwrap_or(NULL_CODE)
    }

    pub fn value(&self, row: u32) -> Value {
        let code = usize::try_from(self.code(row)).unwrap_or(0);
        let Some(place) = code.checked_sub(1) else {
            return Value::Null;
        };
        match &self.values {
            Values::Integer(values) => values.get(place).map_or(Value::Null, |v| Value::Integer(*v)),
            Values::Number(values) => values.get(place).map_or(Value::Null, |v| Value::Number(*v)),
            Values::Boolean(values) => values.get(place).map_or(Value::Null, |v| Value::Boolean(*v)),
            Values::Text(values) => Value::Text(values.get(place).to_owned()),
        }
    }

    /// The rows of a range of codes, by code and then by their order in the file.
    pub fn rows_of(&self, codes: &Range<u32>) -> &[u32] {
        let at = |code: u32| {
            let start = usize::try_from(code).ok().and_then(|code| self.starts.get(code));
            start.map_or(self.rows.len(), |start| {
                usize::try_from(*start).unwrap_or(usize::MAX)
            })
        };
        self.rows
            .get(at(codes.start)..at(codes.end.max(codes.start)))
            .unwrap_or_default()
    }

    /// One more than the highest code.
    pub fn codes_end(&self) -> u32 {
        u32::try_from(self.starts.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// The codes that satisfy `op value`. A row without a value satisfies only `eq null`.
    ///
    /// # Errors
    /// A [`Mismatch`] of the column's type, the comparison and the value.
    pub fn matching(&self, op: Comparison, value: &Value) -> Result<Codes, Mismatch> {
        let end = self.codes_end();
        let some = NULL_CODE + 1..end;
        if *value == Value::Null {
            return match op {
                Comparison::Eq => Ok([NULL_CODE..NULL_CODE + 1, 0..0]),
                Comparison::Ne => Ok([some, 0..0]),
                _ => Err(Mismatch::NullHasNoOrder),
            };
        }
        if op == Comparison::Prefix {
            let (Values::Text(values), Value::Text(prefix)) = (&self.values, value) else {
                return Err(Mismatch::PrefixNeedsText);
            };
            let prefix = sort_key(prefix, values.language);
            let key = |text: &str| sort_key(text, values.language);
            let low = values.partition(|text| key(text) < prefix);
            let high = values.partition(|text| {
                let key = key(text);
                key < prefix || key.starts_with(&prefix)
            });
            return Ok([code_after(low)..code_after(high), 0..0]);
        }
        let (before, through) = self.values.bounds(value)?;
        let (low, high) = (code_after(before), code_after(through));
        Ok(match op {
            Comparison::Eq => [low..high, 0..0],
            Comparison::Ne => [some.start..low, high..end],
            Comparison::Lt => [some.start..low, 0..0],
            Comparison::Le => [some.start..high, 0..0],
            Comparison::Gt => [high..end, 0..0],
            Comparison::Ge | Comparison::Prefix => [low..end, 0..0],
        })
    }
}

/// The code of the value that follows `count` others.
fn code_after(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX - 1) + 1
}

impl Values {
    /// How many values are before `value`, and how many are not after it.
    fn bounds(&self, value: &Value) -> Result<(usize, usize), Mismatch> {
        Ok(match (self, value) {
            (Self::Integer(values), Value::Integer(value)) => split(values, |other| other.cmp(value)),
            (Self::Number(values), Value::Number(value)) => {
                if !value.is_finite() {
                    return Err(Mismatch::NotFinite);
                }
                let value = if *value == 0.0 { 0.0 } else { *value };
                split(values, |other| other.total_cmp(&value))
            }
            #[expect(
                clippy::cast_precision_loss,
                reason = "a whole number compared with measured ones"
            )]
            (Self::Number(values), Value::Integer(value)) => {
                split(values, |other| other.total_cmp(&(*value as f64)))
            }
            (Self::Boolean(values), Value::Boolean(value)) => split(values, |other| other.cmp(value)),
            (Self::Text(values), Value::Text(value)) => {
                let key = sort_key(value, values.language);
                let order = |text: &str| {
                    sort_key(text, values.language)
                        .cmp(&key)
                        .then_with(|| text.cmp(value))
                };
                (
                    values.partition(|text| order(text) == Ordering::Less),
                    values.partition(|text| order(text) != Ordering::Greater),
                )
            }
            _ => return Err(Mismatch::WrongType),
        })
    }
}

fn split<T>(values: &[T], order: impl Fn(&T) -> Ordering) -> (usize, usize) {
    (
        values.partition_point(|value| order(value) == Ordering::Less),
        values.partition_point(|value| order(value) != Ordering::Greater),
    )
}
