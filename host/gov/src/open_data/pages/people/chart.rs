//! A chart of a table: how many rows have each value of a column.
//!
//! It is a table with a bar in each row, so that its text has the size of text, and readers of the table miss
//! nothing that the bars show.

use super::value::shown;
use crate::open_data::Value;
use crate::open_data::column::Column;
use crate::open_data::table::Table;
use crate::text::Locale;

/// Bars of one chart.
const BARS_MAX: usize = 10;
/// Distinct values of a column that a chart is made of. A column with more has hardly any frequent value.
const VALUES_MAX: u32 = 1_000;

pub(super) struct Chart {
    pub(super) column: String,
    pub(super) bars: Vec<Bar>,
}

pub(super) struct Bar {
    /// `None` for rows without a value.
    pub(super) value: Option<String>,
    pub(super) rows: usize,
    /// Of the longest bar, in hundredths.
    pub(super) length: usize,
    /// Of all rows, with one digit after the decimal mark.
    pub(super) percent: String,
}

impl Chart {
    /// The chart of the column with the fewest distinct values, at least two of which some occurs twice; `None`
    /// if there is no such column.
    pub(super) fn of(table: &Table, lang: Locale) -> Option<Self> {
        let all = table.rows_count();
        let column = table
            .columns()
            .iter()
            .filter(|column| (3..=VALUES_MAX.min(all)).contains(&column.codes_end()))
            .min_by_key(|column| column.codes_end())?;
        let mut counted = counted(column);
        counted.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        counted.truncate(BARS_MAX);
        let longest = counted.first().map(|(_, rows)| *rows).filter(|rows| *rows > 1)?;
        let all = usize::try_from(all).ok().filter(|all| *all > 0)?;
        let bars = counted.into_iter().map(|(value, rows)| Bar {
            value,
            rows,
            length: rows.saturating_mul(100) / longest,
            percent: percent(rows, all, lang),
        });
        Some(Self {
            column: column.name.clone(),
            bars: bars.collect(),
        })
    }
}

/// Each value that occurs, with the number of its rows.
fn counted(column: &Column) -> Vec<(Option<String>, usize)> {
    (0..column.codes_end())
        .filter_map(|code| {
            let rows = column.rows_of(&(code..code.saturating_add(1)));
            let value = match column.value(*rows.first()?) {
                Value::Null => None,
                value => Some(shown(&value)),
            };
            Some((value, rows.len()))
        })
        .collect()
}

fn percent(rows: usize, all: usize, lang: Locale) -> String {
    let tenths = rows.saturating_mul(1_000).saturating_add(all / 2) / all;
    let mark = if lang == Locale::En { '.' } else { ',' };
    format!("{}{mark}{}", tenths / 10, tenths % 10)
}
