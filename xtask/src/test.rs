//! `cargo xtask test`: all checks that must pass before a change lands.

use crate::phases::Phases;
use crate::{build, paths, run, setup};
use anyhow::Result;
use clap::Args;
use std::process::Command;

/// Crates for WebAssembly have workspaces of their own.
const GUEST_WORKSPACES: [&str; 3] = ["sdk/rust", "sample-plugins", "tests/guests"];
/// Those with tests of their own, which run on this machine without WebAssembly.
const TESTED_GUESTS: [&str; 2] = ["sdk/rust", "sample-plugins"];

/// Check the whole project as continuous integration does
///
/// Installs what is missing (Debian packages for browser and PostgreSQL, rustfmt and clippy,
/// WebAssembly targets, cargo-nextest, cargo-component, axe-core, componentize-js and componentize-py), checks
/// formatting and lints, builds the sample plug-ins, tests them and the SDK, and runs the tests. Says what each phase
/// took, in seconds of the clock and of processor time. Stops at the first step that fails.
#[derive(Args)]
pub struct TestArgs {
    /// Only the tests whose name contains one of these
    filter: Vec<String>,
}

pub fn run(arguments: &TestArgs) -> Result<()> {
    let phases = Phases::begin()?;
    let all = arguments.filter.is_empty();
    let tools = phases.run("tools", setup::everything)?;
    if all {
        phases.run("formatting", formatting)?;
        phases.run("lints", lints)?;
        phases.run("lints of plug-ins", lints_of_guests)?;
    }
    let binaries = phases.run("building", || {
        build::binaries(&["aim", "aimd"], build::Profile::Dev)
    })?;
    phases.run("building plug-ins", || build::samples(&binaries))?;
    if all {
        phases.run("tests of plug-ins", tests_of_guests)?;
        phases.run("examples", examples)?;
    }
    phases.run("building tests", || {
        run::step("building the tests");
        run::checked(nextest()?.arg("--no-run"))
    })?;
    phases.run("tests", || {
        run::step("tests");
        run::checked(nextest()?.args(&arguments.filter).envs(tools))
    })?;
    phases.end()
}

fn formatting() -> Result<()> {
    run::step("formatting");
    let check = ["fmt", "--all", "--check"];
    run::checked(build::cargo()?.args(check))?;
    for workspace in GUEST_WORKSPACES {
        run::checked(cargo_in(workspace)?.args(check))?;
    }
    Ok(())
}

const LINTS: [&str; 5] = ["--all-targets", "--locked", "--", "--deny", "warnings"];

fn lints() -> Result<()> {
    run::step("lints");
    run::checked(build::cargo()?.args(["clippy", "--workspace"]).args(LINTS))
}

fn lints_of_guests() -> Result<()> {
    run::step("lints of the SDK and the plug-ins");
    for workspace in GUEST_WORKSPACES {
        let mut clippy = cargo_in(workspace)?;
        run::checked(
            clippy
                .args(["clippy", "--workspace", "--all-features"])
                .args(LINTS),
        )?;
    }
    Ok(())
}

fn tests_of_guests() -> Result<()> {
    run::step("tests of the SDK and the sample plug-ins");
    for workspace in TESTED_GUESTS {
        let mut test = cargo_in(workspace)?;
        run::checked(test.args(["test", "--workspace", "--all-features", "--locked"]))?;
    }
    Ok(())
}

fn examples() -> Result<()> {
    run::step("examples in the documentation");
    run::checked(build::cargo()?.args(["test", "--doc", "--workspace", "--locked"]))
}

fn nextest() -> Result<Command> {
    let mut nextest = build::cargo()?;
    nextest.args(["nextest", "run", "--workspace", "--locked"]);
    Ok(nextest)
}

/// A cargo command in one of the guests' workspaces.
fn cargo_in(workspace: &str) -> Result<Command> {
    let mut command = build::cargo()?;
    command
        .current_dir(paths::root()?.join(workspace))
        .env("CARGO_TARGET_DIR", paths::plugins()?);
    Ok(command)
}
