//! Building the workspace and the plug-ins.

use crate::{paths, run};
use anyhow::{Context as _, Result};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The build profile of the workspace.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Profile {
    /// Fast to build: for `up` and `test`.
    Dev,
    /// `Dev` with our own crates optimised, as far as requests go through them.
    Measured,
    /// The profile that is shipped.
    Dist,
}

impl Profile {
    const ALL: [Self; 3] = [Self::Dev, Self::Measured, Self::Dist];

    /// The argument of `cargo build --profile`.
    fn name(self) -> &'static str {
        match self {
            Self::Dev | Self::Measured => "dev",
            Self::Dist => "dist",
        }
    }

    /// The folder of the result, in the target folder.
    fn folder(self) -> &'static str {
        match self {
            Self::Dev | Self::Measured => "debug",
            Self::Dist => "dist",
        }
    }

    /// Further options of the workspace's build.
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Measured => &[
                "--config",
                "profile.dev.package.aim-gov.opt-level=1",
                "--config",
                "profile.dev.package.aim-registry.opt-level=1",
                "--config",
                "profile.dev.package.aim-runtime.opt-level=3",
                "--config",
                "profile.dev.package.aim-server.opt-level=1",
                "--config",
                "profile.dev.package.aim-tests.opt-level=1",
            ],
            Self::Dev | Self::Dist => &[],
        }
    }
}

/// A cargo command in the clone that builds into the shared target folder.
pub fn cargo() -> Result<Command> {
    forget_other_clones()?;
    let mut command = Command::new("cargo");
    // `cargo run` sets variables about this program, which would reach the build scripts; those of some
    // dependencies (`ring`) run again when they change: in each clone, and after each build by hand.
    for (name, _) in std::env::vars_os() {
        let about_us = |prefix| name.to_str().is_some_and(|name| name.starts_with(prefix));
        if about_us("CARGO_PKG_") || about_us("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
        .current_dir(paths::root()?)
        .env("CARGO_TARGET_DIR", paths::target()?);
    Ok(command)
}

/// The file that names the clone which last built into the target folder.
const LAST_CLONE: &str = ".last-clone";
/// The prefixes of the workspace's own crates.
const OURS: [&str; 2] = ["aim-", "xtask-"];

/// Removes another clone's builds of the workspace's own crates. Cargo distinguishes them only by name and
/// compares the age of files, so a file that is younger than the sources here would count as up to date.
fn forget_other_clones() -> Result<()> {
    let (root, target) = (paths::root()?, paths::target()?);
    let (note, here) = (target.join(LAST_CLONE), root.to_string_lossy().into_owned());
    if fs::read_to_string(&note).is_ok_and(|last| last == here) {
        return Ok(());
    }
    for profile in Profile::ALL {
        let Ok(fingerprints) = fs::read_dir(target.join(profile.folder()).join(".fingerprint")) else {
            continue;
        };
        for fingerprint in fingerprints {
            let fingerprint = fingerprint?;
            let name = fingerprint.file_name();
            if name
                .to_str()
                .is_some_and(|name| OURS.iter().any(|ours| name.starts_with(ours)))
            {
                fs::remove_dir_all(fingerprint.path())?;
            }
        }
    }
    let plugins = paths::plugins()?;
    if plugins.exists() {
        fs::remove_dir_all(plugins)?;
    }
    fs::create_dir_all(&target)?;
    fs::write(note, here).context("cannot write to the target folder")
}

/// Builds binaries of the workspace and returns the folder that holds them.
pub fn binaries(names: &[&str], profile: Profile) -> Result<PathBuf> {
    run::step(&format!(
        "building {} with the profile `{}` (the first time takes several minutes)",
        names.join(", "),
        profile.name()
    ));
    let mut command = cargo()?;
    // All packages, even for some binaries: a subset would enable fewer features of its dependencies, and the
    // tree, including Wasmtime, would be built twice.
    command.args(["build", "--locked", "--workspace", "--profile", profile.name()]);
    command.args(profile.options());
    for name in names {
        command.args(["--bin", name]);
    }
    run::checked(&mut command)?;
    Ok(paths::target()?.join(profile.folder()))
}

/// Builds every sample plug-in with the `aim` binary in `binaries`.
pub fn samples(binaries: &std::path::Path) -> Result<()> {
    for sample in paths::samples()? {
        run::step(&format!("building the sample in {}", sample.display()));
        run::checked(
            Command::new(binaries.join("aim"))
                .arg("build")
                .arg(&sample)
                .env("CARGO_TARGET_DIR", paths::plugins()?),
        )?;
    }
    Ok(())
}
