//! Load from a process of its own: `wrk`, so that the generator never shares a thread with what it measures.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

use crate::paths;

/// Whom to ask, and how hard.
#[derive(Clone, Debug)]
pub struct Load {
    /// The address, with the loopback address as its host.
    pub url: String,
    /// The `Host` header.
    pub host: String,
    /// More headers, `name: value`.
    pub headers: Vec<String>,
    /// Connections that always have a request under way.
    pub connections: u32,
    /// For how long.
    pub duration: Duration,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Outcome {
    /// Answers a second.
    pub rps: f64,
    /// Half of the answers came within this many milliseconds.
    pub p50_ms: f64,
    /// 99 % of the answers came within this many milliseconds.
    pub p99_ms: f64,
}

/// Runs the generator once.
///
/// # Errors
/// When `wrk` is not installed, a connection broke, or an answer was no success: a figure that counts
/// failures says nothing.
pub async fn run(load: &Load) -> Result<Outcome> {
    let wrk = paths::program("wrk", &[]).context("`wrk` is not installed: Debian's package is `wrk`")?;
    let mut command = Command::new(wrk);
    command
        .args(["--threads", "1", "--latency"])
        .args(["--connections", &load.connections.to_string()])
        .args(["--duration", &format!("{}s", load.duration.as_secs().max(1))])
        .args(["--header", &format!("Host: {}", load.host)]);
    for header in &load.headers {
        command.args(["--header", header]);
    }
    let output = command
        .arg(&load.url)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("`wrk` failed: {text}{}", String::from_utf8_lossy(&output.stderr));
    }
    parse(&text)
}

fn parse(text: &str) -> Result<Outcome> {
    for fault in ["Non-2xx or 3xx responses:", "Socket errors:"] {
        if let Some(line) = text.lines().find(|line| line.trim_start().starts_with(fault)) {
            bail!("the load was not answered: {}", line.trim());
        }
    }
    let after = |label: &str| {
        text.lines()
            .find_map(|line| line.trim().strip_prefix(label))
            .map(str::trim)
            .with_context(|| format!("`wrk` says nothing about `{label}`"))
    };
    Ok(Outcome {
        rps: after("Requests/sec:")?.parse()?,
        p50_ms: milliseconds(after("50%")?)?,
        p99_ms: milliseconds(after("99%")?)?,
    })
}

/// Reads `812.00us`, `1.52ms`, `2.01s`, `1.00m`.
fn milliseconds(text: &str) -> Result<f64> {
    let units = [("us", 0.001), ("ms", 1.0), ("s", 1_000.0), ("m", 60_000.0)];
    let (number, factor) = units
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))
        .with_context(|| format!("`{text}` is not a duration"))?;
    Ok(number.parse::<f64>()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "Running 3s test @ http://127.0.0.1:1/\n  1 threads and 32 connections\n  Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency   812.00us    1.00ms  20.00ms   90.00%\n  Latency Distribution\n     50%  812.00us\n     75%    1.10ms\n     90%    1.50ms\n     99%    4.20ms\n  100 requests in 3.00s, 1.00MB read\nRequests/sec:  33333.50\nTransfer/sec:      1.00MB\n";

    #[test]
    fn generators_figures_are_read() {
        let outcome = parse(OUTPUT).unwrap();
        assert_eq!(
            outcome,
            Outcome {
                rps: 33_333.5,
                p50_ms: 0.812,
                p99_ms: 4.2
            }
        );
    }

    #[test]
    fn failed_answer_is_no_figure() {
        let text = format!("{OUTPUT}  Non-2xx or 3xx responses: 3\n");
        assert!(parse(&text).is_err());
    }
}
