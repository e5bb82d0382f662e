//! JavaScript whose engine was built without randomness or clocks (`componentize-js --disable`). It runs with
//! wrong results: the engine uses the values from the time of the build.

use wasmparser::{Encoding, KnownCustom, Payload, ProducersSectionReader};

use super::finding::{Finding, JavaScriptFeature};

/// The import of the engine for each feature.
const RANDOM: &str = "wasi:random/random";
const CLOCKS: [&str; 2] = ["wasi:clocks/monotonic-clock", "wasi:clocks/wall-clock"];

/// One component or module that is being read.
#[derive(Default)]
struct Part {
    is_component: bool,
    is_javascript: bool,
    has_random: bool,
    has_clocks: [bool; 2],
}

/// Detects such engines while the sections of a component are read: in the component itself, and in those
/// inside it.
#[derive(Default)]
pub(super) struct Watch {
    parts: Vec<Part>,
    missing_random: bool,
    missing_clocks: bool,
}

impl Watch {
    /// Reads the next section. An unreadable one is reported by another check.
    pub(super) fn see(&mut self, payload: &Payload<'_>) {
        match payload {
            Payload::Version { encoding, .. } => self.parts.push(Part {
                is_component: *encoding == Encoding::Component,
                ..Part::default()
            }),
            Payload::End(_) => {
                if let Some(part) = self
                    .parts
                    .pop()
                    .filter(|part| part.is_component && part.is_javascript)
                {
                    self.missing_random |= !part.has_random;
                    self.missing_clocks |= !part.has_clocks.iter().all(|has| *has);
                }
            }
            Payload::ComponentImportSection(section) => {
                let Some(part) = self.parts.last_mut() else { return };
                for import in section.clone().into_iter().flatten() {
                    let name = import.name.name;
                    let name = name.split_once('@').map_or(name, |(name, _)| name);
                    part.has_random |= name == RANDOM;
                    for (clock, has) in CLOCKS.iter().zip(&mut part.has_clocks) {
                        *has |= name == *clock;
                    }
                }
            }
            Payload::CustomSection(section) => {
                if let (Some(part), KnownCustom::Producers(producers)) =
                    (self.parts.last_mut(), section.as_known())
                {
                    part.is_javascript |= is_javascript(producers);
                }
            }
            _ => {}
        }
    }

    /// The missing features.
    pub(super) fn findings(&self) -> impl Iterator<Item = Finding> {
        let random = self.missing_random.then_some(JavaScriptFeature::Random);
        let clocks = self.missing_clocks.then_some(JavaScriptFeature::Clocks);
        random.into_iter().chain(clocks).map(Finding::JavaScriptWithout)
    }
}

/// Whether the tools recorded that they built JavaScript (the "producers" section of the WebAssembly tool
/// conventions).
fn is_javascript(producers: ProducersSectionReader<'_>) -> bool {
    producers
        .into_iter()
        .flatten()
        .filter(|field| field.name == "language")
        .flat_map(|field| field.values.into_iter().flatten())
        .any(|value| value.name == "JavaScript")
}
