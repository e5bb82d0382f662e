//! Cargo, run for WebAssembly.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Stdio};

use aim_toolchain::{Target, Toolchain};
use serde::Deserialize;

use crate::failure::{Blame, Failure};

/// A line of cargo's JSON output, as far as we need it.
#[derive(Deserialize)]
struct Message {
    reason: String,
    manifest_path: Option<PathBuf>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// Compiles the crate in `dir` and returns the file that it became.
///
/// # Errors
/// When there is no compiler for the target, the crate does not compile, or it gives no WebAssembly.
pub fn build(dir: &Path, target: Target, offline: bool) -> Result<PathBuf, Failure> {
    let manifest = dir.join("Cargo.toml");
    if !manifest.is_file() {
        return Err(
            Failure::project(format!("there is no `Cargo.toml` in `{}`", dir.display()))
                .advise("for a component that another tool built, pass its file with `--component`"),
        );
    }
    let toolchain = Toolchain::find(target).map_err(|missing| Failure::machine(missing.to_string()))?;
    let mut command = toolchain.cargo();
    // The compiler's own messages go to our standard error as they come; the list of files that it
    // made comes as JSON on standard output.
    command
        .current_dir(dir)
        .args([
            "build",
            "--release",
            "--message-format=json-render-diagnostics",
            "--target",
            target.triple(),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    if offline {
        command.arg("--offline");
    }
    let mut child = command
        .spawn()
        .map_err(Failure::unexpected("cannot start cargo"))?;
    let stdout = child
        .stdout
        .take()
        .ok_or_else(|| Failure::machine("cargo has no standard output"))?;
    let built = read_output(stdout, &manifest)?;
    let status = child
        .wait()
        .map_err(Failure::unexpected("cannot wait for cargo"))?;
    if !status.success() {
        return Err(if built.finished {
            Failure::project("the crate does not compile; cargo's messages above say why")
        } else {
            not_begun(&toolchain, dir, offline)
        });
    }
    built.files.into_iter().next_back().ok_or_else(|| {
        Failure::project("the crate gave no WebAssembly module")
            .advise("add `crate-type = [\"cdylib\"]` to the `[lib]` section of its `Cargo.toml`")
    })
}

/// Why cargo ended before it compiled anything: the project's own `Cargo.toml`, or what it could not get.
fn not_begun(toolchain: &Toolchain, dir: &Path, offline: bool) -> Failure {
    // Reads the project and nothing else.
    let sound = toolchain
        .cargo()
        .current_dir(dir)
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !sound {
        return Failure::project("`Cargo.toml` cannot be used; cargo's messages above say why");
    }
    Failure::machine("cargo could not begin to compile; its messages above say why").advise(if offline {
        "build once without `--offline`, which downloads the crates that the project needs"
    } else {
        "the first build downloads crates: check the connection, and the dependencies in `Cargo.toml`"
    })
}

/// What cargo says of a build.
#[derive(Default)]
struct Built {
    /// The `.wasm` files of the project's own crate.
    files: Vec<PathBuf>,
    /// Whether it got as far as compiling, with success or without.
    finished: bool,
}

/// Reads to the end of the build of the crate of `manifest`. Lines that are not JSON are a build script's own.
fn read_output(stdout: ChildStdout, manifest: &Path) -> Result<Built, Failure> {
    let mut built = Built::default();
    for line in BufReader::new(stdout).lines() {
        let line = line.map_err(Failure::caused(Blame::Machine, "cannot read cargo's output"))?;
        let Ok(message) = serde_json::from_str::<Message>(&line) else {
            continue;
        };
        built.finished |= message.reason == "build-finished";
        if message.reason == "compiler-artifact" && message.manifest_path.as_deref() == Some(manifest) {
            built.files.extend(
                message
                    .filenames
                    .into_iter()
                    .filter(|file| file.extension().is_some_and(|e| e == "wasm")),
            );
        }
    }
    Ok(built)
}
