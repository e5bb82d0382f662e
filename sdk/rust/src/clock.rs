//! The platform's clock. Capability: `clock`.

use crate::bindings::wasi::clocks::wall_clock;

/// Milliseconds since the Unix epoch, UTC. The sandbox can move this clock; a component has no other.
pub fn now_ms() -> u64 {
    let now = wall_clock::now();
    now.seconds
        .saturating_mul(1_000)
        .saturating_add(u64::from(now.nanoseconds / 1_000_000))
}
