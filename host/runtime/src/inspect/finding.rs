//! Faults of an upload, for the developer: each names the fault and the remedy.

use crate::limits;

/// Why an upload is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    #[error("the upload is empty: send the `.wasm` file that `aim build` wrote")]
    Empty,
    #[error("the upload has {size} bytes; a component may have {max}")]
    TooLarge {
        /// Its size, in bytes.
        size: usize,
        /// The limit, in bytes.
        max: usize,
    },
    #[error("this is a native program (ELF), not WebAssembly: build for a `wasm32` target")]
    Elf,
    #[error(
        "this is precompiled machine code (`.cwasm`): send the component itself, the platform compiles it"
    )]
    Precompiled,
    #[error("this is WebAssembly text (WAT): send the binary, as `wasm-tools parse` writes it")]
    Text,
    #[error(
        "this is a core module, not a component: use `aim build`, `cargo component build`, or the target `wasm32-wasip2`"
    )]
    CoreModule,
    #[error("this is not WebAssembly: the file begins with `{}`", hex::encode(begins))]
    NotWasm {
        /// Its first bytes.
        begins: Vec<u8>,
    },
    #[error("this is a component in binary format {version:#x}, which is unknown: update your build tools")]
    UnknownFormat { version: u16 },
    #[error("the component is not valid here: {message} (at byte {offset})")]
    Invalid {
        /// Where, in bytes from the beginning.
        offset: u64,
        /// The message of the validator.
        message: String,
    },
    #[error("the component cannot be read: its structure is beyond what the platform understands")]
    Undecodable,
    #[error("the component has {found} {what}; {max} are allowed")]
    Shape {
        what: &'static str,
        found: u64,
        /// The limit.
        max: u64,
    },
    #[error("`{name}` cannot be imported: {why}")]
    Import { name: String, why: UnknownImport },
    #[error("{count} more imports cannot be made")]
    MoreImports { count: usize },
    #[error(
        "`{name}` belongs to WASI 0.3, which is not supported yet: build for WASI 0.2, with an older version of \
         the SDK if need be"
    )]
    Wasi03 { name: String },
    /// Its JavaScript engine was built without a feature that every JavaScript program expects.
    #[error("the JavaScript in it was built without {0}")]
    JavaScriptWithout(JavaScriptFeature),
    #[error(
        "the component exports neither `aim:gov/handler@0.1.0` nor `wasi:http/incoming-handler@0.2`{}: it cannot answer requests",
        listed(exports)
    )]
    NoHandler {
        /// Its exports, or the first of them.
        exports: Vec<String>,
    },
    #[error("the component exports both `aim:gov/handler` and `wasi:http/incoming-handler`: keep one")]
    TwoHandlers,
}

fn listed(exports: &[String]) -> String {
    if exports.is_empty() {
        String::new()
    } else {
        format!(" (but `{}`)", exports.join("`, `"))
    }
}

impl Finding {
    /// The stable code, for API clients and the vetting report.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "upload-empty",
            Self::TooLarge { .. } => "upload-too-large",
            Self::Elf => "upload-elf",
            Self::Precompiled => "upload-precompiled",
            Self::Text => "upload-text",
            Self::CoreModule => "upload-core-module",
            Self::NotWasm { .. } => "upload-not-wasm",
            Self::UnknownFormat { .. } => "upload-unknown-format",
            Self::Invalid { .. } => "component-invalid",
            Self::Undecodable => "component-undecodable",
            Self::Shape { .. } => "component-shape",
            Self::Import { .. } | Self::MoreImports { .. } => "component-import",
            Self::Wasi03 { .. } => "component-wasi-0-3",
            Self::JavaScriptWithout(_) => "component-javascript",
            Self::NoHandler { .. } => "component-no-handler",
            Self::TwoHandlers => "component-two-handlers",
        }
    }
}

/// A feature that a JavaScript engine was built without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JavaScriptFeature {
    #[error(
        "`random`: `Math.random()` and `crypto` would give the same numbers in every request. Take `random` out of \
         `--disable` and add it to `capabilities` in `aim.toml`"
    )]
    Random,
    #[error(
        "`clocks`: `Date` would stand still at the time of the build. Take `clocks` out of `--disable` and add \
         `clock` to `capabilities` in `aim.toml`"
    )]
    Clocks,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownImport {
    #[error("this platform offers version {0}; build against that")]
    Version(&'static str),
    #[error(
        "no such interface is offered here; compose its implementation into the component or leave it out"
    )]
    Unknown,
}

/// The inner size of a component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Shape {
    pub modules: u64,
    pub components: u64,
    pub depth: u64,
    pub functions: u64,
    /// The longest function's body, in bytes.
    pub function_bytes: u64,
    pub types: u64,
    /// Bytes of type definitions, in all components.
    pub type_bytes: u64,
    /// Nested types in one section of a component, at least as many as their depth.
    pub type_nesting: u64,
    pub imports: u64,
    pub exports: u64,
    pub data_segments: u64,
    pub element_segments: u64,
    pub globals: u64,
    /// Linear memory at the start, in bytes, over all modules.
    pub memory_bytes: u64,
    /// Bytes in custom sections: names, debug information, data of tools.
    pub custom_bytes: u64,
}

impl Shape {
    /// The first number that exceeds its [limit](crate::limits).
    pub(super) fn finding(&self) -> Option<Finding> {
        [
            ("core modules", self.modules, limits::MODULES_MAX),
            ("components inside it", self.components, limits::COMPONENTS_MAX),
            ("levels of nesting", self.depth, limits::COMPONENT_DEPTH_MAX),
            ("functions", self.functions, limits::FUNCTIONS_MAX),
            (
                "bytes in one function",
                self.function_bytes,
                limits::FUNCTION_BYTES_MAX,
            ),
            ("types", self.types, limits::TYPES_MAX),
            (
                "bytes of component types",
                self.type_bytes,
                limits::TYPE_BYTES_MAX,
            ),
            ("types within types", self.type_nesting, limits::TYPE_NESTING_MAX),
            ("imports", self.imports, limits::IMPORTS_MAX),
            ("exports", self.exports, limits::EXPORTS_MAX),
            ("data segments", self.data_segments, limits::DATA_SEGMENTS_MAX),
            (
                "element segments",
                self.element_segments,
                limits::ELEMENT_SEGMENTS_MAX,
            ),
            ("globals", self.globals, limits::GLOBALS_MAX),
            (
                "bytes of initial memory",
                self.memory_bytes,
                u64::try_from(limits::MEMORY_BYTES_MAX).unwrap_or(u64::MAX),
            ),
        ]
        .into_iter()
        .find(|(_, found, max)| found > max)
        .map(|(what, found, max)| Finding::Shape { what, found, max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_passes_up_to_its_limit() {
        type Field = fn(&mut Shape) -> &mut u64;
        let fields: [(Field, u64); 14] = [
            (|shape| &mut shape.modules, limits::MODULES_MAX),
            (|shape| &mut shape.components, limits::COMPONENTS_MAX),
            (|shape| &mut shape.depth, limits::COMPONENT_DEPTH_MAX),
            (|shape| &mut shape.functions, limits::FUNCTIONS_MAX),
            (|shape| &mut shape.function_bytes, limits::FUNCTION_BYTES_MAX),
            (|shape| &mut shape.types, limits::TYPES_MAX),
            (|shape| &mut shape.type_bytes, limits::TYPE_BYTES_MAX),
            (|shape| &mut shape.type_nesting, limits::TYPE_NESTING_MAX),
            (|shape| &mut shape.imports, limits::IMPORTS_MAX),
            (|shape| &mut shape.exports, limits::EXPORTS_MAX),
            (|shape| &mut shape.data_segments, limits::DATA_SEGMENTS_MAX),
            (|shape| &mut shape.element_segments, limits::ELEMENT_SEGMENTS_MAX),
            (|shape| &mut shape.globals, limits::GLOBALS_MAX),
            (
                |shape| &mut shape.memory_bytes,
                u64::try_from(limits::MEMORY_BYTES_MAX).unwrap(),
            ),
        ];
        for (number, (field, limit)) in fields.into_iter().enumerate() {
            let mut shape = Shape::default();
            *field(&mut shape) = limit;
            assert_eq!(shape.finding(), None, "{number}");
            *field(&mut shape) = limit + 1;
            let finding = shape.finding();
            assert!(
                matches!(finding, Some(Finding::Shape { found, max, .. }) if (found, max) == (limit + 1, limit)),
                "{number}: {finding:?}"
            );
        }
    }
}
