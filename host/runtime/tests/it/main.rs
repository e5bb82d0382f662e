//! The runtime with real components, a real compiling child and a real database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

mod compile;
mod deploy;
mod functions;
mod limits;
mod neighbours;
mod panics;
mod proxy;
mod serve;
mod smoke;
mod visitors;
