//! What the platform is started with.

use std::path::{Path, PathBuf};

use aim_gov::db::sqlite_address;
use aim_registry::{DEVELOPMENT_CODE, Seed};
use aim_runtime::CompilerCommand;
use secrecy::SecretString;
use url::Url;

use crate::components::Components;
use crate::forwarded::TrustedProxies;
use crate::profile::Profile;
use crate::serve;
use crate::tls::Tls;

/// The argument with which the platform starts its own program as the compiling child. It is not a command of it,
/// because a hidden one is still offered as the correction of a typing error.
pub const COMPILE_WORKER: &str = "compile-worker";
/// The program that runs, though its file was replaced by a newer version: platform and compiling child must
/// be of one version to understand each other.
const THIS_PROGRAM: &str = "/proc/self/exe";
/// The folder of components in the data folder.
const COMPONENTS: &str = "objects";
/// The file in the data folder with the key that seals the secrets in the database.
const SECRETS_KEY: &str = "secrets.key";
/// The SQLite database in the data folder.
const DATABASE: &str = "aim.sqlite";

/// What the platform is started with.
#[derive(Debug)]
pub struct Config {
    /// Whom the platform is for.
    pub profile: Profile,
    /// Where compiled code is kept.
    pub data_dir: PathBuf,
    /// Where components are kept.
    pub components: Components,
    /// The file with the key that seals the secrets in the database.
    pub secrets_key: PathBuf,
    /// `sqlite:<file>` or `postgres://user@host/name`.
    pub database: SecretString,
    /// The address that people reach the platform at; services are at names below its host.
    pub public_url: Url,
    /// Whose word about a client's address counts.
    pub trusted_proxies: TrustedProxies,
    /// The certificate, where the platform itself speaks TLS.
    pub tls: Option<Tls>,
    /// For how many seconds browsers that came over HTTPS come back over HTTPS alone; 0 leaves it to them.
    pub hsts_seconds: u64,
    /// How to start the compiling child.
    pub compiler: CompilerCommand,
    /// Who and what shall be there from the start.
    pub seed: Seed,
    /// The six digits that the simulated citizens log in with.
    pub citizen_code: SecretString,
    /// How many connections there may be.
    pub connections: serve::Limits,
    /// What services may use.
    pub limits: aim_runtime::Limits,
}

impl Config {
    /// One developer's machine with everything in this folder, and the people whom everybody knows.
    pub fn development(data_dir: &Path, public_url: Url) -> Self {
        Self {
            profile: Profile::Development,
            data_dir: data_dir.to_owned(),
            components: Components::Folder(component_dir(data_dir)),
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
