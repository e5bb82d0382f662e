//! `cargo xtask conformance`: clients that others wrote, against a fresh platform.

use crate::{build, paths, run};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

mod clients;
mod platform;
mod report;

use clients::{CLIENTS, Client, Need};
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
    let binaries = build::binaries(&["aim", "aimd", "prepare"], build::Profile::Dev)?;
    run::step("starting a platform");
    let platform = Platform::start(&binaries.join("aim"))?;
    run::step(&format!("conformance of {}", platform.url));
    let mut prepared = BTreeMap::new();
    for need in wanted.iter().filter_map(|client| client.need) {
        if let Entry::Vacant(place) = prepared.entry(need) {
            place.insert(prepare(&binaries, need, &platform)?);
        }
    }
    let mut sum = Report::default();
    for (client, mut command) in wanted.into_iter().zip(commands) {
        if let Some(found) = client.need.and_then(|need| Some((need, prepared.get(&need)?))) {
            command.env(found.0.variable(), found.1);
        }
        command.env("AIM_AIMD", binaries.join("aimd"));
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

/// Prepares the platform; returns what the client needs to know of it: JSON, or the path of a file of it where it is more than
/// a variable of the environment takes (128 KiB on Linux).
fn prepare(binaries: &Path, need: Need, platform: &Platform) -> Result<String> {
    run::step(&format!("preparing {}", need.name()));
    if need == Need::Documents {
        build::samples(binaries)?;
    }
    let mut prepare = Command::new(binaries.join("prepare"));
    let json = run::output(prepare.args([need.name(), &platform.url]))
        .with_context(|| format!("the platform has no {}", need.name()))?;
    if need != Need::Signatures {
        return Ok(json);
    }
    let file = platform.folder.join("signatures.json");
    std::fs::write(&file, json).with_context(|| format!("cannot write `{}`", file.display()))?;
    Ok(file.display().to_string())
}

fn checks_of(mut command: Command, platform: &Platform) -> Result<Report> {
    command.arg(&platform.url).current_dir(paths::root()?);
    let (status, output) = run::captured_within(&mut command, CLIENT_MAX)?;
    Ok(Report::read(&output, status))
}
