//! Measures a component in one pass over its sections, before the validator reads it.

use wasmparser::{Parser, Payload};

use super::javascript::Watch;
use super::{Finding, Shape};
use crate::limits::{NAME_BYTES_MAX, NAMES_MAX};

/// The result of one pass over the binary.
pub(super) struct Outline {
    pub(super) shape: Shape,
    pub(super) imports: Vec<String>,
    pub(super) exports: Vec<String>,
    pub(super) javascript: Watch,
}

/// Bytes in a page of linear memory.
const PAGE_BYTES: u64 = 64 << 10;

/// Measures a component. Stops at the first section that cannot be parsed or exceeds a limit, so that later
/// checks are bounded.
pub(super) fn measure(bytes: &[u8]) -> Result<Outline, Finding> {
    let mut outline = Outline {
        shape: Shape::default(),
        imports: Vec::new(),
        exports: Vec::new(),
        javascript: Watch::default(),
    };
    let mut depth = 0_u64;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(invalid)?;
        match &payload {
            Payload::Version { .. } => {
                depth += 1;
                outline.shape.depth = outline.shape.depth.max(depth);
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        count(&payload, bytes, &mut outline.shape)?;
        if let Some(finding) = outline.shape.finding() {
            return Err(finding);
        }
        names(&payload, depth, &mut outline)?;
        outline.javascript.see(&payload);
    }
    Ok(outline)
}

fn invalid(error: wasmparser::BinaryReaderError) -> Finding {
    Finding::Invalid {
        offset: u64::try_from(error.offset()).unwrap_or(u64::MAX),
        message: error.message().to_owned(),
    }
}

/// The names of the outermost component.
fn names(payload: &Payload<'_>, depth: u64, outline: &mut Outline) -> Result<(), Finding> {
    match payload {
        Payload::ComponentImportSection(section) if depth == 1 => {
            for import in section.clone() {
                keep(
                    import.map_err(invalid)?.name.name,
                    "imports",
                    &mut outline.imports,
                )?;
            }
        }
        Payload::ComponentExportSection(section) if depth == 1 => {
            for export in section.clone() {
                keep(
                    export.map_err(invalid)?.name.name,
                    "exports",
                    &mut outline.exports,
                )?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn keep(name: &str, what: &'static str, names: &mut Vec<String>) -> Result<(), Finding> {
    let found = length(name.as_bytes());
    if found > NAME_BYTES_MAX {
        return Err(Finding::Shape {
            what: "bytes in a name",
            found,
            max: NAME_BYTES_MAX,
        });
    }
    names.push(name.to_owned());
    let found = u64::try_from(names.len()).unwrap_or(u64::MAX);
    if found > NAMES_MAX {
        return Err(Finding::Shape {
            what,
            found,
            max: NAMES_MAX,
        });
    }
    Ok(())
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Nested types: each level is a declaration of a type (`0x01`) with a component type (`0x41`) or an instance
/// type (`0x42`) in it. The same pair of bytes may have another meaning, so this is an upper bound; it counts
/// without parsing the types.
fn nesting(section: &[u8]) -> u64 {
    let levels = section
        .windows(2)
        .filter(|pair| matches!(pair, [0x01, 0x41 | 0x42]))
        .count();
    u64::try_from(levels).unwrap_or(u64::MAX)
}

fn count(payload: &Payload<'_>, bytes: &[u8], shape: &mut Shape) -> Result<(), Finding> {
    match payload {
        Payload::ModuleSection { .. } => shape.modules += 1,
        Payload::ComponentSection { .. } => shape.components += 1,
        Payload::FunctionSection(section) => shape.functions += u64::from(section.count()),
        Payload::CodeSectionEntry(body) => {
            shape.function_bytes = shape.function_bytes.max(length(body.as_bytes()));
        }
        Payload::TypeSection(section) => shape.types += u64::from(section.count()),
        Payload::CoreTypeSection(section) => {
            shape.types += u64::from(section.count());
            shape.type_bytes += length(bytes.get(section.range()).unwrap_or(bytes));
        }
        Payload::ComponentTypeSection(section) => {
            let section_bytes = bytes.get(section.range()).unwrap_or(bytes);
            shape.types += u64::from(section.count());
            shape.type_bytes += length(section_bytes);
            shape.type_nesting = shape.type_nesting.max(nesting(section_bytes));
        }
        Payload::ImportSection(section) => shape.imports += u64::from(section.count()),
        Payload::ComponentImportSection(section) => shape.imports += u64::from(section.count()),
        Payload::ExportSection(section) => shape.exports += u64::from(section.count()),
        Payload::ComponentExportSection(section) => shape.exports += u64::from(section.count()),
        Payload::DataSection(section) => shape.data_segments += u64::from(section.count()),
        Payload::ElementSection(section) => shape.element_segments += u64::from(section.count()),
        Payload::GlobalSection(section) => shape.globals += u64::from(section.count()),
        Payload::MemorySection(section) => {
            for memory in section.clone() {
                let bytes = memory.map_err(invalid)?.initial.saturating_mul(PAGE_BYTES);
                shape.memory_bytes = shape.memory_bytes.saturating_add(bytes);
            }
        }
        Payload::CustomSection(section) => {
            shape.custom_bytes += length(section.data());
        }
        _ => {}
    }
    Ok(())
}
