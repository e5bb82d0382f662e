//! cargo-component: another way to build a plug-in.

use crate::{paths, run};
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The last release; the tool is no longer developed, but startups use it.
const VERSION: &str = "0.21.1";

/// What `cargo component --version` says, or `None` if neither this project nor anybody else installed it.
pub fn version() -> Option<String> {
    let ours = program().ok()?;
    run::output(Command::new(ours).args(["component", "--version"]))
        .or_else(|| run::output(Command::new("cargo").args(["component", "--version"])))
}

/// Installs this version unless it is there, and answers where it is. Every clone on this machine shares it.
pub fn ensure() -> Result<PathBuf> {
    let program = program()?;
    if run::succeeds(Command::new(&program).args(["component", "--version"])) {
        return Ok(program);
    }
    run::step("installing cargo-component (several minutes, once)");
    let folder = folder()?;
    let target = folder.join("target");
    // A release build spends most of half an hour on two cores optimising a tool that waits for rustc.
    run::checked(
        Command::new("cargo")
            .args(["install", "cargo-component", "--version", VERSION])
            .args(["--locked", "--debug", "--root"])
            .arg(&folder)
            .arg("--target-dir")
            .arg(&target)
            .env("CARGO_PROFILE_DEV_DEBUG", "false"),
    )?;
    fs::remove_dir_all(&target).with_context(|| format!("cannot remove {}", target.display()))?;
    Ok(program)
}

fn folder() -> Result<PathBuf> {
    Ok(paths::cache()?.join(format!("cargo/cargo-component-{VERSION}")))
}

fn program() -> Result<PathBuf> {
    Ok(folder()?.join("bin/cargo-component"))
}
