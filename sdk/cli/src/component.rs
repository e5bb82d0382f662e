//! From a project to a component: cargo, then the component format, then the check that it asks
//! for no more than its manifest says.

mod cargo;
mod check;

use std::fs;
use std::path::{Path, PathBuf};

use aim_runtime::Inspection;
use aim_toolchain::Target;
use wit_component::ComponentEncoder;

use crate::failure::{Blame, Failure};
use crate::project::Project;
use crate::ui;

/// The first eight bytes of a core module: the magic number and version 1, layer 0.
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";

/// A component that keeps to its manifest.
#[derive(Debug)]
pub struct Component {
    /// The binary.
    pub bytes: Vec<u8>,
    /// What it is and imports.
    pub inspection: Inspection,
}

/// Compiles the project for `target` and checks the result. Also says where it was built, which is
/// where its component belongs.
///
/// # Errors
/// When it does not compile, is not a component, or asks for more than the manifest.
pub fn compile(project: &Project, target: Target, offline: bool) -> Result<(Component, PathBuf), Failure> {
    ui::progress(format_args!(
        "compiling `{}` for {target}",
        project.manifest.name.0
    ));
    let built = cargo::build(&project.dir, target, offline)?;
    let bytes = read(&built)?;
    let bytes = if bytes.starts_with(CORE_MODULE) {
        encode(&bytes)?
    } else {
        bytes
    };
    let component = check::check(project, bytes)?;
    Ok((
        component,
        built.with_file_name(format!("{}.component.wasm", project.manifest.name.0)),
    ))
}

/// Reads and checks a component that something else built.
///
/// # Errors
/// As [`compile`].
pub fn prebuilt(project: &Project, path: &Path) -> Result<Component, Failure> {
    check::check(project, read(path)?)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(Failure::caused(
        Blame::Project,
        format!("cannot read `{}`", path.display()),
    ))
}

/// Wraps the module that `wasm32-unknown-unknown` gives. The SDK left its world in a custom
/// section; what the module does not use of it, the component does not import.
fn encode(module: &[u8]) -> Result<Vec<u8>, Failure> {
    let encoded = ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode());
    encoded
        .map_err(Failure::caused(Blame::Project, "the compiled module does not fit the world of a service"))
        .map_err(|failure| {
            failure.advise(
                "the crate must be a `cdylib` that uses `aim-sdk` and marks its entry with `#[aim_sdk::service]`",
            )
        })
}
