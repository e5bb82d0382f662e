//! Turns a project into a component: compiles it with cargo, wraps the module in the component format, and
//! checks it against the manifest.

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

/// A component that fits its manifest.
#[derive(Debug)]
pub struct Component {
    /// The binary.
    pub bytes: Vec<u8>,
    /// Its kind, imports and exports.
    pub inspection: Inspection,
}

/// Compiles the project for `target` and checks the result. Also returns the folder of the build, where the
/// component belongs.
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

/// Reads and checks a component that another tool built.
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

/// Wraps the module that `wasm32-unknown-unknown` produces. The SDK stores its world in a custom section; the
/// component imports only what the module uses of it.
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
