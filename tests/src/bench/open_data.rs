//! Rows of open data that have a word, and rows with a value: in a table of a million rows and in one of ten thousand, whose answers are equally
//! long. What is searched without looking at every row takes about as long in both.

use std::fmt::Write as _;
use std::hint::black_box;

use aim_gov::open_data::language::Language;
use aim_gov::open_data::query::{self, Comparison, Filter, Query, Value, Words};
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

/// Measures both, in turn, and the memory of each; the answer is how many times as long a word, and a value, takes to be
/// found in the large table.
///
/// # Errors
/// When a table or a query is refused.
pub fn measure(rounds: u32, report: &mut Report) -> Result<[f64; 2]> {
    let tables = ROWS.map(table);
    let [small, large] = tables;
    let tables = [small?, large?];
    let words = Words {
        field: None,
        text: "şəki rayonu".to_owned(),
    };
    let by_word = Query {
        words: vec![words],
        limit: FOUND,
        ..Query::default()
    };
    let value = Filter {
        field: "branch".to_owned(),
        op: Comparison::Eq,
        value: Value::Text("Şəki filialı".to_owned()),
    };
    let by_value = Query {
        filters: vec![value],
        limit: FOUND,
        ..Query::default()
    };
    for (table, rows) in tables.iter().zip(ROWS) {
        // The first one makes the index of words.
        let first = took(table, &by_word, 1)?;
        report.latency_ms(&format!("open_data_first_word_of_{rows}"), first);
        let kib = f64::from(u32::try_from(table.bytes() / 1024)?);
        report.memory_kib(&format!("open_data_table_of_{rows}"), kib);
    }
    Ok([
        ratio(&tables, &by_word, "word", rounds, report)?,
        ratio(&tables, &by_value, "value", rounds, report)?,
    ])
}

/// How many times as long a query takes in the large table.
fn ratio(tables: &[Table; 2], query: &Query, name: &str, rounds: u32, report: &mut Report) -> Result<f64> {
    let mut medians = [Samples::default(), Samples::default()];
    for _ in 0..rounds {
        for ((table, rows), samples) in tables.iter().zip(ROWS).zip(&mut medians) {
            let took = took(table, query, QUERIES)?;
            report.latency_ms(&format!("open_data_{name}_of_{rows}"), took);
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

/// Each row has a name of its own, the name of a place and that of a branch; those that are looked for are in [`FOUND`] rows.
fn table(rows: u32) -> Result<Table> {
    let mut text = String::from("n,name,place,branch\n");
    for number in 0..rows {
        let (place, branch) = match number % (rows / FOUND) {
            0 => ("Şəki rayonu", "Şəki"),
            _ => ("Quba rayonu", "Quba"),
        };
        writeln!(
            text,
            "{number},Vətəndaş birliyi {number},{place} {},{branch} filialı",
            number % 977
        )?;
    }
    Ok(Table::read(text.as_bytes(), None, |_| Language::Az)?)
}
