//! `cargo xtask test`: everything that must hold before a change lands.

use crate::{build, paths, run, setup};
use anyhow::Result;
use clap::Args;
use std::path::Path;
use std::process::Command;

/// What compiles for WebAssembly has workspaces of its own.
const GUEST_WORKSPACES: [&str; 3] = ["sdk/rust", "sample-plugins", "tests/guests"];
/// Those of them that have tests of their own, which run on this machine, without WebAssembly.
const TESTED_GUESTS: [&str; 2] = ["sdk/rust", "sample-plugins"];

/// Check the whole project as continuous integration does
///
/// Installs what is missing (Debian packages for browser and PostgreSQL, rustfmt and clippy,
/// WebAssembly targets, cargo-nextest, cargo-component, axe-core, componentize-js and componentize-py), checks
/// formatting and lints, builds the sample plug-ins, tests them and the SDK, and runs the tests. Stops at the first
/// step that fails.
#[derive(Args)]
pub struct Arguments {
    /// Only the tests whose name contains one of these
    filter: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let tools = setup::everything()?;
    if arguments.filter.is_empty() {
        run::step("formatting");
        run::checked(build::cargo()?.args(["fmt", "--all", "--check"]))?;
        for workspace in GUEST_WORKSPACES {
            let workspace = paths::root()?.join(workspace);
            run::checked(cargo_in(&workspace)?.args(["fmt", "--all", "--check"]))?;
        }
        run::step("lints");
        let lints = ["--all-targets", "--locked", "--", "--deny", "warnings"];
        run::checked(build::cargo()?.args(["clippy", "--workspace"]).args(lints))?;
        for workspace in GUEST_WORKSPACES {
            let mut clippy = cargo_in(&paths::root()?.join(workspace))?;
            run::checked(
                clippy
                    .args(["clippy", "--workspace", "--all-features"])
                    .args(lints),
            )?;
        }
    }
    let binaries = build::binaries(&["aim", "aimd"], build::Profile::Dev)?;
    build::samples(&binaries)?;
    if arguments.filter.is_empty() {
        run::step("tests of the SDK and the sample plug-ins");
        for workspace in TESTED_GUESTS {
            let mut test = cargo_in(&paths::root()?.join(workspace))?;
            run::checked(test.args(["test", "--workspace", "--all-features", "--locked"]))?;
        }
        run::step("examples in the documentation");
        run::checked(build::cargo()?.args(["test", "--doc", "--workspace", "--locked"]))?;
    }
    run::step("tests");
    run::checked(
        build::cargo()?
            .args(["nextest", "run", "--workspace", "--locked"])
            .args(&arguments.filter)
            .envs(tools),
    )
}

/// A cargo command in one of them.
fn cargo_in(folder: &Path) -> Result<Command> {
    let mut command = build::cargo()?;
    command
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", paths::plugins()?);
    Ok(command)
}
