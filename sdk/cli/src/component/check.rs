//! Whether a component keeps to its manifest.

use aim_gov::grant::Capability;

use super::Component;
use crate::failure::Failure;
use crate::project::{MANIFEST, Project};
use crate::ui;

/// Inspects a component as the registry will, and compares what it imports with what the manifest
/// asks for.
///
/// # Errors
/// When the registry would refuse it; says what to change.
pub fn check(project: &Project, bytes: Vec<u8>) -> Result<Component, Failure> {
    let inspection = aim_runtime::inspect(&bytes).map_err(|findings| {
        let lines: Vec<String> = findings.iter().map(|finding| format!("  {finding}")).collect();
        Failure::project(format!(
            "the component cannot be published:\n{}",
            lines.join("\n")
        ))
    })?;
    let asked = &project.manifest.capabilities;
    let undeclared: Vec<Capability> = inspection.capabilities.difference(asked).copied().collect();
    if !undeclared.is_empty() {
        let used = codes(&undeclared);
        let all: Vec<Capability> = inspection.capabilities.union(asked).copied().collect();
        return Err(Failure::project(format!(
            "the component imports {used}, which `{MANIFEST}` does not ask for"
        ))
        .advise(format!(
            "write `capabilities = [{}]` in `{MANIFEST}`, or remove the calls from the code",
            all.iter()
                .map(|capability| format!("\"{}\"", capability.code()))
                .collect::<Vec<_>>()
                .join(", ")
        )));
    }
    match (inspection.handles_events, project.manifest.events.is_empty()) {
        (true, true) => {
            return Err(Failure::project(format!(
                "the component handles events, but `{MANIFEST}` subscribes to none"
            ))
            .advise(format!(
                "add `[events]` with `subscribes` to `{MANIFEST}`, or remove the handler"
            )));
        }
        (false, false) => {
            return Err(Failure::project(format!(
                "`{MANIFEST}` subscribes to events, but the component does not handle them"
            ))
            .advise(format!(
                "add a function with `#[aim_sdk::event_handler]`, or remove `[events]` from `{MANIFEST}`"
            )));
        }
        (true, false) | (false, true) => {}
    }
    let unused: Vec<Capability> = asked.difference(&inspection.capabilities).copied().collect();
    if !unused.is_empty() {
        ui::progress(format_args!(
            "note: `{MANIFEST}` asks for {}, which the component does not import; officers will ask why",
            codes(&unused)
        ));
    }
    Ok(Component { bytes, inspection })
}

fn codes(capabilities: &[Capability]) -> String {
    capabilities
        .iter()
        .map(|capability| format!("`{}`", capability.code()))
        .collect::<Vec<_>>()
        .join(", ")
}
