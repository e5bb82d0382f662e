//! The parts of `bench`: servers to compare, the load generator, what is measured, the report.

pub mod engine;
pub mod load;
pub mod memory;
pub mod neighbours;
pub mod payments;
pub mod platform;
pub mod report;
pub mod servers;
