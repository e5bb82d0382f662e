//! Finds the Rust compiler that builds plug-ins.
//!
//! `aim build`, `cargo xtask` and the tests must use the same one, so only this crate decides. It looks in two
//! places, in this order:
//!
//! 1. `AIM_WASM_CARGO` and `AIM_WASM_RUSTC`, where both are set: the caller knows best.
//! 2. `cargo` and `rustc` on `PATH`, if that compiler has the target's standard library (the result
//!    of `rustup target add`, or of any distribution that ships it).
//!
//! ```no_run
//! use aim_toolchain::{Target, Toolchain};
//!
//! let toolchain = Toolchain::find(Target::Unknown)?;
//! let status = toolchain.cargo().args(["build", "--release", "--target", Target::Unknown.triple()]).status();
//! # Ok::<(), aim_toolchain::Missing>(())
//! ```

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The `cargo` to build plug-ins with; needs [`RUSTC_VARIABLE`] as well.
pub const CARGO_VARIABLE: &str = "AIM_WASM_CARGO";
/// The `rustc` to build plug-ins with; needs [`CARGO_VARIABLE`] as well.
pub const RUSTC_VARIABLE: &str = "AIM_WASM_RUSTC";

/// A target that a plug-in can be built for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Target {
    /// `wasm32-unknown-unknown`: the SDK's default; the component imports no WASI.
    Unknown,
    /// `wasm32-wasip2`: the component imports WASI.
    Wasip2,
    /// `wasm32-wasip1`: the target of `cargo component build`.
    Wasip1,
}

impl Target {
    /// Every target, the most common one first.
    pub const ALL: [Self; 3] = [Self::Unknown, Self::Wasip2, Self::Wasip1];

    /// The name for `cargo --target`.
    #[must_use]
    pub const fn triple(self) -> &'static str {
        match self {
            Self::Unknown => "wasm32-unknown-unknown",
            Self::Wasip2 => "wasm32-wasip2",
            Self::Wasip1 => "wasm32-wasip1",
        }
    }

    /// The file without which linking fails: WASI programs start in wasi-libc.
    const fn start_file(self) -> Option<&'static str> {
        match self {
            Self::Unknown => None,
            Self::Wasip2 | Self::Wasip1 => Some("self-contained/crt1-command.o"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.triple())
    }
}

/// No compiler on this machine has the target's standard library.
#[derive(Debug)]
pub struct Missing {
    pub target: Target,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let triple = self.target.triple();
        write!(
            f,
            "no Rust compiler here can build for `{triple}`: run `rustup target add {triple}`"
        )
    }
}

impl Error for Missing {}

/// A `cargo` and a `rustc` that can build for one target.
#[derive(Clone, Debug)]
pub struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
}

impl Toolchain {
    /// Finds the compiler for `target`, as described in the crate's documentation.
    ///
    /// # Errors
    /// [`Missing`] if none has the target's standard library.
    pub fn find(target: Target) -> Result<Self, Missing> {
        if let (Some(cargo), Some(rustc)) = (env::var_os(CARGO_VARIABLE), env::var_os(RUSTC_VARIABLE)) {
            return Ok(Self {
                cargo: cargo.into(),
                rustc: rustc.into(),
            });
        }
        let on_path = Path::new("rustc");
        if is_installed(on_path, target) {
            return Ok(Self {
                cargo: "cargo".into(),
                rustc: on_path.into(),
            });
        }
        Err(Missing { target })
    }

    /// A `cargo` command that compiles with this toolchain; arguments and folder are the caller's.
    ///
    /// It inherits none of the variables that change what cargo compiles ([Cargo's reference, "Environment
    /// variables Cargo reads"](https://doc.rust-lang.org/cargo/reference/environment-variables.html)): they
    /// were set for programs of this machine (a linker, a processor's extensions), fail for WebAssembly or
    /// change the component's digest. A plug-in's own `.cargo/config.toml` has what it needs.
    #[must_use]
    pub fn cargo(&self) -> Command {
        let mut command = Command::new(&self.cargo);
        for (name, _) in env::vars_os() {
            if changes_what_is_compiled(&name.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        command.env("RUSTC", &self.rustc);
        command
    }

    /// The `rustc` in use.
    #[must_use]
    pub fn rustc(&self) -> &Path {
        &self.rustc
    }

    /// A `PATH` with this compiler first, for tools that search it themselves, such as `cargo component`.
    #[must_use]
    pub fn path(&self) -> OsString {
        let rustc = self
            .rustc
            .parent()
            .filter(|folder| folder.is_absolute())
            .map(Path::to_path_buf);
        let inherited = env::var_os("PATH").unwrap_or_default();
        let folders = rustc.into_iter().chain(env::split_paths(&inherited));
        // A folder whose name holds a colon cannot have come from PATH, so joining cannot fail.
        env::join_paths(folders).unwrap_or(inherited)
    }
}

/// Whether a variable with this name changes the compiled code, and not only where or how fast it is compiled.
fn changes_what_is_compiled(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "CARGO_BUILD_RUSTC",
        "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
        "CARGO_BUILD_RUSTC_WRAPPER",
        "CARGO_BUILD_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_INCREMENTAL",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        "RUSTFLAGS",
    ];
    // Settings of one target: its linker, runner and flags. `CARGO_TARGET_DIR` is a folder.
    let of_a_target = name.starts_with("CARGO_TARGET_") && name != "CARGO_TARGET_DIR";
    NAMES.contains(&name) || of_a_target || name.starts_with("CARGO_PROFILE_")
}

/// Whether `rustc` runs and has the standard library of `target`.
#[must_use]
pub fn is_installed(rustc: &Path, target: Target) -> bool {
    let Some(folder) = ask(rustc, &["--print", "target-libdir", "--target", target.triple()]) else {
        return false;
    };
    let folder = PathBuf::from(folder);
    let Ok(entries) = fs::read_dir(&folder) else {
        return false;
    };
    let has_std = entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    });
    has_std && target.start_file().is_none_or(|file| folder.join(file).exists())
}

fn ask(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A `rustc` that keeps its libraries in `folder`.
    fn rustc(folder: &Path) -> PathBuf {
        let program = folder.join("rustc");
        let script = format!("#!/bin/sh\necho '{}'\n", folder.display());
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        program
    }

    #[test]
    fn variable_of_another_build_is_not_inherited() {
        for name in [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_BUILD_RUSTFLAGS",
            "CARGO_BUILD_TARGET",
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
            "CARGO_PROFILE_RELEASE_LTO",
            "RUSTC_WRAPPER",
        ] {
            assert!(changes_what_is_compiled(name), "{name}");
        }
        for name in [
            "CARGO_TARGET_DIR",
            "CARGO_HOME",
            "CARGO_NET_OFFLINE",
            "PATH",
            "HOME",
        ] {
            assert!(!changes_what_is_compiled(name), "{name}");
        }
    }

    #[test]
    fn compiler_needs_the_library_and_the_start_file_of_its_target() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let rustc = rustc(folder);
        assert!(!is_installed(&rustc, Target::Unknown), "there is no library yet");
        fs::write(folder.join("libstd-0.rlib"), "").unwrap();
        assert!(is_installed(&rustc, Target::Unknown));
        assert!(!is_installed(&rustc, Target::Wasip2), "there is no wasi-libc yet");
        fs::create_dir(folder.join("self-contained")).unwrap();
        fs::write(folder.join("self-contained/crt1-command.o"), "").unwrap();
        assert!(is_installed(&rustc, Target::Wasip2));
    }
}
