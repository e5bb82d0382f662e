//! The paths of the project's folders.

use anyhow::{Context, Result};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The clone that this xtask was built from.
pub fn root() -> Result<PathBuf> {
    // Cargo sets the variable when it runs us; the compiled-in path serves a direct start.
    let manifest =
        env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    let root = manifest.parent().context("xtask lies outside a clone")?;
    Ok(root.to_path_buf())
}

/// The folder that clones share: compiled code, downloaded packages.
pub fn cache() -> Result<PathBuf> {
    let base = match set("XDG_CACHE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(&set("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?).join(".cache"),
    };
    Ok(base.join("aim-sandbox"))
}

/// The target folder of everything but xtask and plug-ins.
pub fn target() -> Result<PathBuf> {
    match set("CARGO_TARGET_DIR") {
        Some(folder) => std::path::absolute(folder).context("CARGO_TARGET_DIR is not a usable path"),
        None => Ok(cache()?.join("target")),
    }
}

/// The target folder of plug-ins, separate because of their other targets and profiles.
pub fn plugins() -> Result<PathBuf> {
    Ok(target()?.join("plugins"))
}

/// The folders of the sample plug-ins: those in `sample-plugins` with a manifest.
pub fn samples() -> Result<Vec<PathBuf>> {
    let folder = root()?.join("sample-plugins");
    let mut samples = Vec::new();
    for entry in folder
        .read_dir()
        .with_context(|| format!("cannot list {}", folder.display()))?
    {
        let path = entry?.path();
        if path.join("aim.toml").is_file() {
            samples.push(path);
        }
    }
    samples.sort();
    Ok(samples)
}

/// The variable, unless it is empty.
fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
