//! The kind of this machine, and the installation of packages.

use crate::run;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Whether this system is Debian itself. Derived systems such as Ubuntu name packages differently: there
/// Chromium is a snap.
pub fn is_debian() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    names_debian(&release) && run::succeeds(Command::new("apt-get").arg("--version"))
}

fn names_debian(release: &str) -> bool {
    release
        .lines()
        .filter_map(|line| line.strip_prefix("ID="))
        .any(|id| id.trim_matches('"') == "debian")
}

/// The first program of this name on `PATH`.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// Installs the Debian package `name`, which has the program `name`, unless it is on `PATH`.
pub fn ensure_program(name: &str) -> Result<()> {
    if program(name).is_some() {
        return Ok(());
    }
    install_packages(&[name])
}

/// A command with the rights to change the system: directly if this is root, otherwise through `sudo`, which
/// must not ask for a password because nobody may be there to answer.
pub fn as_root(program: &str) -> Result<Command> {
    let user = run::output(Command::new("id").arg("-u")).context("`id -u` failed")?;
    if user == "0" {
        return Ok(Command::new(program));
    }
    if !run::succeeds(Command::new("sudo").args(["-n", "true"])) {
        bail!(
            "`{program}` needs root here: run this command as root, or run `sudo true` first and repeat it"
        );
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    Ok(command)
}

/// Installs the Debian packages that are missing.
pub fn install_packages(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> = packages
        .iter()
        .copied()
        .filter(|package| !has_package(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !is_debian() {
        bail!(
            "this system is not Debian: install what Debian's packages {} hold, so that their programs are \
             on PATH, then repeat",
            missing.join(" ")
        );
    }
    run::step(&format!("installing Debian packages: {}", missing.join(" ")));
    run::checked(as_root("apt-get")?.args(["update", "-qq"]))?;
    let mut install = as_root("apt-get")?;
    install.env("DEBIAN_FRONTEND", "noninteractive");
    run::checked(
        install
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(missing),
    )
}

fn has_package(package: &str) -> bool {
    let status = run::output(Command::new("dpkg-query").args(["-W", "-f", "${Status}", package]));
    status.is_some_and(|status| status == "install ok installed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_is_told_from_what_is_made_of_it() {
        assert!(names_debian("PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n"));
        assert!(names_debian("ID=\"debian\"\nVERSION_ID=\"13\""));
        assert!(!names_debian("ID=ubuntu\nID_LIKE=debian\n"));
        assert!(!names_debian(""));
    }
}
