//! Builds a column from the fields of a file: type, values in order, index.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::OnceLock;

use super::super::language::{Language, sort_key};
use super::{Column, ColumnType, NULL_CODE, TextValues, Values, code_after};

/// Collects a column's fields, row by row.
#[derive(Debug)]
pub struct ColumnBuilder {
    name: String,
    language: Language,
    /// Each distinct field, numbered from 1 in the order of appearance.
    seen: HashMap<Box<str>, u32>,
    rows: Vec<u32>,
}

impl ColumnBuilder {
    /// An empty column.
    pub fn new(name: &str, language: Language) -> Self {
        Self {
            name: name.to_owned(),
            language,
            seen: HashMap::new(),
            rows: Vec::new(),
        }
    }

    /// Adds the next row's field; an empty one is not a value.
    pub fn push(&mut self, field: &str) {
        if field.is_empty() {
            return self.rows.push(NULL_CODE);
        }
        let number = match self.seen.get(field) {
            Some(number) => *number,
            None => {
                let number = code_after(self.seen.len());
                self.seen.insert(field.into(), number);
                number
            }
        };
        self.rows.push(number);
    }

    /// The column: its type `said` or inferred, its values sorted, its index built. A value that is not of the type that
    /// is said makes the column text.
    pub fn finish(self, said: Option<ColumnType>) -> Column {
        let Self {
            name,
            language,
            seen,
            rows,
        } = self;
        let mut fields: Vec<(Box<str>, u32)> = seen.into_iter().collect();
        fields.sort_unstable_by_key(|(_, number)| *number);
        let texts = || fields.iter().map(|(text, _)| &**text);
        let column_type = match said {
            Some(said) if texts().all(|value| is(said, value)) => said,
            Some(_) => ColumnType::Text,
            None => narrowest(texts()),
        };
        let (values, code_of_number) = match column_type {
            ColumnType::Integer => {
                let (values, codes) = rank(texts().filter_map(integer).collect(), Ord::cmp);
                (Values::Integer(values.into()), codes)
            }
            ColumnType::Number => {
                let (values, codes) = rank(texts().filter_map(number).collect(), f64::total_cmp);
                (Values::Number(values.into()), codes)
            }
            ColumnType::Boolean => {
                let (values, codes) = rank(texts().filter_map(boolean).collect(), Ord::cmp);
                (Values::Boolean(values.into()), codes)
            }
            ColumnType::Text => {
                let keyed = texts().map(|text| (sort_key(text, language), text)).collect();
                let (values, codes) = rank(keyed, Ord::cmp);
                let mut text = String::new();
                let ends = values.iter().map(|(_, value)| {
                    text.push_str(value);
                    text.len()
                });
                let ends = ends.collect();
                let text = text.into_boxed_str();
                (Values::Text(TextValues { language, text, ends }), codes)
            }
        };
        let code_of = |number: u32| {
            let number = usize::try_from(number).unwrap_or(usize::MAX);
            code_of_number.get(number).copied().unwrap_or(NULL_CODE)
        };
        let codes: Box<[u32]> = rows.into_iter().map(code_of).collect();
        let codes_end = code_of_number.iter().copied().max().unwrap_or(NULL_CODE) + 1;
        let (starts, rows) = index(&codes, codes_end);
        Column {
            name,
            values,
            codes,
            starts,
            rows,
            words: OnceLock::new(),
        }
    }
}

/// The distinct values in order, and the code of each by the number of its first appearance (from 1).
fn rank<T>(values: Vec<T>, order: impl Fn(&T, &T) -> Ordering) -> (Vec<T>, Vec<u32>) {
    let mut numbered: Vec<(T, usize)> = values.into_iter().zip(1..).collect();
    numbered.sort_unstable_by(|(left, _), (right, _)| order(left, right));
    let mut codes = vec![NULL_CODE; numbered.len() + 1];
    let mut distinct: Vec<T> = Vec::with_capacity(numbered.len());
    for (value, number) in numbered {
        if distinct
            .last()
            .is_none_or(|last| order(last, &value) != Ordering::Equal)
        {
            distinct.push(value);
        }
        if let Some(code) = codes.get_mut(number) {
            *code = u32::try_from(distinct.len()).unwrap_or(u32::MAX);
        }
    }
    (distinct, codes)
}

/// The rows by code (counting sort, so equal codes keep the order of the file) and the start of each code.
fn index(codes: &[u32], codes_end: u32) -> (Box<[u32]>, Box<[u32]>) {
    let slot = |code: u32| usize::try_from(code).unwrap_or(usize::MAX);
    let mut starts = vec![0_u32; slot(codes_end) + 1];
    for code in codes {
        if let Some(count) = starts.get_mut(slot(*code) + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut next = starts.clone();
    let mut rows = vec![0_u32; codes.len()];
    for (row, code) in (0_u32..).zip(codes) {
        if let Some(place) = next.get_mut(slot(*code)) {
            if let Some(entry) = rows.get_mut(slot(*place)) {
                *entry = row;
            }
            *place += 1;
        }
    }
    (starts.into(), rows.into())
}

/// The narrowest type that fits every one of `values`; text if there are none.
fn narrowest<'a>(values: impl Iterator<Item = &'a str> + Clone) -> ColumnType {
    let all = |fits: fn(&str) -> bool| values.clone().next().is_some() && values.clone().all(fits);
    if all(|value| integer(value).is_some()) {
        ColumnType::Integer
    } else if all(|value| number(value).is_some()) {
        ColumnType::Number
    } else if all(|value| boolean(value).is_some()) {
        ColumnType::Boolean
    } else {
        ColumnType::Text
    }
}

/// Whether a value can be of this type.
fn is(column_type: ColumnType, value: &str) -> bool {
    match column_type {
        ColumnType::Integer => integer(value).is_some(),
        ColumnType::Number => number(value).is_some(),
        ColumnType::Boolean => boolean(value).is_some(),
        ColumnType::Text => true,
    }
}

fn digits_are_plain(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    let mut chars = digits.chars();
    match (chars.next(), chars.next()) {
        (Some('0'), Some(second)) => !second.is_ascii_digit(),
        (Some(first), _) => first.is_ascii_digit(),
        (None, _) => false,
    }
}

pub fn integer(value: &str) -> Option<i64> {
    digits_are_plain(value).then(|| value.parse().ok())?
}

/// A whole number beyond 64 bits is not a number: two of them could round to one value.
pub fn number(value: &str) -> Option<f64> {
    if value.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) && integer(value).is_none() {
        return None;
    }
    let number: f64 = digits_are_plain(value).then(|| value.parse().ok())??;
    // Negative zero becomes zero, so that equal numbers are one value.
    number
        .is_finite()
        .then_some(if number == 0.0 { 0.0 } else { number })
}

pub fn boolean(value: &str) -> Option<bool> {
    value.parse().ok()
}
