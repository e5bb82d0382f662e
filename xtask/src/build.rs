//! Building the workspace and the plug-ins.

use crate::{paths, run};
use anyhow::Result;
use std::path::PathBuf;
use std::process::Command;

/// A cargo command in the clone that builds into the shared target folder.
pub fn cargo() -> Result<Command> {
    let mut command = Command::new("cargo");
    // What `cargo run` tells this program about itself would be told to the build scripts, and those of some
    // dependencies (`ring`) run again when it changes: in each clone, and after each build by hand.
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

/// Builds binaries of the workspace and returns the folder that holds them.
pub fn binaries(names: &[&str]) -> Result<PathBuf> {
    run::step(&format!(
        "building {} (the first time takes several minutes)",
        names.join(", ")
    ));
    let mut command = cargo()?;
    // All packages, though only some binaries: a part of them would want its dependencies with fewer
    // features, and the tree, Wasmtime with it, would be built twice.
    command.args(["build", "--locked", "--workspace"]);
    for name in names {
        command.args(["--bin", name]);
    }
    run::checked(&mut command)?;
    Ok(paths::target()?.join("debug"))
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
