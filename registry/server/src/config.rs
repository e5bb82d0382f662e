//! What the platform is started with.

use std::net::TcpListener;
use std::path::PathBuf;

use aim_registry::Seed;
use aim_runtime::CompilerCommand;
use url::Url;

use crate::TrustedProxies;

/// What the platform is started with.
#[derive(Debug)]
pub struct Config {
    /// Where components, compiled code and, for SQLite, the database are kept.
    pub data_dir: PathBuf,
    /// `sqlite:<file>` or `postgres://user@host/name`.
    pub database: String,
    /// The port, taken already so that its number is known: on each address that it is served on.
    pub listeners: Vec<TcpListener>,
    /// The address that people reach the platform at; services are at names below its host.
    pub public_url: Url,
    /// Whose word about a client's address counts.
    pub trusted_proxies: TrustedProxies,
    /// How to start the compiling child.
    pub compiler: CompilerCommand,
    /// Who and what shall be there from the start.
    pub seed: Seed,
}
