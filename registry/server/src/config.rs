//! The resolved configuration of the platform.

use std::path::{Path, PathBuf};

use aim_gov::db::sqlite_address;
use aim_gov::identity::provider::external;
use aim_registry::{DEVELOPMENT_CODE, Seed};
use aim_runtime::CompilerCommand;
use secrecy::SecretString;
use url::Url;

use crate::components::Components;
use crate::forwarded::TrustedProxies;
use crate::profile::Profile;
use crate::serve;
use crate::tls::Tls;

/// The argument with which the platform starts its own program as the compiling child. It is not a command,
/// because even a hidden one would be suggested as the correction of a typing error.
pub const COMPILE_WORKER: &str = "compile-worker";
/// The running program, even if its file was replaced by a newer version: platform and compiling child must
/// have the same version.
const THIS_PROGRAM: &str = "/proc/self/exe";
/// The folder of components in the data folder.
const COMPONENTS: &str = "objects";
/// The file in the data folder with the key that seals the secrets in the database.
const SECRETS_KEY: &str = "secrets.key";
/// The SQLite database in the data folder.
const DATABASE: &str = "aim.sqlite";

/// The resolved configuration of the platform.
#[derive(Debug)]
pub struct Config {
    /// The users of the platform.
    pub profile: Profile,
    /// The folder for compiled code.
    pub data_dir: PathBuf,
    /// The store of components.
    pub components: Components,
    /// The security server of the exchange with agencies; the agencies are simulated without one.
    pub exchange: Option<Url>,
    /// The external provider at which citizens log in; the log-in is simulated without one.
    pub log_in: Option<external::Settings>,
    /// The file with the key that seals the secrets in the database.
    pub secrets_key: PathBuf,
    /// `sqlite:<file>` or `postgres://user@host/name`.
    pub database: SecretString,
    /// The public address; services are at subdomains of its host.
    pub public_url: Url,
    /// The proxies that are trusted to tell a client's address.
    pub trusted_proxies: TrustedProxies,
    /// The certificate, if the platform itself terminates TLS.
    pub tls: Option<Tls>,
    /// For how many seconds browsers that used HTTPS must keep using it; 0 sends no such header.
    pub hsts_seconds: u64,
    /// The command of the compiling child.
    pub compiler: CompilerCommand,
    /// The accounts and the code that exist from the start.
    pub seed: Seed,
    /// The six digits of the simulated citizens' code.
    pub citizen_code: SecretString,
    /// The limits of connections.
    pub connections: serve::Limits,
    /// The limits of services.
    pub limits: aim_runtime::Limits,
}

impl Config {
    /// The configuration of a developer's machine, with everything in this folder and the well-known accounts.
    pub fn development(data_dir: &Path, public_url: Url) -> Self {
        Self {
            profile: Profile::Development,
            data_dir: data_dir.to_owned(),
            components: Components::Folder(component_dir(data_dir)),
            exchange: None,
            log_in: None,
            secrets_key: secrets_key(data_dir),
            database: database(data_dir),
            public_url,
            trusted_proxies: TrustedProxies::default(),
            tls: None,
            hsts_seconds: 0,
            compiler: compiler(),
            seed: Seed::development(),
            citizen_code: DEVELOPMENT_CODE.into(),
            connections: serve::Limits::default(),
            limits: aim_runtime::Limits::default(),
        }
    }
}

pub(crate) fn component_dir(data_dir: &Path) -> PathBuf {
    data_dir.join(COMPONENTS)
}

pub(crate) fn secrets_key(data_dir: &Path) -> PathBuf {
    data_dir.join(SECRETS_KEY)
}

pub(crate) fn database(data_dir: &Path) -> SecretString {
    sqlite_address(&data_dir.join(DATABASE)).into()
}

pub(crate) fn compiler() -> CompilerCommand {
    CompilerCommand {
        program: THIS_PROGRAM.into(),
        args: vec![COMPILE_WORKER.into()],
    }
}
