//! What a file is, by its first bytes.

use super::Finding;

const WASM: &[u8] = b"\0asm";
const ELF: &[u8] = b"\x7fELF";
/// Where an ELF file names its operating system, and what Wasmtime writes there.
const ELF_OS: usize = 7;
const ELF_OS_WASMTIME: u8 = 200;
const VERSION_COMPONENT: u16 = 0x0d;
const LAYER_MODULE: u16 = 0;
const LAYER_COMPONENT: u16 = 1;
/// How many bytes of an unknown file the developer gets to see.
const BEGINS_BYTES: usize = 8;

/// Passes components and names everything else.
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
