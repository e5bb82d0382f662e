//! Where the processor time of a request to a `handler` goes, by layer, as `perf` samples it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use super::Turns;
use super::load::{self, Load};
use super::platform::Scene;
use crate::paths;

/// Samples a second of each processor. No divisor of the kernel's own tick, which would be sampled alone.
const FREQUENCY: &str = "997";
/// Ticks a second in `/proc/PID/stat` (proc_pid_stat(5)): Linux gives user space this unit on every machine.
const TICKS_PER_SECOND: f64 = 100.0;

/// A part of the way of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Kernel,
    FrontDoor,
    Middleware,
    Store,
    Guest,
    Answer,
    Memory,
    Scheduler,
    Other,
}

impl Layer {
    fn name(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::FrontDoor => "front door: connections, HTTP",
            Self::Middleware => "middleware: gateway, axum, metrics",
            Self::Store => "store and instance: Wasmtime",
            Self::Guest => "guest: compiled code",
            Self::Answer => "request and answer: headers, markup",
            Self::Memory => "allocator, copies",
            Self::Scheduler => "scheduler: Tokio",
            Self::Other => "everything else",
        }
    }

    /// The layer of a function and the file that it is in, by the crate that its symbol names. A generic one
    /// names several, so the order counts.
    fn of(symbol: &str, file: &str) -> Self {
        const CRATES: [(&[&str], Layer); 6] = [
            (
                &["aim_runtime::serve", "aim_runtime::reach", "aim_gov"],
                Layer::Answer,
            ),
            (&["wasmtime", "aim_runtime", "cranelift"], Layer::Store),
            (&["aim_registry", "axum", "tower", "metrics"], Layer::Middleware),
            (&["aim_server", "hyper", "httparse", "http::"], Layer::FrontDoor),
            (&["tokio", "mio::", "parking_lot", "futures"], Layer::Scheduler),
            (
                &["malloc", "free", "realloc", "calloc", "mem", "alloc::"],
                Layer::Memory,
            ),
        ];
        if file.contains("kernel") || file.contains("[guest") {
            return Self::Kernel;
        }
        // Compiled by Wasmtime at run time: no file on disk has it.
        if file.contains("anon")
            || file.contains("memfd")
            || file.contains("[unknown]")
            || file.contains("JIT")
        {
            return Self::Guest;
        }
        CRATES
            .iter()
            .find(|(names, _)| names.iter().any(|name| symbol.contains(name)))
            .map_or(Self::Other, |(_, layer)| *layer)
    }
}

/// Counts the lines of `perf script -F ip,sym,dso` by layer.
fn layers(script: &str) -> BTreeMap<Layer, u32> {
    let mut counts = BTreeMap::new();
    for line in script.lines() {
        // An address, a symbol that may hold spaces and parentheses, a path or `[kernel.kallsyms]` in parentheses.
        let line = line.trim();
        let Some(at) = line.rfind(" (/").max(line.rfind(" ([")) else {
            continue;
        };
        let (rest, file) = line.split_at(at);
        let symbol = rest.split_once(' ').map_or("", |(_, symbol)| symbol);
        *counts.entry(Layer::of(symbol, file)).or_default() += 1;
    }
    counts
}

/// A table of the layers, with their parts of `microseconds` a request.
fn table(counts: &BTreeMap<Layer, u32>, microseconds: f64) -> String {
    let all = f64::from(counts.values().sum::<u32>().max(1));
    let mut table = format!("{:<38} {:>8} {:>12}\n", "processor time of a request", "%", "µs");
    let mut rows: Vec<_> = counts.iter().collect();
    rows.sort_by(|one, other| other.1.cmp(one.1));
    for (layer, count) in rows {
        let part = f64::from(*count) / all;
        // Writing to a string does not fail.
        let _ = writeln!(
            table,
            "  {:<36} {:>8.1} {:>12.2}",
            layer.name(),
            part * 100.0,
            part * microseconds
        );
    }
    let _ = writeln!(table, "  {:<36} {:>8.1} {:>12.2}", "all", 100.0, microseconds);
    table
}

/// Asks the `handler` as `bench` does, and answers with the table.
///
/// # Errors
/// When `perf` is not there or may not look, or the load is not answered.
pub async fn measure(turns: &Turns, scene: &Scene) -> Result<String> {
    let perf =
        paths::program("perf", &[]).context("`perf` is not installed: Debian's package is `linux-perf`")?;
    let port = scene.platform.port;
    let pid = scene.platform.pid().context("the platform is not running")?;
    let load = Load {
        url: format!("http://127.0.0.1:{port}/"),
        host: format!("hello.localhost:{port}"),
        headers: Vec::new(),
        connections: turns.connections,
        duration: turns.time(),
    };
    // Warm: pools are filled, and code is in memory.
    load::run(&load).await?;
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("perf.data");
    let recording = Command::new(&perf)
        .args([
            "record",
            "--quiet",
            "--freq",
            FREQUENCY,
            "--pid",
            &pid.to_string(),
            "--output",
        ])
        .arg(&data)
        .args(["--", "sleep", &turns.seconds.to_string()])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let before = processor_seconds(pid)?;
    let (outcome, recorded) = tokio::join!(load::run(&load), recording.wait_with_output());
    let used = processor_seconds(pid)? - before;
    let outcome = outcome?;
    ensure!(
        recorded?.status.success(),
        "`perf record` failed: it needs root, or `sysctl kernel.perf_event_paranoid=1`"
    );
    let script = Command::new(&perf)
        .args(["script", "--fields", "ip,sym,dso", "--input"])
        .arg(&data)
        .stdin(Stdio::null())
        .output()
        .await?;
    ensure!(script.status.success(), "`perf script` failed: {script:?}");
    let requests = outcome.rps * load.duration.as_secs_f64();
    let counts = layers(&String::from_utf8_lossy(&script.stdout));
    Ok(table(&counts, used * 1_000_000.0 / requests))
}

/// Processor time of a process so far, in user space and in the kernel.
fn processor_seconds(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name may hold anything, and ends with the last parenthesis; the times are fields 14 and 15.
    let (_, fields) = stat.rsplit_once(')').context("`/proc/PID/stat` has no name")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks = ticks.map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_counted_by_layer() {
        let script = "\
            ffffffff81 finish_task_switch.isra.0 ([kernel.kallsyms])\n\
            \u{20}55e wasmtime::runtime::store::Store<T>::new (/x/aim)\n\
            \u{20}55e <aim_registry::gateway::Gateway as tower::Service<R>>::call (/x/aim)\n\
            \u{20}7f0 [unknown] (//anon)\n\
            \u{20}7f0 [unknown] (/memfd:wasmtime (deleted))\n\
            \u{20}7f1 __memset_evex_unaligned_erms (/lib/libc.so.6)\n\
            \n";
        let counts = layers(script);
        assert_eq!(
            counts,
            [
                (Layer::Kernel, 1),
                (Layer::Middleware, 1),
                (Layer::Store, 1),
                (Layer::Guest, 2),
                (Layer::Memory, 1)
            ]
            .into()
        );
        let table = table(&counts, 60.0);
        assert!(table.contains("20.00"), "{table}");
    }

    #[test]
    fn this_process_used_the_processor() {
        assert!(processor_seconds(std::process::id()).unwrap() >= 0.0);
    }
}
