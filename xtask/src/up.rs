//! `cargo xtask up`: the platform with the samples on it.

use crate::{build, paths, run, toolchain};
use aim_toolchain::Target;
use anyhow::{Context, Result};
use clap::Args;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

/// Start the platform with the sample services on it
///
/// Builds `aim` and the samples, starts `aim up`, publishes and approves the samples as a developer
/// and two officers would, and prints `ready URL` with the people to log in as. Ctrl-C stops it;
/// the data stays for the next start.
#[derive(Args)]
pub struct UpArgs {
    /// Where the data is kept [default: aim-sandbox/data under XDG_CACHE_HOME or ~/.cache]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// The port of the platform and all services on it
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

pub fn run(arguments: &UpArgs) -> Result<()> {
    toolchain::ensure(&[Target::Unknown])?;
    let binaries = build::binaries(&["aim", "publish-samples"], build::Profile::Dev)?;
    build::samples(&binaries)?;
    let dir = match &arguments.dir {
        Some(dir) => dir.clone(),
        None => paths::cache()?.join("data"),
    };
    run::step("starting the platform");
    let mut aim = Command::new(binaries.join("aim"));
    aim.arg("up")
        .arg("--dir")
        .arg(&dir)
        .args(["--port", &arguments.port.to_string()]);
    aim.arg("--before-ready").arg(binaries.join("publish-samples"));
    // `aim` takes our place, so Ctrl-C and signals reach it and its end is our end.
    Err(aim.exec()).with_context(|| format!("cannot start {}", binaries.join("aim").display()))
}
