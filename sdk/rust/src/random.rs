//! Unguessable bytes from the platform. Capability: `random`.

use crate::bindings::wasi::random::random as host;

/// So many unguessable bytes.
pub fn bytes(count: usize) -> Vec<u8> {
    host::get_random_bytes(u64::try_from(count).unwrap_or(u64::MAX))
}
