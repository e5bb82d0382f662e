//! `cargo xtask conformance`: clients that others wrote, against a fresh platform.

use crate::{build, paths, run};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

mod clients;
mod platform;
mod report;

use clients::{CLIENTS, Client};
use platform::Platform;
use report::Report;

/// How long one client's checks may take.
const CLIENT_MAX: Duration = Duration::from_secs(300);

/// Run clients that others wrote against a fresh platform
///
/// Installs each client in a pinned version, starts `aim up` in a temporary folder on a free port, and
/// runs the client's checks in `tests/conformance`. Prints one line a client with the numbers of checks that
/// passed and failed, and the known deviations with their reasons. Fails if a check fails.
#[derive(Args)]
pub struct ConformanceArgs {
    /// Only the clients whose name contains one of these
    filter: Vec<String>,
}

pub fn run(arguments: &ConformanceArgs) -> Result<()> {
    let wanted: Vec<&Client> = CLIENTS
        .iter()
        .filter(|client| {
            let named = |part: &String| client.name.contains(part.as_str());
            arguments.filter.is_empty() || arguments.filter.iter().any(named)
        })
        .collect();
    if wanted.is_empty() {
        let names: Vec<&str> = CLIENTS.iter().map(|client| client.name).collect();
        bail!("no client has such a name; the clients are {}", names.join(", "));
    }
    let commands = wanted
        .iter()
        .map(|client| client.command())
        .collect::<Result<Vec<Command>>>()?;
    let binaries = build::binaries(&["aim", "admit-sites"], build::Profile::Dev)?;
    run::step("starting a platform");
    let platform = Platform::start(&binaries.join("aim"))?;
    run::step(&format!("conformance of {}", platform.url));
    let sites = match wanted.iter().any(|client| client.needs_sites) {
        true => sites(&binaries.join("admit-sites"), &platform)?,
        false => String::new(),
    };
    let mut sum = Report::default();
    for (client, mut command) in wanted.into_iter().zip(commands) {
        if client.needs_sites {
            command.env("AIM_SITES", &sites);
        }
        let report = checks_of(command, &platform)?;
        println!("{} {}: {report}", client.name, client.version());
        for line in report.details() {
            println!("    {line}");
        }
        sum.add(report);
    }
    platform.stop()?;
    println!("conformance: {sum}");
    if sum.has_failed() {
        bail!("a check failed");
    }
    Ok(())
}

/// Has web sites approved at the platform; returns what their programs need, as JSON.
fn sites(admit: &Path, platform: &Platform) -> Result<String> {
    run::step("registering web sites");
    run::output(Command::new(admit).arg(&platform.url)).context("no web sites were registered")
}

fn checks_of(mut command: Command, platform: &Platform) -> Result<Report> {
    command.arg(&platform.url).current_dir(paths::root()?);
    let (status, output) = run::captured_within(&mut command, CLIENT_MAX)?;
    Ok(Report::read(&output, status))
}
