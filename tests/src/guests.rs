//! Components for tests: written by hand in WebAssembly text, for what no honest toolchain produces,
//! or built by `aim build` from the services in `sample-plugins` and `tests/guests`, or by the tools of other
//! languages.

pub mod handler;
pub mod hostile;
pub mod languages;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

use crate::paths;

/// The folder that plug-ins are compiled in, apart from the platform's.
///
/// # Errors
/// When it cannot be made.
pub fn target() -> Result<PathBuf> {
    paths::scratch("plugins")
}

/// The folder of a sample service.
pub fn sample(name: &str) -> PathBuf {
    paths::project().join("sample-plugins").join(name)
}

/// The folder of a service that only tests use.
pub fn guest(name: &str) -> PathBuf {
    paths::project().join("tests/guests").join(name)
}

/// The folders of all sample services, those that hold a manifest.
///
/// # Errors
/// When the folder cannot be listed.
pub fn samples() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(paths::project().join("sample-plugins"))? {
        let path = entry?.path();
        if path.join("aim.toml").is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Builds the service in `folder` with `aim build`, and answers with the file of its component, which several
/// tests may build and read at once: the command replaces it as a whole.
///
/// # Errors
/// With the command's words when it fails.
pub async fn build(folder: &Path) -> Result<PathBuf> {
    let name = folder.file_name().context("the folder has no name")?;
    let out = paths::scratch("components")?.join(name).with_extension("wasm");
    let output = Command::new(paths::aim()?)
        .arg("build")
        .arg(folder)
        .arg("--out")
        .arg(&out)
        .env("CARGO_TARGET_DIR", target()?)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    if !output.status.success() {
        bail!(
            "`aim build {}` failed: {}{}",
            folder.display(),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(out)
}
