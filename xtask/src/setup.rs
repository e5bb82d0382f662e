//! What the tests need on this machine beside Rust.

use crate::{build, machine, paths, run, toolchain};
use aim_toolchain::Target;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Where browser tests find the accessibility checker, for the tests: the path of `axe.min.js`.
pub const AXE_VARIABLE: &str = "AIM_AXE";
/// The version of axe-core: rules change between versions, and a new rule is a change to review.
const AXE_VERSION: &str = "4.14.1";

/// A browser with its driver, and a PostgreSQL server to start.
const PACKAGES: [(&str, &[&str]); 3] = [
    ("chromium", &["/usr/bin/chromium"]),
    ("chromium-driver", &["/usr/bin/chromedriver"]),
    ("postgresql", &["/usr/lib/postgresql"]),
];

/// Installs whatever is missing; what is there is left alone. Returns the path of axe.
pub fn everything() -> Result<PathBuf> {
    packages()?;
    toolchain::ensure(&Target::ALL)?;
    nextest()?;
    axe()
}

fn packages() -> Result<()> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(_, paths)| !paths.iter().all(|path| fs::exists(path).unwrap_or(false)))
        .map(|(package, _)| *package)
        .collect();
    machine::install_packages(&missing)
}

fn nextest() -> Result<()> {
    if run::succeeds(build::cargo()?.args(["nextest", "--version"])) {
        return Ok(());
    }
    run::step("installing cargo-nextest (several minutes, once)");
    run::checked(
        Command::new("cargo")
            .args(["install", "cargo-nextest", "--locked", "--target-dir"])
            .arg(paths::target()?.join("cargo-nextest")),
    )
}

fn axe() -> Result<PathBuf> {
    let folder = paths::cache()?
        .join("npm")
        .join(format!("axe-core-{AXE_VERSION}"));
    let script = folder.join("node_modules/axe-core/axe.min.js");
    if script.is_file() {
        return Ok(script);
    }
    run::step("downloading axe-core");
    if !run::succeeds(Command::new("npm").arg("--version")) {
        machine::install_packages(&["npm"])?;
    }
    fs::create_dir_all(&folder)?;
    run::checked(
        Command::new("npm")
            .args([
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--no-save",
                "--prefix",
            ])
            .arg(&folder)
            .arg(format!("axe-core@{AXE_VERSION}")),
    )
    .context("axe-core comes from the npm registry")?;
    if !script.is_file() {
        bail!("npm left no {}", script.display());
    }
    Ok(script)
}
