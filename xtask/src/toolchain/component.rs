//! cargo-component: an optional second way to build a plug-in.

use crate::{paths, run};
use anyhow::Result;
use std::process::Command;

/// The last release; the tool is no longer developed, but startups use it.
const VERSION: &str = "0.21.1";

/// What `cargo component --version` says, or `None` if it is not installed.
pub fn version() -> Option<String> {
    run::output(Command::new("cargo-component").args(["component", "--version"]))
        .or_else(|| run::output(Command::new("cargo").args(["component", "--version"])))
}

/// Installs it unless it is there.
pub fn ensure() -> Result<()> {
    if version().is_some() {
        return Ok(());
    }
    run::step("installing cargo-component (debug build; several minutes)");
    // A release build spends most of half an hour on two cores optimising a tool that waits for rustc.
    run::checked(
        Command::new("cargo")
            .args([
                "install",
                "cargo-component",
                "--version",
                VERSION,
                "--locked",
                "--debug",
                "--target-dir",
            ])
            .arg(paths::target()?.join("cargo-component")),
    )
}
