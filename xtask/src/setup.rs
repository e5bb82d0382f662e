//! The tools that the tests need on this machine in addition to Rust.

use crate::{build, machine, paths, run, toolchain};
use aim_toolchain::Target;
use anyhow::Result;
use std::ffi::OsString;
use std::fs;
use std::process::Command;

pub mod languages;
pub mod npm;
pub mod python;

/// The version of axe-core, pinned because new rules have to be reviewed.
const AXE_VERSION: &str = "4.14.1";

/// The version of the test runner, pinned so that test runs are the same on all machines.
const NEXTEST_VERSION: &str = "0.9.143";

/// CKAN's own client, for the tests of the open-data actions.
pub const CKANAPI_VERSION: &str = "4.11";

/// An S3-compatible server, for the tests of the component store. Its own extra `server` would install the
/// dependencies of all other services, which are twice as large.
const MOTO_VERSION: &str = "5.2.5";
const MOTO_SERVER: [&str; 2] = ["flask==3.1.3", "flask-cors==6.0.5"];

/// A browser with its driver, and the PostgreSQL server's own program: Debian's package and the program that
/// the tests look for.
const PACKAGES: [(&str, &str); 3] = [
    ("chromium", "chromium"),
    ("chromium-driver", "chromedriver"),
    ("postgresql", "initdb"),
];
/// The folder of Debian's versions of PostgreSQL, whose programs are not on `PATH`.
const POSTGRESQL: &str = "/usr/lib/postgresql";

/// Installs the missing tools and leaves existing ones unchanged. Returns the variables that tell the tests
/// their paths.
pub fn everything() -> Result<Vec<(&'static str, OsString)>> {
    packages()?;
    components()?;
    toolchain::ensure(&Target::ALL)?;
    nextest()?;
    let axe = npm::install("axe-core", AXE_VERSION, "axe.min.js")?;
    let mut variables = languages::install()?;
    variables.push(("AIM_AXE", axe.into()));
    let ckanapi = python::install("ckanapi", CKANAPI_VERSION, &[], "ckanapi")?;
    variables.push(("AIM_CKANAPI", ckanapi.into()));
    let moto = python::install("moto[s3]", MOTO_VERSION, &MOTO_SERVER, "moto_server")?;
    variables.push(("AIM_MOTO", moto.into()));
    variables.push(("AIM_CARGO_COMPONENT", toolchain::cargo_component()?.into()));
    Ok(variables)
}

/// Installs the missing packages of Debian.
pub fn packages() -> Result<()> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(_, program)| machine::program(program).is_none() && !is_with_postgresql(program))
        .map(|(package, _)| *package)
        .collect();
    machine::install_packages(&missing)
}

/// The client's packages create the folder as well, so only the program itself shows that the server is
/// installed.
fn is_with_postgresql(program: &str) -> bool {
    let versions = fs::read_dir(POSTGRESQL).into_iter().flatten().flatten();
    versions
        .map(|version| version.path().join("bin").join(program))
        .any(|candidate| candidate.is_file())
}

/// Formatter and linter, which rustup's minimal profile does not include.
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
