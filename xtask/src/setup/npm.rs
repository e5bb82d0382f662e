//! Packages of npm, each with its dependencies in a folder of its own.

use crate::{machine, paths, run};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Installs exactly this version unless it is installed. Returns the path of `file` in the package.
pub fn install(package: &str, version: &str, file: &str) -> Result<PathBuf> {
    install_with(package, version, &[], file)
}

/// The same with further packages `beside` it, each with its version.
pub fn install_with(package: &str, version: &str, beside: &[&str], file: &str) -> Result<PathBuf> {
    let name = package.rsplit('/').next().unwrap_or(package);
    let folder = paths::cache()?.join("npm").join(format!("{name}-{version}"));
    let wanted = PathBuf::from("node_modules").join(package).join(file);
    if folder.join(&wanted).is_file() {
        return Ok(folder.join(wanted));
    }
    run::step(&format!("downloading {name} {version}"));
    machine::ensure_program("npm")?;
    // Moved to its place when complete, so that an interrupted installation is not found the next time.
    let partial = folder.with_extension("partial");
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    fs::create_dir_all(&partial)?;
    run::checked(
        Command::new("npm")
            .args([
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--no-save",
                "--prefix",
            ])
            .arg(&partial)
            .arg(format!("{package}@{version}"))
            .args(beside),
    )
    .with_context(|| format!("{package} comes from the npm registry"))?;
    if !partial.join(&wanted).is_file() {
        bail!("npm left no {}", partial.join(&wanted).display());
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::rename(&partial, &folder)?;
    Ok(folder.join(wanted))
}
