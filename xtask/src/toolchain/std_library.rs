//! The standard library, compiled from the distribution's own source.

use crate::{machine, paths, run};
use aim_toolchain::{BUILT_BY, SYSTEM_CARGO, SYSTEM_RUSTC, Target};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The name of the empty crate whose only purpose is to depend on the standard library.
const EMPTY: &str = "aim_empty";

/// Compiles the standard library for `target` and puts it where the system's `rustc` looks.
pub fn install(target: Target) -> Result<()> {
    run::step(&format!(
        "building the standard library for {target} (once; a minute or more)"
    ));
    let project = paths::cache()?.join("std");
    write_project(&project)?;
    // What another release of the compiler left there has other names, and would be copied along.
    let built = project.join("target").join(target.triple());
    if built.exists() {
        fs::remove_dir_all(&built).with_context(|| format!("cannot empty {}", built.display()))?;
    }
    run::checked(
        Command::new(SYSTEM_CARGO)
            .current_dir(&project)
            .env("RUSTC", SYSTEM_RUSTC)
            // `-Zbuild-std` is not stable; what it builds is the same source as the shipped libraries.
            .env("RUSTC_BOOTSTRAP", "1")
            // Without bitcode a plug-in that asks for link-time optimisation fails to link.
            .env("RUSTFLAGS", "-Cembed-bitcode=yes")
            .env("CARGO_TARGET_DIR", project.join("target"))
            .args([
                "build",
                "-Zbuild-std=std,panic_abort",
                "--release",
                "--target",
                target.triple(),
            ]),
    )?;
    copy(&project, target)
}

/// An empty library in a workspace of its own.
fn write_project(project: &Path) -> Result<()> {
    fs::create_dir_all(project.join("src"))?;
    let manifest =
        format!("[package]\nname = \"{EMPTY}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n");
    fs::write(project.join("Cargo.toml"), manifest)?;
    fs::write(project.join("src/lib.rs"), "#![no_std]\n")?;
    Ok(())
}

fn copy(project: &Path, target: Target) -> Result<()> {
    let built = project.join("target").join(target.triple()).join("release/deps");
    let libraries = libraries_in(&built)?;
    if libraries.is_empty() {
        bail!("cargo built no library in {}", built.display());
    }
    let to = library_folder(target);
    run::checked(machine::as_root("mkdir")?.arg("-p").arg(&to))?;
    let old = libraries_in(&to)?;
    if !old.is_empty() {
        run::step(&format!(
            "removing what another compiler built in {}",
            to.display()
        ));
        let status = machine::as_root("rm")?.arg("-f").args(old).status();
        if !status.context("cannot start `rm`")?.success() {
            bail!("`rm` in {} failed", to.display());
        }
    }
    let mut copy = machine::as_root("cp")?;
    run::step(&format!(
        "copying {} libraries to {}",
        libraries.len(),
        to.display()
    ));
    let status = copy
        .args(libraries)
        .arg(&to)
        .status()
        .context("cannot start `cp`")?;
    if !status.success() {
        bail!("`cp` to {} failed ({status})", to.display());
    }
    let version = aim_toolchain::version(Path::new(SYSTEM_RUSTC))
        .with_context(|| format!("{SYSTEM_RUSTC} does not run"))?;
    let built_by = project.join(BUILT_BY);
    fs::write(&built_by, version)?;
    run::checked(machine::as_root("cp")?.arg(&built_by).arg(&to))
}

/// Where the system's `rustc` looks for the libraries of `target`.
pub fn library_folder(target: Target) -> PathBuf {
    Path::new("/usr/lib/rustlib").join(target.triple()).join("lib")
}

fn libraries_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut libraries = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if name.ends_with(".rlib") && !name.starts_with(&format!("lib{EMPTY}")) {
            libraries.push(path);
        }
    }
    Ok(libraries)
}
