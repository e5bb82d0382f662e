//! `cargo xtask demo`: the main path, driven as its users drive it.

use crate::{build, run, toolchain};
use aim_toolchain::Target;
use anyhow::Result;
use clap::Args;
use std::ffi::OsString;
use std::process::Command;

/// Drive the main path in the role of each person, and report each step
///
/// Starts a platform of its own in a temporary folder on a free port. Prints one numbered line a
/// step and ends with `demo: N steps, 0 failed`.
#[derive(Args)]
pub struct DemoArgs {
    /// Passed on to `aim up`, as in `-- --database postgres://aim@localhost/empty`
    #[arg(last = true)]
    rest: Vec<OsString>,
}

pub fn run(arguments: &DemoArgs) -> Result<()> {
    toolchain::ensure(&[Target::Unknown])?;
    let binaries = build::binaries(&["aim", "demo"], build::Profile::Dev)?;
    build::samples(&binaries)?;
    run::step("demo");
    run::checked(Command::new(binaries.join("demo")).args(&arguments.rest))
}
