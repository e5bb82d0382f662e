//! `cargo xtask toolchain`: makes this machine able to compile plug-ins.

use crate::run;
use aim_toolchain::{Target, Toolchain};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

mod component;

/// A download of three standard libraries takes seconds; a blocked network may never answer.
const RUSTUP_LIMIT: Duration = Duration::from_secs(300);

/// Make this machine able to compile plug-ins
///
/// Adds the WebAssembly targets to rustup's toolchain. Whatever is there already is left alone.
#[derive(Args)]
pub struct ToolchainArgs {
    /// Install cargo-component as well (a debug build; it takes several minutes)
    #[arg(long)]
    all: bool,
}

pub fn run(arguments: &ToolchainArgs) -> Result<()> {
    ensure(&Target::ALL)?;
    if arguments.all {
        component::ensure()?;
    }
    report()
}

/// cargo-component, installed unless it is there.
pub fn cargo_component() -> Result<PathBuf> {
    component::ensure()
}

/// Makes every target of `targets` available, doing nothing where it already is.
pub fn ensure(targets: &[Target]) -> Result<()> {
    let mut missing = targets.to_vec();
    missing.retain(is_missing);
    if missing.is_empty() {
        return Ok(());
    }
    run::step("adding the WebAssembly targets with rustup");
    if !run::succeeds(Command::new("rustup").arg("--version")) {
        bail!(
            "rustup is not installed: install it (https://rustup.rs), or let your compiler's packager bring {}",
            names(&missing)
        );
    }
    let mut command = Command::new("rustup");
    command
        .args(["target", "add"])
        .args(missing.iter().map(|target| target.triple()));
    run::checked_within(&mut command, RUSTUP_LIMIT).context("rustup could not download the targets")?;
    missing.retain(is_missing);
    if !missing.is_empty() {
        bail!(
            "the `rustc` that comes first on PATH is not rustup's, so it has not gained {}: put rustup's first",
            names(&missing)
        );
    }
    Ok(())
}

fn names(targets: &[Target]) -> String {
    let names: Vec<_> = targets.iter().map(|target| target.triple()).collect();
    names.join(", ")
}

fn is_missing(target: &Target) -> bool {
    Toolchain::find(*target).is_err()
}

/// Says which compiler each target is built with, so that nobody has to guess.
fn report() -> Result<()> {
    run::step("plug-ins compile with");
    for target in Target::ALL {
        let toolchain = Toolchain::find(target)?;
        let version = run::output(Command::new(toolchain.rustc()).arg("--version"));
        println!(
            "  {:<24} {}",
            target.triple(),
            version.context("the compiler that was just found does not run")?
        );
    }
    match component::version() {
        Some(version) => println!("  {version}"),
        None => println!("  cargo-component is not installed (`cargo xtask toolchain --all` does it)"),
    }
    Ok(())
}
