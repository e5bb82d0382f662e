//! `cargo xtask toolchain`: makes this machine able to compile plug-ins.

use crate::run;
use aim_toolchain::{Target, Toolchain};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

mod component;
mod debian;
mod std_library;
mod wasi_libc;

/// A download of three standard libraries takes seconds; a blocked network may never answer.
const RUSTUP_LIMIT: Duration = Duration::from_secs(300);

/// Make this machine able to compile plug-ins
///
/// Adds the WebAssembly targets to rustup's toolchain. Where rustup cannot download and the system
/// is Debian, it installs Debian's newest Rust with its source beside rustup's (which stays first
/// on PATH), builds the standard library for the targets from it once (about a minute each), and
/// unpacks wasi-libc for them. Whatever is there already is left alone.
#[derive(Args)]
pub struct Arguments {
    /// Install cargo-component as well (a debug build; it takes several minutes)
    #[arg(long)]
    all: bool,
    /// Where to get the targets from
    #[arg(long, value_enum, default_value_t = Source::Any)]
    from: Source,
}

/// Where the targets' standard libraries come from.
#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum Source {
    /// rustup, and Debian's packages if that fails
    Any,
    /// rustup alone
    Rustup,
    /// Debian's packages alone
    Debian,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    match arguments.from {
        Source::Any => ensure(&Target::ALL)?,
        Source::Rustup => with_rustup(&Target::ALL)?,
        Source::Debian => debian::install(&Target::ALL)?,
    }
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
    match with_rustup(&missing) {
        Ok(()) => {
            missing.retain(is_missing);
            if missing.is_empty() {
                return Ok(());
            }
            println!("  the `rustc` that comes first on PATH is not rustup's, so it has gained nothing");
        }
        Err(rustup) => println!("  {rustup:#}"),
    }
    debian::install(&missing).with_context(|| {
        let names: Vec<_> = missing.iter().map(|target| target.triple()).collect();
        format!(
            "no way to get {}: rustup did not bring it, as shown above, and neither did Debian's packages",
            names.join(", ")
        )
    })
}

fn is_missing(target: &Target) -> bool {
    Toolchain::find(*target).is_err()
}

fn with_rustup(targets: &[Target]) -> Result<()> {
    run::step("adding the WebAssembly targets with rustup");
    if !run::succeeds(Command::new("rustup").arg("--version")) {
        bail!("rustup is not installed");
    }
    let mut command = Command::new("rustup");
    command
        .args(["target", "add"])
        .args(targets.iter().map(|target| target.triple()));
    run::checked_within(&mut command, RUSTUP_LIMIT)
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
