//! Counts what is in a component, in one pass over its sections, before the validator sees it.

use wasmparser::{Parser, Payload};

use super::{Finding, Shape};

/// What one pass over the binary tells.
pub(super) struct Outline {
    pub(super) shape: Shape,
    /// Names that the outermost component imports.
    pub(super) imports: Vec<String>,
    /// Names that it exports.
    pub(super) exports: Vec<String>,
}

/// Bytes in a page of linear memory.
const PAGE_BYTES: u64 = 64 << 10;

/// Measures a component. Stops at the first section that cannot be parsed.
pub(super) fn measure(bytes: &[u8]) -> Result<Outline, Finding> {
    let mut outline = Outline {
        shape: Shape::default(),
        imports: Vec::new(),
        exports: Vec::new(),
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
        names(&payload, depth, &mut outline)?;
        count(&payload, &mut outline.shape)?;
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
                outline
                    .imports
                    .push(import.map_err(invalid)?.name.name.to_owned());
            }
        }
        Payload::ComponentExportSection(section) if depth == 1 => {
            for export in section.clone() {
                outline
                    .exports
                    .push(export.map_err(invalid)?.name.name.to_owned());
            }
        }
        _ => {}
    }
    Ok(())
}

fn count(payload: &Payload<'_>, shape: &mut Shape) -> Result<(), Finding> {
    match payload {
        Payload::ModuleSection { .. } => shape.modules += 1,
        Payload::ComponentSection { .. } => shape.components += 1,
        Payload::FunctionSection(section) => shape.functions += u64::from(section.count()),
        Payload::CodeSectionEntry(body) => {
            let bytes = u64::try_from(body.as_bytes().len()).unwrap_or(u64::MAX);
            shape.function_bytes = shape.function_bytes.max(bytes);
        }
        Payload::TypeSection(section) => shape.types += u64::from(section.count()),
        Payload::CoreTypeSection(section) => shape.types += u64::from(section.count()),
        Payload::ComponentTypeSection(section) => shape.types += u64::from(section.count()),
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
            shape.custom_bytes += u64::try_from(section.data().len()).unwrap_or(u64::MAX);
        }
        _ => {}
    }
    Ok(())
}
