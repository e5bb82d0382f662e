//! Rows of a table: filters, sorting, paging, projection.
//!
//! Queries over a million rows are fast because of three properties of [`Column`](super::column::Column): a
//! filter is a range of codes whose number of rows is known in advance; the rows of a narrow range are read
//! from the index; and ordering compares small integers and sorts only the requested page.

use std::ops::Range;

mod distinct;
mod limits;
mod words;

use super::column::Column;
use super::table::Table;
pub use super::value::{Comparison, Value};
use crate::error::GovError;
pub use distinct::DISTINCT_ROWS_MAX;
pub use words::{WORDS_BYTES_MAX, WORDS_MAX};

/// Rows in one answer.
pub const LIMIT_ROWS_MAX: u32 = 1_000;
pub const FILTERS_MAX: usize = 16;
/// Columns to sort by in one query.
pub const SORTS_MAX: usize = 8;
/// Columns named in one query.
pub const FIELDS_MAX: usize = 256;
/// Values of one [`AnyOf`].
pub const VALUES_MAX: usize = 100;
/// The longest text to compare with, in bytes.
pub const FILTER_TEXT_BYTES_MAX: usize = 1_024;
/// A filter is read from the index if it keeps at most one row in this many; otherwise the column is scanned,
/// which reads memory in order and needs no sorting back into the order of the file.
const INDEX_SELECTIVITY: usize = 16;

/// One condition; a query's conditions must all hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    pub field: String,
    pub op: Comparison,
    pub value: Value,
}

/// A condition that holds for any of several values.
#[derive(Clone, Debug, PartialEq)]
pub struct AnyOf {
    pub field: String,
    pub values: Vec<Value>,
}

/// A condition that holds if each word of `text` is a word of the row, without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The column to look in; any column if `None`.
    pub field: Option<String>,
    pub text: String,
}

/// One column to sort by. Rows without a value come first; equal rows keep the file's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    pub field: String,
    /// Whether the greatest value comes first.
    pub descending: bool,
}

/// The rows to select, their order, and the columns to return.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// The columns of the answer, in this order; all in the file's order if empty.
    pub fields: Vec<String>,
    /// Conditions that must all hold.
    pub filters: Vec<Filter>,
    /// Further conditions that must all hold.
    pub any_of: Vec<AnyOf>,
    /// Further conditions that must all hold.
    pub words: Vec<Words>,
    /// Whether rows with equal values in `fields` are returned and counted once.
    pub distinct: bool,
    /// The order, most important first; the file's if empty.
    pub sort: Vec<Sort>,
    pub offset: u32,
    /// The most rows to return, at most [`LIMIT_ROWS_MAX`].
    pub limit: u32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    pub total: u64,
    pub fields: Vec<String>,
    pub records: Vec<Vec<Value>>,
}

/// Answers `query` from `table`.
///
/// # Errors
/// `invalid-request`: `limit-too-large`, `too-many-filters`, `too-many-sorts`, `too-many-fields`,
/// `unknown-field`, `duplicate-field`, `wrong-value-type`, `prefix-needs-text`, `null-has-no-order`,
/// `value-not-finite`, `value-too-long`, `too-many-values`, `too-many-words`, `too-many-distinct`.
pub fn run(table: &Table, query: &Query) -> Result<Rows, GovError> {
    limits::check(query)?;
    let fields = projection(table, &query.fields)?;
    let mut conditions = query
        .filters
        .iter()
        .map(|filter| condition(table, filter))
        .collect::<Result<Vec<_>, _>>()?;
    for any_of in &query.any_of {
        conditions.push(one_of(table, any_of)?);
    }
    conditions.sort_by_key(|condition| condition.rows_count);
    let words = words::of(table, &query.words)?;
    let sort = query
        .sort
        .iter()
        .map(|sort| Ok((column(table, &sort.field)?, sort.descending)))
        .collect::<Result<Vec<_>, GovError>>()?;

    let skip = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let take = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let (total, page) = if query.distinct {
        let rows = selected(table, &conditions, &words);
        distinct::page(&fields, sorted(rows, &sort, usize::MAX), skip, take)?
    } else {
        page_of(table, &conditions, &words, &sort, skip, take)
    };
    Ok(Rows {
        total: u64::try_from(total).unwrap_or(u64::MAX),
        records: page
            .into_iter()
            .map(|row| fields.iter().map(|column| column.value(row)).collect())
            .collect(),
        fields: fields.iter().map(|column| column.name.clone()).collect(),
    })
}

/// The number of matching rows, and the rows of the page.
fn page_of(
    table: &Table,
    conditions: &[Condition<'_>],
    words: &[words::Word<'_>],
    sort: &[(&Column, bool)],
    skip: usize,
    take: usize,
) -> (usize, Vec<u32>) {
    match (conditions, sort) {
        _ if !words.is_empty() => sorted_page(selected(table, conditions, words), sort, skip, take),
        ([], []) => {
            let rows = 0..table.rows_count();
            (rows.len(), rows.skip(skip).take(take).collect())
        }
        ([], [(column, descending)]) => {
            let rows = in_order(column, *descending).skip(skip).take(take).collect();
            (column.codes().len(), rows)
        }
        // The index gives the number of matches, so the scan ends with the page.
        ([only], []) if !only.is_narrow(table) => {
            (only.rows_count, only.scan().skip(skip).take(take).collect())
        }
        _ => sorted_page(matching(table, conditions), sort, skip, take),
    }
}

/// The number of `rows`, and the page of them in this order.
fn sorted_page(rows: Vec<u32>, sort: &[(&Column, bool)], skip: usize, take: usize) -> (usize, Vec<u32>) {
    let total = rows.len();
    let rows = sorted(rows, sort, skip.saturating_add(take));
    (total, rows.into_iter().skip(skip).take(take).collect())
}

/// The rows that every condition and every word accepts, in the order of the file.
fn selected(table: &Table, conditions: &[Condition<'_>], words: &[words::Word<'_>]) -> Vec<u32> {
    let fewest = conditions
        .first()
        .map_or(usize::MAX, |condition| condition.rows_count);
    let rarest = words.iter().min_by_key(|word| word.rows_count());
    let mut rows = match rarest.filter(|word| word.rows_count() <= fewest) {
        // Its rows come from the index; the whole column is not looked at.
        Some(word) => {
            let mut rows = word.rows();
            for other in conditions {
                rows.retain(|row| other.accepts(other.column.code(*row)));
            }
            rows
        }
        None => matching(table, conditions),
    };
    for word in words {
        rows.retain(|row| word.accepts(*row));
    }
    rows
}

/// A filter, as the codes of its column that it accepts.
struct Condition<'t> {
    column: &'t Column,
    /// They do not overlap.
    codes: Vec<Range<u32>>,
    rows_count: usize,
}

impl<'t> Condition<'t> {
    fn of(column: &'t Column, codes: Vec<Range<u32>>) -> Self {
        Self {
            column,
            rows_count: codes.iter().map(|codes| column.rows_of(codes).len()).sum(),
            codes,
        }
    }

    fn accepts(&self, code: u32) -> bool {
        self.codes.iter().any(|codes| codes.contains(&code))
    }

    fn is_narrow(&self, table: &Table) -> bool {
        let all = usize::try_from(table.rows_count()).unwrap_or(usize::MAX);
        self.rows_count < all / INDEX_SELECTIVITY
    }

    /// The rows that it accepts, in the order of the file.
    fn scan(&self) -> impl Iterator<Item = u32> {
        (0_u32..)
            .zip(self.column.codes())
            .filter(|(_, code)| self.accepts(**code))
            .map(|(row, _)| row)
    }
}

/// The rows that every condition accepts, in the order of the file. The conditions are sorted, narrowest first.
fn matching(table: &Table, conditions: &[Condition<'_>]) -> Vec<u32> {
    let Some((narrowest, others)) = conditions.split_first() else {
        return (0..table.rows_count()).collect();
    };
    let mut rows: Vec<u32> = if narrowest.is_narrow(table) {
        let mut rows = Vec::with_capacity(narrowest.rows_count);
        for codes in &narrowest.codes {
            rows.extend_from_slice(narrowest.column.rows_of(codes));
        }
        rows.sort_unstable();
        rows
    } else {
        narrowest.scan().collect()
    };
    for other in others {
        rows.retain(|row| other.accepts(other.column.code(*row)));
    }
    rows
}

/// Every row in the order of one column, read from its index.
fn in_order(column: &Column, descending: bool) -> Box<dyn Iterator<Item = u32> + '_> {
    let rows = |codes: Range<u32>| column.rows_of(&codes).iter().copied();
    let end = column.codes_end();
    if descending {
        Box::new((0..end).rev().flat_map(move |code| rows(code..code + 1)))
    } else {
        Box::new(rows(0..end))
    }
}

/// The first `keep` of `rows` in the order of these columns.
fn sorted(rows: Vec<u32>, sort: &[(&Column, bool)], keep: usize) -> Vec<u32> {
    let rank = |(column, descending): &(&Column, bool), row: u32| {
        let code = column.code(row);
        if *descending { u32::MAX - code } else { code }
    };
    let Some((first, others)) = sort.split_first() else {
        return rows;
    };
    // The rank precedes the row number: one comparison settles most pairs, and equal rows keep the file's
    // order.
    let mut keyed: Vec<u64> = rows
        .into_iter()
        .map(|row| u64::from(rank(first, row)) << 32 | u64::from(row))
        .collect();
    let row_of = |key: u64| u32::try_from(key & u64::from(u32::MAX)).unwrap_or(0);
    let order = |left: &u64, right: &u64| {
        let by_first = (left >> 32).cmp(&(right >> 32));
        others
            .iter()
            .fold(by_first, |order, by| {
                order.then_with(|| rank(by, row_of(*left)).cmp(&rank(by, row_of(*right))))
            })
            .then_with(|| left.cmp(right))
    };
    if let Some(last) = keep.checked_sub(1).filter(|last| *last < keyed.len()) {
        keyed.select_nth_unstable_by(last, order);
    }
    keyed.truncate(keep);
    keyed.sort_unstable_by(order);
    keyed.into_iter().map(row_of).collect()
}

fn projection<'t>(table: &'t Table, fields: &[String]) -> Result<Vec<&'t Column>, GovError> {
    if fields.is_empty() {
        return Ok(table.columns().iter().collect());
    }
    for (place, field) in fields.iter().enumerate() {
        if fields.iter().take(place).any(|earlier| earlier == field) {
            return Err(GovError::invalid(
                "duplicate-field",
                format!("`{field}` is asked for twice"),
            ));
        }
    }
    fields.iter().map(|field| column(table, field)).collect()
}

fn column<'t>(table: &'t Table, field: &str) -> Result<&'t Column, GovError> {
    table.column(field).ok_or_else(|| {
        let known: Vec<_> = table
            .columns()
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        let asked: String = field.chars().take(FIELD_ECHO_CHARS_MAX).collect();
        GovError::invalid(
            "unknown-field",
            format!(
                "there is no field `{asked}`; the fields are `{}`",
                known.join("`, `")
            ),
        )
    })
}

/// Characters of an unknown field's name that an error repeats.
const FIELD_ECHO_CHARS_MAX: usize = 64;

fn condition<'t>(table: &'t Table, filter: &Filter) -> Result<Condition<'t>, GovError> {
    let column = column(table, &filter.field)?;
    let codes = codes(column, filter.op, &filter.value)?;
    Ok(Condition::of(column, codes))
}

fn one_of<'t>(table: &'t Table, any_of: &AnyOf) -> Result<Condition<'t>, GovError> {
    let column = column(table, &any_of.field)?;
    if any_of.values.len() > VALUES_MAX {
        return Err(GovError::invalid(
            "too-many-values",
            format!(
                "{} values are given for `{}`, at most {VALUES_MAX} are allowed",
                any_of.values.len(),
                column.name
            ),
        ));
    }
    let mut all = Vec::new();
    for value in &any_of.values {
        all.extend(codes(column, Comparison::Eq, value)?);
    }
    // The codes of two values are the same or do not overlap.
    all.sort_unstable_by_key(|codes| (codes.start, codes.end));
    all.dedup();
    Ok(Condition::of(column, all))
}

fn codes(column: &Column, op: Comparison, value: &Value) -> Result<Vec<Range<u32>>, GovError> {
    if matches!(value, Value::Text(text) if text.len() > FILTER_TEXT_BYTES_MAX) {
        return Err(GovError::invalid(
            "value-too-long",
            format!(
                "the value for `{}` is longer than {FILTER_TEXT_BYTES_MAX} bytes",
                column.name
            ),
        ));
    }
    let codes = column
        .matching(op, value)
        .map_err(|mismatch| limits::refusal(column, &mismatch))?;
    Ok(codes.into_iter().filter(|codes| !codes.is_empty()).collect())
}
