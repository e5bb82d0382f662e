//! The checks, each with its evidence. Evidence is for developers and officers, in English.

use aim_gov::grant::Capability;
use aim_gov::payments::service_code::ServiceCode;
use aim_gov::text::Localised;
use aim_runtime::{Compilation, CompileError, Finding, Inspection, Shape};

use super::VettingError;
use crate::domain::report::{Check, Severity};
use crate::manifest::{Manifest, mixes_scripts};

/// What is wrong with a component that cannot be accepted at all.
pub(super) fn of_findings(findings: &[Finding]) -> Vec<Check> {
    ["valid-component", "size", "imports-known", "world"]
        .into_iter()
        .filter_map(|code| {
            let lines: Vec<_> = findings
                .iter()
                .filter(|finding| code_of(finding) == code)
                .map(ToString::to_string)
                .collect();
            (!lines.is_empty()).then(|| Check::failed(code, Severity::Block, lines))
        })
        .collect()
}

fn code_of(finding: &Finding) -> &'static str {
    match finding {
        Finding::TooLarge { .. } | Finding::Shape { .. } => "size",
        Finding::Import { .. } | Finding::MoreImports { .. } | Finding::Wasi03 { .. } => "imports-known",
        Finding::NoHandler { .. } | Finding::TwoHandlers => "world",
        _ => "valid-component",
    }
}

/// The checks of a component that can be accepted, against what its manifest says.
pub(super) fn of_inspection(found: &Inspection, manifest: &Manifest) -> Vec<Check> {
    let codes = |capabilities: &mut dyn Iterator<Item = &Capability>| -> Vec<String> {
        capabilities
            .map(|capability| format!("`{}`", capability.code()))
            .collect()
    };
    let undeclared = codes(&mut found.capabilities.difference(&manifest.capabilities));
    let unused = codes(&mut manifest.capabilities.difference(&found.capabilities));
    let used = codes(&mut found.capabilities.iter());
    let mut known = vec![format!("{} imports, all of them known", found.imports.len())];
    known.extend(
        found
            .inert
            .iter()
            .map(|name| format!("{name} is linked to nothing: it reaches no file, network or process")),
    );
    let mut checks = vec![
        Check::passed(
            "valid-component",
            Severity::Block,
            vec![format!("{} of {} bytes", found.digest, found.size)],
        ),
        Check::passed("size", Severity::Block, vec![size_of(&found.shape)]),
        Check::passed(
            "world",
            Severity::Block,
            vec![format!("Exports `{}`", found.kind.interface())],
        ),
        Check::passed("imports-known", Severity::Block, known),
        Check::of(
            "imports-declared",
            Severity::Block,
            undeclared
                .into_iter()
                .map(|code| {
                    format!("The component uses {code}, but `capabilities` in `aim.toml` does not list it")
                })
                .collect(),
            uses(&used, manifest),
        ),
        Check::of(
            "declared-used",
            Severity::Warn,
            unused
                .into_iter()
                .map(|code| format!("`aim.toml` lists {code}, but the component does not use it; remove it"))
                .collect(),
            Vec::new(),
        ),
    ];
    checks.extend(of_events(found.handles_events, manifest));
    checks
}

/// Whether a component that subscribes to events can take them, and the other way round.
fn of_events(handles_events: bool, manifest: &Manifest) -> Option<Check> {
    let subscribes = !manifest.events.is_empty();
    let wrong = match (subscribes, handles_events) {
        (false, false) => return None,
        (true, true) => Vec::new(),
        (true, false) => vec![
            "`aim.toml` subscribes to events, but the component does not export `aim:gov/event-handler@0.1.0`: add a \
             handler (`#[aim_sdk::event_handler]`), or remove `[events]`"
                .to_owned(),
        ],
        (false, true) => vec![
            "The component exports `aim:gov/event-handler`, but `aim.toml` subscribes to no event: add `[events]` with \
             `subscribes`, or remove the handler"
                .to_owned(),
        ],
    };
    let types = manifest
        .events
        .types
        .iter()
        .map(|event| format!("Subscribes to `{}`", event.code()))
        .collect();
    Some(Check::of("event-handler", Severity::Block, wrong, types))
}

/// What a component uses that asked for all of it.
fn uses(used: &[String], manifest: &Manifest) -> Vec<String> {
    let mut lines = vec![if used.is_empty() {
        "Uses no permission".to_owned()
    } else {
        format!("Uses {}", used.join(", "))
    }];
    if manifest.imports_outbound_unused() {
        lines.push("`outbound` names no host: every call to another system is refused".to_owned());
    }
    lines
}

/// The size as an officer reads it.
fn size_of(shape: &Shape) -> String {
    let Shape {
        modules,
        components,
        functions,
        function_bytes,
        imports,
        exports,
        memory_bytes,
        custom_bytes,
        ..
    } = shape;
    format!(
        "{components} components with {modules} modules; {functions} functions, the longest of {function_bytes} bytes; \
         {imports} imports and {exports} exports; {memory_bytes} bytes of memory at the start; \
         {custom_bytes} bytes of notes by tools"
    )
}

/// Whether it compiled.
///
/// # Errors
/// [`VettingError::Compiler`] where the fault is not the component's.
pub(super) fn of_compilation(result: Result<Compilation, CompileError>) -> Result<Check, VettingError> {
    match result {
        Ok(Compilation {
            digest,
            functions,
            reused,
        }) => Ok(Check::passed(
            "compiles",
            Severity::Block,
            vec![match functions {
                0 => format!("{digest} was compiled within the limits before"),
                _ => format!(
                    "{digest} compiled within the limits: {functions} functions, {reused} of them as in the deployed version"
                ),
            }],
        )),
        Err(error) if is_the_components_fault(&error) => Ok(Check::failed(
            "compiles",
            Severity::Block,
            vec![error.to_string()],
        )),
        Err(error) => Err(VettingError::Compiler(error)),
    }
}

pub(super) fn is_the_components_fault(error: &CompileError) -> bool {
    match error {
        CompileError::Refused(_)
        | CompileError::Time { .. }
        | CompileError::Memory { .. }
        | CompileError::Crashed { .. } => true,
        CompileError::Interrupted
        | CompileError::Child { .. }
        | CompileError::Store(_)
        | CompileError::NoRoom(_) => false,
    }
}

/// The checks of the manifest that need more than the manifest.
pub(super) fn of_manifest(manifest: &Manifest, look_alikes: Vec<String>) -> Vec<Check> {
    let mut texts = vec![
        ("title".to_owned(), &manifest.title),
        ("summary".to_owned(), &manifest.summary),
    ];
    texts.extend(
        manifest
            .purposes
            .iter()
            .map(|purpose| (format!("purpose `{}`", purpose.code), &purpose.text)),
    );
    let missing = texts
        .into_iter()
        .filter_map(|(what, text)| missing_languages(&what, text))
        .collect();
    let unknown: Vec<_> = manifest
        .payment_service_codes
        .iter()
        .filter(|code| !ServiceCode::all().iter().any(|known| known.is_within(code)))
        .map(|code| format!("`{code}` is not a budget account"))
        .collect();
    let mut checks = vec![
        Check::of(
            "name",
            Severity::Warn,
            look_alikes
                .into_iter()
                .map(|name| format!("Looks like `{name}` of another organisation"))
                .chain(mixed_titles(manifest))
                .collect(),
            vec![format!("`{}`", manifest.name.0)],
        ),
        Check::of("texts", Severity::Warn, missing, Vec::new()),
    ];
    if !manifest.payment_service_codes.is_empty() {
        let codes = manifest
            .payment_service_codes
            .iter()
            .map(|code| format!("`{code}`"))
            .collect();
        checks.push(Check::of("service-codes", Severity::Block, unknown, codes));
    }
    if manifest.authorization {
        let evidence =
            "Receives the `Authorization` header of requests, which may hold a password or a token";
        checks.push(Check::passed(
            "authorization",
            Severity::Warn,
            vec![evidence.to_owned()],
        ));
    }
    checks
}

/// The titles in which a word has letters of two scripts, so that it can pass for another one.
fn mixed_titles(manifest: &Manifest) -> Vec<String> {
    let title = &manifest.title;
    [Some(&title.az), title.en.as_ref(), title.ru.as_ref()]
        .into_iter()
        .flatten()
        .filter(|title| mixes_scripts(title))
        .map(|title| format!("A word of the title `{title}` has letters of two scripts"))
        .collect()
}

fn missing_languages(what: &str, text: &Localised) -> Option<String> {
    let missing: Vec<_> = [("en", text.en.is_none()), ("ru", text.ru.is_none())]
        .into_iter()
        .filter_map(|(lang, missing)| missing.then_some(lang))
        .collect();
    (!missing.is_empty()).then(|| format!("The {what} is not written in {}", missing.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::report::Outcome;

    const MANIFEST: &str = "name = 'water-meter'\nversion = '1.0.0'\ncontact = 'help@meter.example'\n\
                            title = { az = 'Su' }\nsummary = { az = 'Su' }\n";

    #[test]
    fn subscriber_needs_a_handler_and_the_other_way_round() {
        let subscribes = "capabilities = ['life-events']\n[events]\nsubscribes = ['az.gov.timer.due.v1']";
        let [silent, subscriber] =
            ["", subscribes].map(|rest| Manifest::parse(&format!("{MANIFEST}{rest}")).unwrap());
        assert_eq!(of_events(false, &silent), None);
        let taken = of_events(true, &subscriber).unwrap();
        assert_eq!(taken.outcome, Outcome::Passed);
        for (handles_events, manifest, said) in [
            (
                false,
                &subscriber,
                "does not export `aim:gov/event-handler@0.1.0`",
            ),
            (true, &silent, "subscribes to no event"),
        ] {
            let refused = of_events(handles_events, manifest).unwrap();
            assert!(refused.blocks(), "{refused:?}");
            assert!(refused.evidence[0].contains(said), "{refused:?}");
        }
    }
}
