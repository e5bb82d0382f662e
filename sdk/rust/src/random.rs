//! Random bytes from the platform, fit for secrets. Capability: `random`.

use crate::bindings::wasi::random::random as host;

/// `count` unpredictable bytes.
pub fn bytes(count: usize) -> Vec<u8> {
    host::get_random_bytes(u64::try_from(count).unwrap_or(u64::MAX))
}
