//! Components made on the spot from WebAssembly text, for what no honest toolchain produces: loops
//! without end, floods, and modules that are no component at all.

pub mod handler;
pub mod hostile;
