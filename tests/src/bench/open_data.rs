//! Rows of open data that have a word: in a table of a million rows and in one of ten thousand, whose answers are equally
//! long. What is searched without looking at every row takes about as long in both.

use std::fmt::Write as _;
use std::hint::black_box;

use aim_gov::open_data::language::Language;
use aim_gov::open_data::query::{self, Query, Words};
use aim_gov::open_data::table::Table;
use anyhow::{Result, anyhow};
use tokio::time::Instant;

use super::report::{Report, Samples};

/// Rows of the two tables.
const ROWS: [u32; 2] = [10_000, 1_000_000];
/// Queries of each table in a round.
const QUERIES: u32 = 200;
/// Rows that have the word.
const FOUND: u32 = 100;

/// Measures both, in turn; the answer is how many times as long a word takes to be found in the large table.
///
/// # Errors
/// When a table or a query is refused.
pub fn measure(rounds: u32, report: &mut Report) -> Result<f64> {
    let tables = ROWS.map(table);
    let [small, large] = tables;
    let tables = [small?, large?];
    let words = Words {
        field: None,
        text: "şəki rayonu".to_owned(),
    };
    let query = Query {
        words: vec![words],
        limit: FOUND,
        ..Query::default()
    };
    let mut medians = [Samples::default(), Samples::default()];
    for (table, rows) in tables.iter().zip(ROWS) {
        // The first one makes the index of words.
        let took = took(table, &query, 1)?;
        report.latency_ms(&format!("open_data_first_word_of_{rows}"), took);
    }
    for _ in 0..rounds {
        for ((table, rows), samples) in tables.iter().zip(ROWS).zip(&mut medians) {
            let took = took(table, &query, QUERIES)?;
            report.latency_ms(&format!("open_data_word_of_{rows}"), took);
            samples.push(took);
        }
    }
    match medians.map(|samples| samples.summary()) {
        [Some(small), Some(large)] => Ok(large.median / small.median),
        _ => Err(anyhow!("nothing was measured")),
    }
}

/// Milliseconds of one query.
fn took(table: &Table, query: &Query, queries: u32) -> Result<f64> {
    let start = Instant::now();
    for _ in 0..queries {
        let rows = query::run(table, query).map_err(|error| anyhow!("refused: {}", error.code()))?;
        anyhow::ensure!(rows.total == u64::from(FOUND), "{} rows", rows.total);
        black_box(rows);
    }
    Ok(start.elapsed().as_secs_f64() * 1e3 / f64::from(queries))
}

/// Each row has a name of its own and the name of a place, which is looked for in [`FOUND`] rows.
fn table(rows: u32) -> Result<Table> {
    let mut text = String::from("n,name,place\n");
    for number in 0..rows {
        let place = match number % (rows / FOUND) {
            0 => "Şəki rayonu",
            _ => "Quba rayonu",
        };
        writeln!(
            text,
            "{number},Vətəndaş birliyi {number},{place} {}",
            number % 977
        )?;
    }
    Ok(Table::read(text.as_bytes(), None, |_| Language::Az)?)
}
