//! Detects the type of a file by its first bytes.

use super::Finding;

const WASM: &[u8] = b"\0asm";
const ELF: &[u8] = b"\x7fELF";
/// The byte of an ELF file that names its operating system; Wasmtime writes a value of its own.
const ELF_OS: usize = 7;
const ELF_OS_WASMTIME: u8 = 200;
const VERSION_COMPONENT: u16 = 0x0d;
const LAYER_MODULE: u16 = 0;
const LAYER_COMPONENT: u16 = 1;
/// Bytes of an unknown file that are shown to the developer.
const BEGINS_BYTES: usize = 8;

/// Accepts components and reports the type of any other file.
pub(super) fn check(bytes: &[u8]) -> Result<(), Finding> {
    if bytes.is_empty() {
        return Err(Finding::Empty);
    }
    if bytes.starts_with(ELF) {
        return Err(match bytes.get(ELF_OS) {
            Some(&ELF_OS_WASMTIME) => Finding::Precompiled,
            _ => Finding::Elf,
        });
    }
    match bytes {
        [0, b'a', b's', b'm', v0, v1, l0, l1, ..] => {
            let version = u16::from_le_bytes([*v0, *v1]);
            match u16::from_le_bytes([*l0, *l1]) {
                LAYER_MODULE => Err(Finding::CoreModule),
                LAYER_COMPONENT if version == VERSION_COMPONENT => Ok(()),
                _ => Err(Finding::UnknownFormat { version }),
            }
        }
        _ if is_text(bytes) => Err(Finding::Text),
        _ => Err(Finding::NotWasm {
            begins: bytes.iter().take(BEGINS_BYTES).copied().collect(),
        }),
    }
}

/// WAT begins, after white space and comments, with `(module` or `(component`.
fn is_text(bytes: &[u8]) -> bool {
    debug_assert!(!bytes.starts_with(WASM) || bytes.len() < 8);
    let Ok(mut text) = std::str::from_utf8(bytes) else {
        return false;
    };
    loop {
        text = text.trim_start();
        if let Some(comment) = text.strip_prefix(";;") {
            text = comment.split_once('\n').map_or("", |(_, rest)| rest);
        } else if let Some(comment) = text.strip_prefix("(;") {
            text = comment.split_once(";)").map_or("", |(_, rest)| rest);
        } else {
            return text.starts_with("(module") || text.starts_with("(component");
        }
    }
}
