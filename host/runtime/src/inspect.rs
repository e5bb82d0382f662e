//! Inspects an upload before it is compiled or run: whether it is a component within the features and limits of
//! the platform, which world it fits, and which permissions it needs. Never executes any of it.

use std::collections::BTreeSet;

use aim_gov::grant::Capability;

use crate::digest::{ComponentBytes, Digest};
use crate::limits::{COMPONENT_BYTES_MAX, NAMES_LISTED_MAX};
use crate::link::{self, Known};

mod finding;
mod functions;
mod javascript;
mod magic;
mod shape;

pub(crate) use functions::functions;

pub use finding::{Finding, JavaScriptFeature, Shape, UnknownImport};

/// The version of `aim:gov` whose exports the host calls.
const GOV_VERSION: &str = "0.1.0";
/// The export of a service that receives events.
const EVENT_HANDLER: &str = "aim:gov/event-handler";

/// The world that a component fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It exports `aim:gov/handler`: whole requests and responses.
    Handler,
    /// It exports `wasi:http/incoming-handler`: streamed bodies.
    WasiHttp,
}

impl Kind {
    pub fn interface(self) -> &'static str {
        match self {
            Self::Handler => "aim:gov/handler",
            Self::WasiHttp => "wasi:http/incoming-handler",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Handler => GOV_VERSION,
            Self::WasiHttp => "0.2.12",
        }
    }
}

/// The properties and permissions of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    pub kind: Kind,
    /// Whether it exports `aim:gov/event-handler`.
    pub handles_events: bool,
    pub digest: Digest,
    /// Its size, in bytes.
    pub size: usize,
    /// Its imports with their versions, as written in the binary.
    pub imports: Vec<String>,
    pub exports: Vec<String>,
    pub capabilities: BTreeSet<Capability>,
    /// Imports of WASI that get an empty context and so have no access to anything.
    pub inert: Vec<String>,
    pub shape: Shape,
}

/// A component that passed its inspection. Only [`crate::Runtime::inspect`] makes one, so it need not be
/// inspected again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    component: ComponentBytes,
    inspection: Inspection,
}

impl Inspected {
    pub(crate) fn new(component: ComponentBytes) -> Result<Self, Vec<Finding>> {
        let inspection = inspect_hashed(component.bytes(), component.digest())?;
        Ok(Self {
            component,
            inspection,
        })
    }

    pub fn component(&self) -> &ComponentBytes {
        &self.component
    }

    pub fn inspection(&self) -> &Inspection {
        &self.inspection
    }
}

/// Inspects an upload. The cost is bounded by [`shape`]'s limits, which are checked first.
///
/// # Errors
/// Every fault; each [`Finding`] has the remedy.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, Vec<Finding>> {
    inspect_hashed(bytes, Digest::of(bytes))
}

fn inspect_hashed(bytes: &[u8], digest: Digest) -> Result<Inspection, Vec<Finding>> {
    if bytes.len() > COMPONENT_BYTES_MAX {
        return Err(vec![Finding::TooLarge {
            size: bytes.len(),
            max: COMPONENT_BYTES_MAX,
        }]);
    }
    magic::check(bytes).map_err(|finding| vec![finding])?;
    let outline = shape::measure(bytes).map_err(|finding| vec![finding])?;
    if let Some(name) = link::wasi_0_3(outline.imports.iter().chain(&outline.exports)) {
        // Other faults follow from this one.
        return Err(vec![Finding::Wasi03 { name: name.clone() }]);
    }
    let mut findings: Vec<_> = validate(bytes).err().into_iter().collect();
    findings.extend(outline.javascript.findings());
    let (capabilities, inert) = imports(&outline.imports, &mut findings);
    let kind = kind(&outline.exports)
        .map_err(|finding| findings.push(finding))
        .ok();
    match kind {
        Some(kind) if findings.is_empty() => Ok(Inspection {
            kind,
            handles_events: exported(&outline.exports, EVENT_HANDLER, GOV_VERSION),
            digest,
            size: bytes.len(),
            imports: outline.imports,
            exports: outline.exports,
            capabilities,
            inert,
            shape: outline.shape,
        }),
        _ => Err(findings),
    }
}

/// Checks that it is valid with exactly the features of the engine.
fn validate(bytes: &[u8]) -> Result<(), Finding> {
    wasmparser::Validator::new_with_features(crate::engine::features())
        .validate_all(bytes)
        .map(drop)
        .map_err(|error| Finding::Invalid {
            offset: u64::try_from(error.offset()).unwrap_or(u64::MAX),
            message: error.message().to_owned(),
        })
}

/// The capabilities that the imports need, and the inert imports.
fn imports(imports: &[String], findings: &mut Vec<Finding>) -> (BTreeSet<Capability>, Vec<String>) {
    let mut capabilities = BTreeSet::new();
    let mut inert = Vec::new();
    let mut refused = 0_usize;
    for import in imports {
        let unknown = match link::known(import) {
            Known::Linked(Some(capability)) => {
                capabilities.insert(capability);
                continue;
            }
            Known::Linked(None) => {
                if import.starts_with("wasi:") {
                    inert.push(import.clone());
                }
                continue;
            }
            Known::OtherVersion(version) => UnknownImport::Version(version),
            Known::Unknown => UnknownImport::Unknown,
        };
        refused = refused.saturating_add(1);
        if refused <= NAMES_LISTED_MAX {
            findings.push(Finding::Import {
                name: import.clone(),
                why: unknown,
            });
        }
    }
    let more = refused.saturating_sub(NAMES_LISTED_MAX);
    if more > 0 {
        findings.push(Finding::MoreImports { count: more });
    }
    (capabilities, inert)
}

/// Whether an interface is exported in a version that the host can call.
fn exported(exports: &[String], interface: &str, version: &str) -> bool {
    exports.iter().any(|export| match export.split_once('@') {
        Some((name, found)) => name == interface && link::compatible(version, found),
        None => false,
    })
}

fn kind(exports: &[String]) -> Result<Kind, Finding> {
    let fits = |kind: &Kind| exported(exports, kind.interface(), kind.version());
    let mut kinds = [Kind::Handler, Kind::WasiHttp].into_iter().filter(fits);
    match (kinds.next(), kinds.next()) {
        (Some(kind), None) => Ok(kind),
        (Some(_), Some(_)) => Err(Finding::TwoHandlers),
        (None, _) => Err(Finding::NoHandler {
            exports: exports.iter().take(NAMES_LISTED_MAX).cloned().collect(),
        }),
    }
}

#[cfg(test)]
mod tests;
