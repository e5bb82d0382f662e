//! Components that export `aim:gov/handler`, written as the one core function that answers.

use anyhow::{Context as _, Result};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::paths;

/// What a component is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Handler<'a> {
    /// Interfaces that it imports, by their full names: `aim:gov/payments@0.1.0`.
    pub imports: &'a [&'a str],
    /// Declarations of the core module: imported functions come first, as WebAssembly demands.
    pub declarations: &'a str,
    /// The instructions of `handle`, which leave the address of the response: see [`RESPOND`].
    pub handle: &'a str,
}

/// Leaves the response at address 16: 200, no headers, and the bytes that stand at 64.
pub const RESPOND: &str = "(call $respond (i32.const 200) (i32.const 64) (i32.const 2))";

/// What every such module has: memory, an allocator that never frees, and a way to answer. Addresses
/// below 1024 are the module's own: 16 the response, 64 the text `ok`.
const PRELUDE: &str = r#"
  (memory (export "memory") 1)
  (global $heap (mut i32) (i32.const 1024))
  (data (i32.const 64) "ok")
  (func (export "cabi_realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (loop $grow
      (if (i32.gt_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536)))
        (then
          (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
          (br $grow))))
    (local.get $at))
  (func $respond (param $status i32) (param $body i32) (param $length i32) (result i32)
    (i32.store16 (i32.const 16) (local.get $status))
    (i32.store (i32.const 20) (i32.const 0))
    (i32.store (i32.const 24) (i32.const 0))
    (i32.store (i32.const 28) (local.get $body))
    (i32.store (i32.const 32) (local.get $length))
    (i32.const 16))
  (func $number (param $value i32) (result i32)
    (local $at i32)
    (local.set $at (i32.const 192))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10))))
      (local.set $value (i32.div_u (local.get $value) (i32.const 10)))
      (br_if $digit (local.get $value)))
    (call $respond (i32.const 200) (local.get $at) (i32.sub (i32.const 192) (local.get $at))))
"#;

/// The names of the core parameters of `handle`: the lowered request.
const PARAMETERS: &str = "(param $id i32) (param $id_length i32) (param $method i32) (param $method_length i32) \
     (param $path i32) (param $path_length i32) (param $headers i32) (param $headers_length i32) \
     (param $body i32) (param $body_length i32)";

/// Makes the component.
///
/// # Errors
/// When the text does not parse, or does not fit the interfaces.
pub fn component(handler: Handler<'_>) -> Result<Vec<u8>> {
    let module = format!(
        "(module {declarations} {PRELUDE}
           (func (export \"aim:gov/handler@0.1.0#handle\") {PARAMETERS} (result i32) (local $n i32) {handle}))",
        declarations = handler.declarations,
        handle = handler.handle,
    );
    let mut module = wat::parse_str(&module).context("the module's text does not parse")?;
    let mut resolve = Resolve::default();
    resolve.push_dir(paths::project().join("wit"))?;
    let imports: String = handler
        .imports
        .iter()
        .map(|name| format!("  import {name};\n"))
        .collect();
    let world =
        format!("package test:guest;\nworld guest {{\n{imports}  export aim:gov/handler@0.1.0;\n}}\n");
    let package = resolve.push_str("guest.wit", &world)?;
    let world = resolve.select_world(&[package], None)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default()
        .validate(true)
        .module(&module)?
        .encode()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simplest_component_is_valid_and_imports_nothing() {
        let bytes = component(Handler {
            handle: RESPOND,
            ..Handler::default()
        })
        .unwrap();
        // Version 13, layer 1: the header of a component (Component Model, binary format).
        assert!(bytes.starts_with(b"\0asm\x0d\0\x01\0"));
    }
}
