//! Services in JavaScript and Python, built by the tools of the WebAssembly ecosystem from nothing but the
//! WIT package. The same two commands are in the services' own READMEs.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};
use tokio::process::Command;

use crate::{guests, paths};

/// Builds `tests/guests/hello-js` with componentize-js, and answers with the file of its component.
///
/// # Errors
/// When the tool is not installed, or with its words when it fails.
pub async fn hello_js() -> Result<PathBuf> {
    hello_js_without(&[]).await
}

/// The same with more of the engine's features disabled.
///
/// # Errors
/// As [`hello_js`].
pub async fn hello_js_without(features: &[&str]) -> Result<PathBuf> {
    let folder = guests::guest("hello-js");
    let mut command = Command::new(tool("AIM_NODE")?);
    command
        .arg(tool("AIM_COMPONENTIZE_JS")?)
        .args(["hello.js", "--wit", "wit", "--world-name", "hello-js"])
        .args(["--disable", "http", "fetch-event"])
        .args(features)
        .arg("--out");
    build(&folder, command).await
}

/// Builds `tests/guests/hello-py` with componentize-py, and answers with the file of its component.
///
/// # Errors
/// As [`hello_js`].
pub async fn hello_py() -> Result<PathBuf> {
    let folder = guests::guest("hello-py");
    let mut command = Command::new(tool("AIM_COMPONENTIZE_PY")?);
    command
        .args(["--wit-path", "wit", "--world", "hello-py"])
        .args(["componentize", "app", "--output"]);
    build(&folder, command).await
}

/// Where `cargo xtask test` installed a tool.
fn tool(variable: &str) -> Result<PathBuf> {
    let path = std::env::var_os(variable);
    let path = path.with_context(|| {
        format!("`{variable}` is not set: run `cargo xtask test`, which installs the tool")
    })?;
    Ok(path.into())
}

/// Runs the command, whose last argument is to be the component's file, unless the component of the same
/// sources, WIT and tool is there: each costs several seconds.
async fn build(folder: &Path, mut command: Command) -> Result<PathBuf> {
    let name = folder
        .file_name()
        .context("the folder has no name")?
        .to_string_lossy();
    let inputs = inputs(folder, &command)?;
    let out = paths::scratch("components")?.join(format!("{name}-{inputs}.wasm"));
    if out.is_file() {
        return Ok(out);
    }
    // Two tests may build it at once; the one that is done last wins, with the same service.
    let partial = tempfile::Builder::new()
        .suffix(".wasm")
        .tempfile_in(out.parent().unwrap_or(folder))?;
    let output = command
        .arg(partial.path())
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("{command:?} does not start"))?;
    if !output.status.success() {
        bail!(
            "{command:?} failed: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    partial.persist(&out)?;
    Ok(out)
}

/// A hash over everything that the component is made of.
fn inputs(folder: &Path, command: &Command) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(format!("{command:?}"));
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = std::fs::read_dir(&folder)?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        entries.sort();
        for path in entries {
            // A link counts as what it leads to.
            if path.ends_with("__pycache__") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                hash.update(path.to_string_lossy().as_bytes());
                hash.update(std::fs::read(&path)?);
            }
        }
    }
    Ok(hex::encode(hash.finalize()).chars().take(16).collect())
}
