//! Where things are: the project, what cargo built, programs of the system.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// Names the `aim` binary to test, where it is not beside this program.
pub const AIM_BIN: &str = "AIM_BIN";

/// The project's root.
pub fn project() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}

/// The folder that cargo built this program into (`target/debug`).
///
/// # Errors
/// When the program does not know its own path.
pub fn built() -> Result<PathBuf> {
    let exe = std::env::current_exe().context("this program does not know its own path")?;
    let mut folder = exe.parent().context("this program is in no folder")?;
    if folder.file_name().is_some_and(|name| name == "deps") {
        folder = folder.parent().context("`deps` is in no folder")?;
    }
    Ok(folder.to_path_buf())
}

/// A folder for what tests leave behind for a person to look at, and for what they keep between runs.
///
/// # Errors
/// When it cannot be made.
pub fn scratch(name: &str) -> Result<PathBuf> {
    let built = built()?;
    let folder = built.parent().unwrap_or(&built).join(name);
    std::fs::create_dir_all(&folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    Ok(folder)
}

/// The `aim` binary: `AIM_BIN`, or the one that cargo built beside this program.
///
/// # Errors
/// When there is none.
pub fn aim() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(AIM_BIN) {
        return Ok(path.into());
    }
    let path = built()?.join("aim");
    if !path.is_file() {
        bail!(
            "`{}` is not there: run `cargo build -p aim-cli`, or name the binary in `{AIM_BIN}`",
            path.display()
        );
    }
    Ok(path)
}

/// The `aimd` binary that cargo built beside this program.
///
/// # Errors
/// When there is none.
pub fn aimd() -> Result<PathBuf> {
    let path = built()?.join("aimd");
    if !path.is_file() {
        bail!(
            "`{}` is not there: run `cargo build --workspace --bins`",
            path.display()
        );
    }
    Ok(path)
}

/// The first program of this name on `PATH`, then in `folders`.
pub fn program(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(folders.iter().cloned())
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}
