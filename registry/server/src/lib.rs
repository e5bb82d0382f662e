//! Puts the platform together and runs it: what `aimd` and `aim up` have in common.

mod config;
pub mod data_folder;
mod forwarded;
mod listeners;
mod serve;
mod start;

pub use config::Config;
pub use forwarded::TrustedProxies;
pub use start::{Running, StartError, start};
