//! The platform in one process, and the configuration of `aimd`.

mod components;
mod config;
pub mod data_folder;
pub mod exchange;
mod forwarded;
mod jobs;
mod listeners;
pub mod log_in;
pub mod logging;
mod metric_names;
mod operator;
mod profile;
pub mod secret_file;
mod serve;
pub mod settings;
pub mod sources;
mod start;
mod stop;
mod tls;
mod traces;

pub use components::{BucketError, Components};
pub use config::{COMPILE_WORKER, Config};
pub use forwarded::TrustedProxies;
pub use operator::MetricsError;
pub use profile::{Profile, WellKnown};
pub use start::{Running, Sockets, StartError, open_platform, start};
pub use stop::Stop;
pub use tls::{Tls, TlsError};
pub use traces::{Collector, Traces, TracesError};
