//! `cargo xtask crash`: kills the platform again and again, and looks after each time.

use crate::{build, run, setup};
use anyhow::Result;
use clap::Args;
use std::ffi::OsString;
use std::process::Command;

/// Kill the platform 1,000 times at seeded moments, and find out what was lost or doubled
///
/// Half of the runs are on SQLite and half on PostgreSQL, with payments, holds, refunds, signatures and events under
/// way. Prints one line a database, with its seed, and ends with `crash: N steps, 0 failed`.
#[derive(Args)]
pub struct CrashArgs {
    /// Passed on, as in `-- --runs 200 --seed 7`
    #[arg(last = true)]
    rest: Vec<OsString>,
}

pub fn run(arguments: &CrashArgs) -> Result<()> {
    setup::packages()?;
    let binaries = build::binaries(&["crash", "work-until-killed"], build::Profile::Dev)?;
    run::step("crash");
    run::checked(Command::new(binaries.join("crash")).args(&arguments.rest))
}
