//! How fast the platform is on this machine, beside native axum and Wasmtime's own server.
//!
//! The contestants take turns, so that whatever else the machine does hits all of them; the load comes
//! from `wrk`, a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use aim_tests::bench::neighbours::{self, Beside, Neighbours, Subject};
use aim_tests::bench::platform::Scene;
use aim_tests::bench::report::Report;
use aim_tests::bench::{
    Turns, citizen, engine, memory, native, open_data, payments, profile, servers, throughput,
};
use aim_tests::instance::Start;
use aim_tests::paths;
use aim_tests::steps::say;
use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};

/// Host calls in one request of the probe; the difference to a request with one call, divided.
const CALLS: u32 = 100;
/// Single requests of the probe in one round.
const PROBES: u32 = 20;
/// Where the figures go, in cargo's target folder.
const REPORT: &str = "bench";

/// Measures the platform
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    part: Option<Part>,
    /// Rounds; every contestant has one turn in each
    #[arg(long, global = true, default_value_t = 5)]
    rounds: u32,
    /// Seconds of load in one turn
    #[arg(long, global = true, default_value_t = 3)]
    seconds: u64,
    /// Connections that always have a request under way
    #[arg(long, global = true, default_value_t = 32)]
    connections: u32,
    /// Another `aim`, such as an older one, whose answers, requests and payments of citizens are measured in turn with
    /// this one's
    #[arg(long, global = true)]
    beside: Option<PathBuf>,
}

/// What this program does in processes of their own, so that nobody shares memory or threads.
#[derive(Subcommand)]
enum Part {
    /// Measure only what neighbours do to a quiet service, a page of the portal and a payment
    Neighbours,
    /// Measure only how many payments a second are on disk
    Payments,
    /// Measure only answers a second, beside native axum and `wasmtime serve`
    Throughput,
    /// Measure only where the processor time of a request goes, with `perf`
    Profile,
    /// Measure only the whole request and the whole payment of a citizen, beside native axum
    Citizens,
    /// Measure only how long a word takes to be found in a million rows of open data, beside ten thousand
    OpenData,
    /// Serve a page with axum alone
    #[command(hide = true)]
    Native { page: PathBuf },
    /// Serve what a citizen asks for with axum and sqlx alone
    #[command(hide = true)]
    NativeCitizen { database: String },
    /// Deploy many components and tell what the memory is
    #[command(hide = true)]
    Deployments { component: PathBuf },
    /// Tell how long a component takes to its first byte, compiled and cached
    #[command(hide = true)]
    Cold { component: PathBuf },
}

impl Cli {
    fn turns(&self) -> Turns {
        Turns {
            rounds: self.rounds,
            seconds: self.seconds,
            connections: self.connections,
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Cli::parse();
    match &arguments.part {
        Some(Part::Native { page }) => {
            servers::serve_native(page, |port| say(format_args!("ready {port}"))).await
        }
        Some(Part::NativeCitizen { database }) => {
            native::serve(database, |port| say(format_args!("ready {port}"))).await
        }
        Some(Part::Deployments { component }) => {
            let component = engine::read(component)?;
            engine::measure_memory(&component, |count, kib| say(format_args!("{count} {kib}"))).await
        }
        Some(Part::Cold { component }) => {
            let (compiled, cached) = engine::measure_cold(&engine::read(component)?).await?;
            say(format_args!("compiled {}", milliseconds(compiled)));
            say(format_args!("cached {}", milliseconds(cached)));
            Ok(())
        }
        Some(Part::Neighbours) => measure_neighbours(&arguments).await,
        Some(Part::Payments) => {
            let mut report = Report::default();
            durable_payments(&arguments, &mut report).await?;
            finish(&report, "payments.json")
        }
        Some(Part::Throughput) => {
            let mut report = Report::default();
            let scene = Scene::start(Start::default()).await?;
            answers(&arguments, &scene, &mut report).await?;
            scene.platform.stop().await?;
            finish(&report, "throughput.json")
        }
        Some(Part::Profile) => {
            let scene = Scene::start(Start::default()).await?;
            say(profile::measure(&arguments.turns(), &scene).await?);
            scene.platform.stop().await?;
            Ok(())
        }
        Some(Part::Citizens) => {
            let mut report = Report::default();
            citizens(&arguments, &mut report).await?;
            finish(&report, "citizens.json")
        }
        Some(Part::OpenData) => {
            let mut report = Report::default();
            words(&arguments, &mut report)?;
            finish(&report, "open-data.json")
        }
        None => measure(&arguments).await,
    }
}

async fn measure_neighbours(arguments: &Cli) -> Result<()> {
    let mut report = Report::default();
    say("building the services and starting the platform");
    let scene = Scene::start(Start::default()).await?;
    beside_neighbours(arguments, &scene, &mut report).await?;
    scene.platform.stop().await?;
    finish(&report, "neighbours.json")
}

/// Tells and keeps what was found.
fn finish(report: &Report, file: &str) -> Result<()> {
    say(report.table());
    let file = paths::scratch(REPORT)?.join(file);
    report.write(&file)?;
    say(format_args!("written to {}", file.display()));
    Ok(())
}

async fn durable_payments(arguments: &Cli, report: &mut Report) -> Result<()> {
    say("durable payments");
    let time = Duration::from_secs(arguments.seconds);
    payments::measure(arguments.rounds, time, |name, rate| report.rps(name, rate)).await
}

fn words(arguments: &Cli, report: &mut Report) -> Result<()> {
    say("words and values in rows of open data");
    let [word, value] = open_data::measure(arguments.rounds, report)?;
    say(format_args!(
        "in 1,000,000 rows a word takes {word:.2} and a value {value:.2} times as long as in 10,000"
    ));
    Ok(())
}

async fn citizens(arguments: &Cli, report: &mut Report) -> Result<()> {
    say("whole requests and payments of citizens");
    citizen::measure(&arguments.turns(), arguments.beside.as_deref(), report).await
}

async fn answers(arguments: &Cli, scene: &Scene, report: &mut Report) -> Result<()> {
    let other = match &arguments.beside {
        Some(program) => {
            let program = Some(program.clone());
            Some(
                Scene::start(Start {
                    program,
                    ..Start::default()
                })
                .await?,
            )
        }
        None => None,
    };
    throughput::measure(&arguments.turns(), scene, other.as_ref(), report).await?;
    if let Some(other) = other {
        other.platform.stop().await?;
    }
    Ok(())
}

async fn measure(arguments: &Cli) -> Result<()> {
    let mut report = Report::default();
    say("building the services and starting the platform");
    let scene = Scene::start(Start::default()).await?;
    say("throughput");
    answers(arguments, &scene, &mut report).await?;
    calls(arguments, &scene, &mut report).await?;
    publication(arguments, &scene, &mut report).await?;
    beside_neighbours(arguments, &scene, &mut report).await?;
    if let Some(pid) = scene.platform.pid() {
        report.memory_kib("platform_after_load", memory::held_kib(pid)?);
    }
    let handler = scene.handler.clone();
    scene.platform.stop().await?;
    cold(arguments, &handler, &mut report).await?;
    deployments(&handler, &mut report).await?;
    durable_payments(arguments, &mut report).await?;
    citizens(arguments, &mut report).await?;
    words(arguments, &mut report)?;
    finish(&report, "report.json")
}

/// What one host call costs: a request with many, less a request with one, divided.
async fn calls(arguments: &Cli, scene: &Scene, report: &mut Report) -> Result<()> {
    say("host calls");
    let mut key = 0_u32;
    for round in 0..arguments.rounds {
        for _ in 0..PROBES {
            let one = scene.time("/claims?times=1").await?;
            let many = scene.time(&format!("/claims?times={}", CALLS + 1)).await?;
            report.latency_ms(
                "identity_claims_call",
                milliseconds(many.saturating_sub(one)) / f64::from(CALLS),
            );
        }
        for _ in 0..PROBES {
            key += 2;
            let path = |key: u32, times: u32| format!("/create?amount=1&key=b{round}-{key}&times={times}");
            let one = scene.time(&path(key, 1)).await?;
            let many = scene.time(&path(key + 1, CALLS + 1)).await?;
            report.latency_ms(
                "payments_create_call",
                milliseconds(many.saturating_sub(one)) / f64::from(CALLS),
            );
        }
    }
    Ok(())
}

async fn publication(arguments: &Cli, scene: &Scene, report: &mut Report) -> Result<()> {
    say("publication");
    for number in 0..arguments.rounds {
        let time = scene.time_publication(number).await?;
        report.latency_ms("publish_to_first_response", milliseconds(time));
    }
    Ok(())
}

/// The tail of three kinds of answers, alone and beside each kind of neighbour.
async fn beside_neighbours(arguments: &Cli, scene: &Scene, report: &mut Report) -> Result<()> {
    let large = match neighbours::large().await {
        Ok(large) => Some(large),
        Err(error) => {
            report.absent("neighbours_upload", format!("{error:#}"));
            None
        }
    };
    let time = Duration::from_secs(arguments.seconds);
    let mut payments = 0;
    for round in 1..=arguments.rounds {
        for beside in Beside::ALL {
            if beside == Beside::Upload && large.is_none() {
                continue;
            }
            say(format_args!("round {round}: beside {}", beside.name()));
            let others = Neighbours::start(beside, scene, large.as_ref()).await;
            for subject in Subject::ALL {
                let p99 = neighbours::p99_ms(scene, subject, time, &mut payments)
                    .await
                    .with_context(|| format!("{} beside {}", subject.name(), beside.name()))?;
                report.neighbours_p99_ms(subject.name(), beside.name(), p99);
            }
            others
                .stop()
                .await
                .with_context(|| format!("neighbours: {}", beside.name()))?;
        }
    }
    Ok(())
}

async fn cold(arguments: &Cli, component: &Path, report: &mut Report) -> Result<()> {
    say("cold starts");
    for _ in 0..arguments.rounds {
        for (name, value) in part("cold", component).await? {
            match name.as_str() {
                "compiled" => report.latency_ms("cold_compile_to_first_byte", value),
                "cached" => report.latency_ms("cold_artefact_to_first_byte", value),
                other => bail!("`bench cold` says `{other}`"),
            }
        }
    }
    Ok(())
}

/// Memory of deployments that nobody asks: what the process holds after so many, less what it held
/// before the first, divided.
async fn deployments(component: &Path, report: &mut Report) -> Result<()> {
    say("idle deployments");
    let mut empty = 0.0;
    for (count, kib) in part("deployments", component).await? {
        let each = |count: f64| (kib - empty) / count;
        match count.as_str() {
            "0" => {
                empty = kib;
                report.memory_kib("runtime_empty", kib);
            }
            "1" => report.memory_kib("deployment_of_1", each(1.0)),
            "100" => report.memory_kib("deployment_of_100", each(100.0)),
            "1000" => report.memory_kib("deployment_of_1000", each(1_000.0)),
            other => bail!("`bench deployments` says `{other}`"),
        }
    }
    Ok(())
}

/// Runs a part in a process of its own and reads its lines: a name and a number each.
async fn part(name: &str, component: &Path) -> Result<Vec<(String, f64)>> {
    let output = tokio::process::Command::new(std::env::current_exe()?)
        .arg(name)
        .arg(component)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await?;
    if !output.status.success() {
        bail!("`bench {name}` failed: {}", output.status);
    }
    String::from_utf8(output.stdout)?
        .lines()
        .map(|line| {
            let (name, value) = line.split_once(' ').context("a line without a figure")?;
            Ok((name.to_owned(), value.parse()?))
        })
        .collect()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
