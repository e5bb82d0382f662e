//! The project's own commands: `cargo xtask --help`.
//!
//! This crate stays small, because it is compiled before anything else can run: it prepares a machine and
//! starts programs, and knows nothing of the platform itself.
#![allow(
    clippy::print_stdout,
    reason = "what these commands print is their result, and nothing in it comes from outside"
)]

use clap::{Parser, Subcommand};

mod bench;
mod build;
mod conformance;
mod crash;
mod demo;
mod machine;
mod paths;
mod phases;
mod run;
mod setup;
mod test;
mod toolchain;
mod up;

/// Commands for people who work on AIM Sandbox
///
/// Everything that these commands build goes to one folder outside the clone, which all clones on
/// this machine share: `CARGO_TARGET_DIR` if it is set, else `aim-sandbox/target` under
/// `XDG_CACHE_HOME` or `~/.cache`. Only xtask itself builds in `target/xtask`.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Up(up::UpArgs),
    Test(test::TestArgs),
    Bench(bench::BenchArgs),
    Conformance(conformance::ConformanceArgs),
    Crash(crash::CrashArgs),
    Demo(demo::DemoArgs),
    Toolchain(toolchain::ToolchainArgs),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Up(arguments) => up::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Conformance(arguments) => conformance::run(&arguments),
        Command::Crash(arguments) => crash::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Toolchain(arguments) => toolchain::run(&arguments),
    }
}
