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

/// The test runner's version: what a test run means must not change from one machine to the next.
const NEXTEST_VERSION: &str = "0.9.143";

/// A browser with its driver, and the PostgreSQL server's own program: Debian's package and the program that
/// the tests look for.
const PACKAGES: [(&str, &str); 3] = [
    ("chromium", "chromium"),
    ("chromium-driver", "chromedriver"),
    ("postgresql", "initdb"),
];
/// Where Debian keeps the programs of each version of PostgreSQL, which are not on `PATH`.
const POSTGRESQL: &str = "/usr/lib/postgresql";

/// Installs whatever is missing; what is there is left alone. Returns the path of axe.
pub fn everything() -> Result<PathBuf> {
    packages()?;
    components()?;
    toolchain::ensure(&Target::ALL)?;
    nextest()?;
    axe()
}

fn packages() -> Result<()> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(_, program)| machine::program(program).is_none() && !is_with_postgresql(program))
        .map(|(package, _)| *package)
        .collect();
    machine::install_packages(&missing)
}

/// The client's packages make the folder as well: only the program itself says that it is there.
fn is_with_postgresql(program: &str) -> bool {
    let versions = fs::read_dir(POSTGRESQL).into_iter().flatten().flatten();
    versions
        .map(|version| version.path().join("bin").join(program))
        .any(|candidate| candidate.is_file())
}

/// Formatter and linter, which rustup's minimal profile leaves out.
fn components() -> Result<()> {
    let missing: Vec<&str> = ["rustfmt", "clippy"]
        .into_iter()
        .filter(|component| {
            let command = if *component == "rustfmt" { "fmt" } else { "clippy" };
            !run::succeeds(Command::new("cargo").args([command, "--version"]))
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    run::step("adding formatter and linter with rustup");
    run::checked(Command::new("rustup").args(["component", "add"]).args(missing))
}

fn nextest() -> Result<()> {
    if run::succeeds(build::cargo()?.args(["nextest", "--version"])) {
        return Ok(());
    }
    run::step("installing cargo-nextest (several minutes, once)");
    run::checked(
        Command::new("cargo")
            .args(["install", "cargo-nextest", "--version", NEXTEST_VERSION])
            .args(["--locked", "--target-dir"])
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
