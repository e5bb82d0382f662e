//! What kind of machine this is, and installing its packages.

use crate::run;
use anyhow::{Context, Result, bail};
use std::fs;
use std::process::Command;

/// Whether this system is Debian or made from it, and so has `apt-get`.
pub fn is_debian() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let family = release.lines().any(|line| {
        let Some((key, value)) = line.split_once('=') else {
            return false;
        };
        matches!(key, "ID" | "ID_LIKE") && value.trim_matches('"').split(' ').any(|id| id == "debian")
    });
    family && run::succeeds(Command::new("apt-get").arg("--version"))
}

/// A command with the rights to change the system: ours if we are root, else through `sudo`,
/// which must not ask for a password (nobody may be there to answer).
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

/// Installs the Debian packages that are not there yet.
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
            "install these with this system's package manager, then repeat: {}",
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
