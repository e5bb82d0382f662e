//! Runs `aim` isolated from the settings of the person who runs the tests.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A folder with a home of its own, in which to run `aim`.
pub struct Desk {
    folder: TempDir,
}

/// The result of a run of `aim`.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Desk {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `aim` in this folder.
    pub fn aim<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        self.aim_with(arguments, &[])
    }

    /// Runs `aim` in this folder with these environment variables.
    pub fn aim_with<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
        variables: &[(&str, &str)],
    ) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_aim"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("CARGO_TARGET_DIR", plugins_target())
            .env_remove("AIM_TOKEN")
            .env_remove("AIM_REGISTRY")
            .envs(variables.iter().copied())
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Plug-ins share the compiled SDK: the folder `plugins` beside this profile's. Tests that compile concurrently
/// need projects with different names, because cargo names its results after them.
fn plugins_target() -> PathBuf {
    let aim = Path::new(env!("CARGO_BIN_EXE_aim"));
    aim.parent().and_then(Path::parent).unwrap().join("plugins")
}
