//! What `bench` found, as a table for people and as JSON for machines.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::load::Outcome;

/// Repeated measurements of one thing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples(Vec<f64>);

/// What is told of [`Samples`].
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Summary {
    /// The middle one.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Samples {
    /// Adds one.
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Median, minimum and maximum, where anything was measured.
    pub fn summary(&self) -> Option<Summary> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let (low, high) = (sorted.len().checked_sub(1)? / 2, sorted.len() / 2);
        Some(Summary {
            median: (sorted.get(low)? + sorted.get(high)?) / 2.0,
            min: *sorted.first()?,
            max: *sorted.last()?,
        })
    }
}

/// What is measured while the others do nothing.
const ALONE: &str = "alone";

/// The tail of what is asked beside neighbours.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
struct Neighbour {
    p99_ms: f64,
    /// To the tail of the same alone.
    ratio: f64,
}

/// Everything that one run found.
#[derive(Debug, Default)]
pub struct Report {
    rps: BTreeMap<String, Samples>,
    memory: BTreeMap<String, Samples>,
    latency: BTreeMap<String, Samples>,
    absent: BTreeMap<String, String>,
    /// 99th percentiles in milliseconds, by what is asked and what the others do.
    neighbours: BTreeMap<(&'static str, &'static str), Samples>,
}

/// The ratios that the project promises, and what is divided by what.
const RATIOS: [(&str, &str, &str); 16] = [
    ("handler_to_native", "handler", "native"),
    ("wasi_http_to_native", "wasi_http", "native"),
    ("javascript_to_native", "javascript", "native"),
    ("python_to_native", "python", "native"),
    ("handler_to_wasmtime_serve", "handler", "wasmtime_serve"),
    ("wasi_http_to_wasmtime_serve", "wasi_http", "wasmtime_serve"),
    (
        "citizen_sqlite_to_native",
        "citizen_sqlite",
        "citizen_sqlite_native",
    ),
    (
        "citizen_postgres_to_native",
        "citizen_postgres",
        "citizen_postgres_native",
    ),
    (
        "payment_sqlite_to_native",
        "payment_sqlite",
        "payment_sqlite_native",
    ),
    (
        "payment_postgres_to_native",
        "payment_postgres",
        "payment_postgres_native",
    ),
    ("handler_to_other", "handler", "handler_other"),
    ("wasi_http_to_other", "wasi_http", "wasi_http_other"),
    (
        "citizen_sqlite_to_other",
        "citizen_sqlite",
        "citizen_sqlite_other",
    ),
    (
        "citizen_postgres_to_other",
        "citizen_postgres",
        "citizen_postgres_other",
    ),
    (
        "payment_sqlite_to_other",
        "payment_sqlite",
        "payment_sqlite_other",
    ),
    (
        "payment_postgres_to_other",
        "payment_postgres",
        "payment_postgres_other",
    ),
];

impl Report {
    /// Answers a second.
    pub fn rps(&mut self, name: &str, value: f64) {
        self.rps.entry(name.to_owned()).or_default().push(value);
    }

    /// What the load generator found: answers a second, and how long half and 99 % of them took.
    pub fn load(&mut self, name: &str, outcome: Outcome) {
        self.rps(name, outcome.rps);
        self.latency_ms(&format!("{name}_p50"), outcome.p50_ms);
        self.latency_ms(&format!("{name}_p99"), outcome.p99_ms);
    }

    /// Memory, in KiB.
    pub fn memory_kib(&mut self, name: &str, value: f64) {
        self.memory.entry(name.to_owned()).or_default().push(value);
    }

    /// Time, in milliseconds.
    pub fn latency_ms(&mut self, name: &str, value: f64) {
        self.latency.entry(name.to_owned()).or_default().push(value);
    }

    /// Says why something was not measured.
    pub fn absent(&mut self, name: &str, reason: impl Into<String>) {
        self.absent.insert(name.to_owned(), reason.into());
    }

    /// The 99th percentile of what is asked, `beside` what the others do, in milliseconds.
    pub fn neighbours_p99_ms(&mut self, asked: &'static str, beside: &'static str, value: f64) {
        self.neighbours.entry((asked, beside)).or_default().push(value);
    }

    /// Medians of those, each also divided by the same `alone`.
    fn neighbours(&self) -> BTreeMap<&'static str, BTreeMap<&'static str, Neighbour>> {
        let median = |key| {
            self.neighbours
                .get(&key)
                .and_then(Samples::summary)
                .map(|s| s.median)
        };
        let mut rows = BTreeMap::<_, BTreeMap<_, _>>::new();
        for &(asked, beside) in self.neighbours.keys() {
            if let (Some(p99_ms), Some(alone)) = (median((asked, beside)), median((asked, ALONE))) {
                let ratio = p99_ms / alone;
                rows.entry(asked)
                    .or_default()
                    .insert(beside, Neighbour { p99_ms, ratio });
            }
        }
        rows
    }

    fn ratios(&self) -> BTreeMap<&'static str, f64> {
        let median = |name| self.rps.get(name).and_then(Samples::summary).map(|s| s.median);
        RATIOS
            .into_iter()
            .filter_map(|(name, over, under)| Some((name, median(over)? / median(under)?)))
            .collect()
    }

    /// The table.
    pub fn table(&self) -> String {
        let mut table = String::new();
        for (title, rows) in [
            ("requests per second", &self.rps),
            ("memory, KiB", &self.memory),
            ("time, ms", &self.latency),
        ] {
            if rows.is_empty() {
                continue;
            }
            line(
                &mut table,
                format_args!("{title:<34} {:>12} {:>12} {:>12}", "median", "min", "max"),
            );
            for (name, samples) in rows {
                if let Some(Summary { median, min, max }) = samples.summary() {
                    line(
                        &mut table,
                        format_args!("  {name:<32} {median:>12.2} {min:>12.2} {max:>12.2}"),
                    );
                }
            }
        }
        line(&mut table, format_args!("ratios of medians"));
        for (name, ratio) in self.ratios() {
            line(&mut table, format_args!("  {name:<32} {ratio:>12.3}"));
        }
        for (asked, rows) in self.neighbours() {
            let title = format!("{asked} beside");
            line(
                &mut table,
                format_args!("{title:<34} {:>12} {:>12}", "p99, ms", "ratio"),
            );
            for (beside, Neighbour { p99_ms, ratio }) in rows {
                line(
                    &mut table,
                    format_args!("  {beside:<32} {p99_ms:>12.2} {ratio:>12.2}"),
                );
            }
        }
        for (name, reason) in &self.absent {
            line(&mut table, format_args!("not measured: {name}: {reason}"));
        }
        table
    }

    /// The machine's version of the table: medians under `rps`, `memory` and `latency`, all figures under `samples`.
    pub fn json(&self) -> serde_json::Value {
        let medians = |rows: &BTreeMap<String, Samples>| -> BTreeMap<String, f64> {
            rows.iter()
                .filter_map(|(name, samples)| Some((name.clone(), samples.summary()?.median)))
                .collect()
        };
        let summaries = |rows: &BTreeMap<String, Samples>| -> BTreeMap<String, Summary> {
            rows.iter()
                .filter_map(|(name, samples)| Some((name.clone(), samples.summary()?)))
                .collect()
        };
        serde_json::json!({
            "rps": medians(&self.rps),
            "ratio": self.ratios(),
            "memory": medians(&self.memory),
            "latency": medians(&self.latency),
            "spread": {
                "rps": summaries(&self.rps),
                "memory": summaries(&self.memory),
                "latency": summaries(&self.latency),
            },
            "neighbours": self.neighbours(),
            "absent": self.absent,
        })
    }

    /// Writes the JSON.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(&self.json())? + "\n";
        std::fs::write(path, text).with_context(|| format!("`{}` cannot be written", path.display()))
    }
}

fn line(table: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = writeln!(table, "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_tells_medians_and_ratios() {
        let mut report = Report::default();
        for value in [30.0, 10.0, 20.0] {
            report.rps("native", value * 2.0);
            report.rps("handler", value);
        }
        report.absent("wasmtime_serve", "no `wasmtime` on PATH");
        let json = report.json();
        assert_eq!(json["rps"]["native"], 40.0);
        assert_eq!(json["ratio"]["handler_to_native"], 0.5);
        assert!(json["ratio"].get("handler_to_wasmtime_serve").is_none());
        assert!(report.table().contains("not measured: wasmtime_serve"));
    }

    #[test]
    fn neighbours_are_told_as_ratios() {
        let mut report = Report::default();
        report.neighbours_p99_ms("payment", ALONE, 20.0);
        report.neighbours_p99_ms("payment", "loops", 30.0);
        let json = report.json();
        assert_eq!(json["neighbours"]["payment"]["loops"]["ratio"], 1.5);
        assert!(report.table().contains("payment beside"));
    }

    #[test]
    fn missing_measurement_has_no_figure() {
        assert_eq!(Samples::default().summary(), None);
    }
}
