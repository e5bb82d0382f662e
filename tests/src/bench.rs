//! The parts of `bench`: servers to compare, the load generator, what is measured, the report.

use std::time::Duration;

pub mod citizen;
pub mod engine;
pub mod load;
pub mod memory;
pub mod native;
pub mod neighbours;
pub mod open_data;
pub mod payments;
pub mod platform;
pub mod profile;
pub mod report;
pub mod servers;
pub mod throughput;

/// Requests of one service that run at once, in the default limits of the runtime. Where each takes milliseconds, more
/// of them would wait too long and be refused.
pub const PLACES: u32 = 16;

/// How often and how long everything is measured.
#[derive(Clone, Copy, Debug)]
pub struct Turns {
    /// In each, every contestant has one turn.
    pub rounds: u32,
    /// The length of one turn, in seconds.
    pub seconds: u64,
    /// Connections that always have a request under way.
    pub connections: u32,
}

impl Turns {
    /// The length of one turn.
    pub fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}
