//! How fast queries of a table with a million rows are: `cargo run -p aim-tests --example open_data_bench`.
//!
//! Writes a CSV file of invented rows, loads it as the platform loads its data sets, and prints the median
//! and the worst of several runs of each kind of query. Nothing is asserted; the machine decides.

#![expect(clippy::print_stdout, reason = "a measurement is printed")]

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use aim_gov::open_data::query::{self, Comparison, Filter, Query, Sort, Value};
use aim_gov::open_data::{Catalogue, language};
use tokio::time::Instant;

const ROWS: u32 = 1_000_000;
const RUNS: usize = 21;

const CATALOGUE: &str = r#"
title = { az = "Ölçmə" }
description = { az = "Ölçmə" }
publisher = "AIM"
[[dataset]]
identifier = "million"
title = { az = "Bir milyon sətir" }
description = { az = "Uydurma sətirlər" }
publisher = "AIM"
license = "not-stated"
issued = "2026-01-01T00:00:00Z"
modified = "2026-01-01T00:00:00Z"
[[dataset.distribution]]
id = "million"
file = "million.csv"
"#;

/// The next number of a fixed sequence (SplitMix64), so that every run measures the same rows.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Seven columns: unique and repeated values, whole and decimal numbers, text with gaps.
fn csv() -> Result<String, std::fmt::Error> {
    const SYLLABLES: [&str; 16] = [
        "ba", "kı", "şə", "ki", "gən", "cə", "lən", "kə", "ran", "Qu", "ba", "İs", "ma", "yıl", "lı", "ağ",
    ];
    let mut text = String::from("id,region,name,amount,open,day,note\n");
    let mut state = 1;
    for id in 0..ROWS {
        let random = next(&mut state);
        let part = |shift: u32, of: u64| (random >> shift) % of;
        write!(text, "{id},{:02},", part(0, 80))?;
        for shift in [7, 11, 15, 19] {
            let syllable = usize::try_from(part(shift, 16)).unwrap_or(0);
            text.push_str(SYLLABLES.get(syllable).copied().unwrap_or_default());
        }
        write!(text, ",{}.{:02},", part(23, 100_000), part(40, 100))?;
        write!(
            text,
            "{},20{:02}-{:02}-{:02},",
            part(47, 2) == 0,
            part(48, 30),
            part(53, 12) + 1,
            part(57, 28) + 1
        )?;
        match part(60, 4) {
            0 => text.push('\n'),
            _ => writeln!(text, "qeyd {}", part(30, 1_000_000))?,
        }
    }
    Ok(text)
}

fn filter(field: &str, op: Comparison, value: Value) -> Filter {
    Filter {
        field: field.to_owned(),
        op,
        value,
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// The kinds of query, from the simplest to the worst that we know.
fn cases() -> Vec<(&'static str, Query)> {
    let by = |fields: &[(&str, bool)]| {
        let sort = fields.iter().map(|(field, descending)| Sort {
            field: (*field).to_owned(),
            descending: *descending,
        });
        sort.collect::<Vec<_>>()
    };
    let page = |filters: Vec<Filter>, sort: Vec<Sort>, offset: u32| Query {
        filters,
        sort,
        offset,
        limit: 100,
        ..Query::default()
    };
    let region = || filter("region", Comparison::Eq, text("41"));
    let open = || filter("open", Comparison::Eq, Value::Boolean(true));
    vec![
        ("first page", page(vec![], vec![], 0)),
        (
            "one row by its number",
            page(
                vec![filter("id", Comparison::Eq, Value::Integer(777_777))],
                vec![],
                0,
            ),
        ),
        (
            "prefix of a name",
            page(vec![filter("name", Comparison::Prefix, text("İSma"))], vec![], 0),
        ),
        ("a region (1 in 80)", page(vec![region()], vec![], 0)),
        (
            "a region, sorted by amount",
            page(vec![region()], by(&[("amount", true)]), 0),
        ),
        (
            "half of the rows, page 4,000",
            page(vec![open()], vec![], 400_000),
        ),
        (
            "all sorted by amount, page 5,000",
            page(vec![], by(&[("amount", true)]), 500_000),
        ),
        (
            "three filters, two sort columns",
            page(
                vec![
                    open(),
                    filter("day", Comparison::Ge, text("2015")),
                    filter("amount", Comparison::Lt, Value::Number(50_000.0)),
                ],
                by(&[("region", false), ("amount", true)]),
                0,
            ),
        ),
        (
            "half of the rows, sorted by name, page 4,000",
            page(vec![open()], by(&[("name", false)]), 400_000),
        ),
        (
            "all sorted by three columns",
            page(
                vec![],
                by(&[("region", false), ("day", true), ("name", false)]),
                0,
            ),
        ),
        (
            "a full answer: 1,000 rows, sorted",
            Query {
                limit: 1_000,
                ..page(vec![], by(&[("name", false)]), 900_000)
            },
        ),
    ]
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("catalogue.toml"), CATALOGUE)?;
    let rows = csv()?;
    println!("{ROWS} rows, {:.1} MB of CSV", mega(rows.len()));
    std::fs::write(folder.path().join("million.csv"), rows)?;

    let before = resident_bytes();
    let start = Instant::now();
    let catalogue = Catalogue::load(folder.path(), "http://localhost")?;
    let took = start.elapsed();
    let grown = resident_bytes().saturating_sub(before);
    println!(
        "loaded in {:.2} s; the process grew by {:.0} MB\n",
        took.as_secs_f64(),
        mega(grown)
    );

    let table = catalogue.table("million").ok_or("the catalogue has the table")?;
    println!(
        "{:<48} {:>9} {:>10} {:>10}",
        "query", "matches", "median ms", "worst ms"
    );
    for (name, query) in cases() {
        let mut times = Vec::with_capacity(RUNS);
        let mut total = 0;
        for _ in 0..RUNS {
            let start = Instant::now();
            total = query::run(&table, &query).map_err(|error| error.code())?.total;
            times.push(start.elapsed());
        }
        times.sort_unstable();
        let ms = |time: Option<&Duration>| time.copied().unwrap_or_default().as_secs_f64() * 1_000.0;
        println!(
            "{name:<48} {total:>9} {:>10.3} {:>10.3}",
            ms(times.get(RUNS / 2)),
            ms(times.last())
        );
    }
    let start = Instant::now();
    let folded: usize = (0..10_000)
        .map(|_| language::fold("İSMAYILLI şəhəri", language::Language::Az).len())
        .sum();
    println!(
        "\nfolding a name: {:.0} ns ({folded} bytes)",
        start.elapsed().as_secs_f64() * 1e9 / 10_000.0
    );
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "printed with one digit")]
fn mega(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// What the process holds in memory; 0 where the system does not say.
fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kilobytes
        .and_then(|number| number.trim().parse::<usize>().ok())
        .unwrap_or(0)
        * 1024
}
