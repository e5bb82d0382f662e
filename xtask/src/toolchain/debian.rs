//! The targets from Debian's packages, for machines where rustup cannot download.

use super::{std_library, wasi_libc};
use crate::{machine, run};
use aim_toolchain::{SYSTEM_RUSTC, Target, is_installed};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// Debian keeps the newest Rust for its browsers under these names, beside an older `rustc`.
const PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];
/// The SDK's edition and language features need this much.
const RUST_MINOR_MIN: u32 = 95;

/// Installs the packages and fills `/usr/lib/rustlib/<target>/lib` for each target that lacks it.
pub fn install(targets: &[Target]) -> Result<()> {
    if !machine::is_debian() {
        bail!(
            "this system is not Debian, so there is no other way to get the WebAssembly targets: \
             let rustup reach its download server and run `rustup target add {}`",
            targets
                .iter()
                .map(|target| target.triple())
                .collect::<Vec<_>>()
                .join(" ")
        );
    }
    machine::install_packages(&PACKAGES)?;
    check_version()?;
    let rustc = Path::new(SYSTEM_RUSTC);
    for target in targets
        .iter()
        .copied()
        .filter(|target| !is_installed(rustc, *target))
    {
        std_library::install(target)?;
        if target != Target::Unknown {
            wasi_libc::install(target)?;
        }
        if !is_installed(rustc, target) {
            bail!(
                "{SYSTEM_RUSTC} still has no standard library for `{target}`: a step above left something out"
            );
        }
    }
    Ok(())
}

fn check_version() -> Result<()> {
    let version = run::output(Command::new(SYSTEM_RUSTC).arg("--version"))
        .with_context(|| format!("{SYSTEM_RUSTC} does not run"))?;
    let minor = version
        .split(['.', ' '])
        .nth(2)
        .and_then(|minor| minor.parse::<u32>().ok());
    if minor.is_none_or(|minor| minor < RUST_MINOR_MIN) {
        bail!(
            "Debian's Rust is `{version}`, but plug-ins need 1.{RUST_MINOR_MIN}: upgrade `rustc-web`, or use rustup"
        );
    }
    Ok(())
}
