//! Runs plug-ins: inspects, compiles, links, serves and bounds them.

#[allow(
    unsafe_code,
    missing_docs,
    reason = "generated from the WIT files, which document it"
)]
mod bindings;
mod glue;
pub mod limits;
mod log;
mod meter;

pub use log::{Level, LogLine, Source};
pub use meter::{CallTrace, TracedCall};
