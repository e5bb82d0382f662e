//! wasi-libc, which the WASI targets link with.

use super::std_library::library_folder;
use crate::{machine, paths, run};
use aim_toolchain::Target;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The first release of Debian whose wasi-libc knows `wasm32-wasip2`. The package holds no code
/// of the machine it is installed on, so it can be unpacked on an older release.
const RELEASE: &str = "trixie";
/// Debian's keys of that release, which older releases ship as well.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Puts the C library and the start files of `target` where the system's `rustc` looks.
pub fn install(target: Target) -> Result<()> {
    let from = unpacked()?.join("usr/lib").join(target.triple());
    let to = library_folder(target).join("self-contained");
    run::step(&format!("copying wasi-libc for {target}"));
    run::checked(machine::as_root("mkdir")?.arg("-p").arg(&to))?;
    // A trailing `/.` copies what is in the folder; Debian's own names are links to one of them.
    run::checked(machine::as_root("cp")?.arg("-rL").arg(from.join(".")).arg(&to))
}

/// The folder with the unpacked package; downloads it at the first call.
fn unpacked() -> Result<PathBuf> {
    let folder = paths::cache()?.join("wasi-libc");
    let done = folder.join("usr/lib/wasm32-wasip2/libc.a");
    if done.exists() {
        return Ok(folder);
    }
    let package = download(&folder)?;
    run::checked(Command::new("dpkg").arg("-x").arg(&package).arg(&folder))?;
    if !done.exists() {
        bail!("{} holds no C library for wasm32-wasip2", package.display());
    }
    Ok(folder)
}

/// Downloads the package with apt itself, so that signatures are checked, but from lists of our
/// own: the machine's package sources stay as they are.
fn download(folder: &Path) -> Result<PathBuf> {
    run::step(&format!("downloading wasi-libc of Debian {RELEASE}"));
    let lists = folder.join("apt/lists");
    let sources = folder.join("apt/release.sources");
    let parts = folder.join("apt/parts");
    let cache = folder.join("apt/cache");
    for needed in [&lists.join("partial"), &parts, &cache.join("archives/partial")] {
        fs::create_dir_all(needed)?;
    }
    let mirror = mirror()?;
    let text =
        format!("Types: deb\nURIs: {mirror}\nSuites: {RELEASE}\nComponents: main\nSigned-By: {KEYRING}\n");
    fs::write(&sources, text)?;
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.current_dir(folder).arg("-qq");
        for (option, value) in [
            ("Dir::State::lists", &lists),
            ("Dir::Etc::sourcelist", &sources),
            ("Dir::Etc::sourceparts", &parts),
            ("Dir::Cache", &cache),
        ] {
            command.arg("-o").arg(format!("{option}={}", value.display()));
        }
        // The folder may lie in a home that apt's own unprivileged user cannot enter.
        command.args(["-o", "APT::Sandbox::User=root"]).args(arguments);
        command
    };
    run::checked(&mut apt(&["update"]))?;
    run::checked(&mut apt(&["download", "wasi-libc"]))?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            return Ok(path);
        }
    }
    bail!("apt downloaded no package to {}", folder.display())
}

/// The Debian mirror that this machine is set up with.
fn mirror() -> Result<String> {
    let listed = run::output(Command::new("apt-get").args([
        "indextargets",
        "--format",
        "$(REPO_URI)",
        "Created-By: Packages",
        "Label: Debian",
    ]));
    let listed = listed.context("`apt-get indextargets` failed")?;
    let first = listed
        .lines()
        .next()
        .context("no Debian archive among this machine's package sources: run `apt-get update`")?;
    Ok(first.to_owned())
}
