//! Detects the type of a file by its first bytes, so that a wrong file gets a specific error at once. Vetting
//! checks whether a component is valid.

/// First bytes that [`sniff`] looks at.
pub const SNIFF_BYTES: usize = 64;

/// The binary format's magic number.
const WASM: &[u8] = b"\0asm";
/// Version and layer of a core module.
const CORE: &[u8] = &[1, 0, 0, 0];
/// Version and layer of a component.
const COMPONENT: &[u8] = &[0x0d, 0, 1, 0];
const ELF: &[u8] = b"\x7fELF";
/// The byte of an ELF file that names its operating system; Wasmtime's precompiled artefacts have a value of
/// their own.
const ELF_OSABI: usize = 7;
const ELF_OSABI_WASMTIME: u8 = 200;

/// The type of a file that is not a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAComponent {
    #[error("the upload is empty; send the component's bytes")]
    Empty,
    #[error(
        "this is a core WebAssembly module, not a component; build with `aim build`, `cargo component build`, or for `wasm32-wasip2`"
    )]
    CoreModule,
    #[error(
        "this is precompiled code (`.cwasm`), which is never accepted; send the component that it was compiled from"
    )]
    Precompiled,
    #[error("this is a native ELF program, not a component; build for WebAssembly with `aim build`")]
    Elf,
    #[error(
        "this is WebAssembly text (`.wat`); send the binary, for example with `aim build` or `wasm-tools parse`"
    )]
    Text,
    #[error(
        "this is WebAssembly in a version that the platform does not know; build with a current `aim build`"
    )]
    OtherVersion,
    #[error("this is not WebAssembly: a component begins with the bytes 00 61 73 6d 0d 00 01 00")]
    Unknown,
}

impl NotAComponent {
    /// The stable code in API answers.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty-component",
            Self::CoreModule => "core-module",
            Self::Precompiled => "precompiled-code",
            Self::Elf => "elf-file",
            Self::Text => "wasm-text",
            Self::OtherVersion => "unknown-wasm-version",
            Self::Unknown => "not-wasm",
        }
    }
}

/// Whether a file that begins with `start` (its first [`SNIFF_BYTES`], or all of it) can be a component.
///
/// # Errors
/// The type of the file, if it cannot.
pub fn sniff(start: &[u8]) -> Result<(), NotAComponent> {
    if start.is_empty() {
        return Err(NotAComponent::Empty);
    }
    if let Some(version) = start.strip_prefix(WASM) {
        return match version.get(..4) {
            Some(COMPONENT) => Ok(()),
            Some(CORE) => Err(NotAComponent::CoreModule),
            _ => Err(NotAComponent::OtherVersion),
        };
    }
    if start.starts_with(ELF) {
        return Err(match start.get(ELF_OSABI) {
            Some(&ELF_OSABI_WASMTIME) => NotAComponent::Precompiled,
            _ => NotAComponent::Elf,
        });
    }
    let text = start.trim_ascii_start();
    if text.starts_with(b"(module")
        || text.starts_with(b"(component")
        || text.starts_with(b";;")
        || text.starts_with(b"(;")
    {
        return Err(NotAComponent::Text);
    }
    Err(NotAComponent::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_file_is_called_what_it_is() {
        for (start, found) in [
            (&b""[..], Err(NotAComponent::Empty)),
            (b"\0asm\x01\0\0\0", Err(NotAComponent::CoreModule)),
            (b"\0asm\x0c\0\x01\0", Err(NotAComponent::OtherVersion)),
            (b"\0asm", Err(NotAComponent::OtherVersion)),
            (b"\x7fELF\x02\x01\x01\xc8", Err(NotAComponent::Precompiled)),
            (b"\x7fELF\x02\x01\x01\x03", Err(NotAComponent::Elf)),
            (b"\n  (component)", Err(NotAComponent::Text)),
            (b"(module)", Err(NotAComponent::Text)),
            (b";; comment", Err(NotAComponent::Text)),
            (b"MZ\x90", Err(NotAComponent::Unknown)),
            (b"\0asm\x0d\0\x01\0", Ok(())),
        ] {
            assert_eq!(sniff(start), found, "{start:?}");
        }
    }
}
