//! Runs plug-ins: inspects, compiles, links and serves them within limits.
//!
//! A plug-in is a WebAssembly component that exports `aim:gov/handler` or `wasi:http/incoming-handler`.
//! It can use only what it imports, its approval grants and [`glue`] links; every request runs in a fresh
//! instance, within [`limits`].

mod arguments;
mod artefact;
mod background;
#[allow(unsafe_code, reason = "generated from the WIT files, which document it")]
mod bindings;
mod call_error;
mod call_log;
mod compile;
mod compiler;
mod deployment;
mod digest;
mod engine;
mod events;
pub mod faults;
mod glue;
mod inspect;
mod limiter;
pub mod limits;
mod link;
mod log;
mod memory;
mod meter;
mod outbound;
mod pace;
mod peer;
mod reach;
mod rehearsal;
mod runtime;
mod serve;
mod smoke;
#[cfg(test)]
mod testing;
mod wasi;

pub use arguments::Arguments;
pub use artefact::StoreError;
pub use call_log::{CALLS_KEPT_MAX, CallLog, LoggedCall, TracedCall};
pub use compile::{CompileError, CompilerCommand, SMALL_COMPONENT_BYTES_MAX, compile_worker_main};
pub use compiler::{Compilation, compilations_max};
pub use digest::{ComponentBytes, Digest};
pub use inspect::{Finding, Inspected, Inspection, JavaScriptFeature, Kind, Shape, UnknownImport, inspect};
pub use limits::{COMPONENT_BYTES_MAX, Limits};
pub use log::{Asked, Level, LogLine, Source};
pub use meter::Calls;
pub use pace::{Pace, Paced, TooSlow};
pub use peer::Peer;
pub use rehearsal::Rehearsal;
pub use runtime::{DeployError, Prepared, Runtime, RuntimeConfig, RuntimeError};
pub use serve::{FORGET, LEAVE_PATH};
pub use smoke::{SmokeAnswer, SmokeEvent, SmokeReport, SmokeRequest};

#[cfg(test)]
mod codes;
