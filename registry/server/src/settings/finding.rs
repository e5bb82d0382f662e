//! Faults of a configuration with place and remedy. No finding quotes a value that may be secret.

use std::fmt;
use std::path::PathBuf;

use super::{Database, Settings};
use crate::data_folder::DataFolderError;
use crate::profile::WellKnown;
use crate::secret_file::SecretFileError;
use crate::tls::TlsError;

/// The origin of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A line of the configuration file; 1 is the first.
    Line(PathBuf, usize),
    /// The file as a whole: the value is missing, or is a default.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(file, line) => write!(f, "{}:{line}", file.display()),
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Variable(name) => write!(f, "variable {name}"),
        }
    }
}

/// The fault.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The file is not TOML.
    #[error("not TOML: {0}")]
    Syntax(String),
    /// The file cannot be read.
    #[error("cannot be read ({0}); name the file with `--config FILE`, `aimd config example` prints one")]
    Unreadable(std::io::Error),
    /// An unknown key or variable, or a value of the wrong type.
    #[error("{0}")]
    Value(String),
    /// An unknown variable with the prefix of the platform.
    #[error("not the variable of a setting; `aimd config example` prints all of them")]
    UnknownVariable,
    /// A key is missing.
    #[error("missing; {0}")]
    Missing(&'static str),
    /// The public address is invalid.
    #[error("{0}")]
    PublicUrl(&'static str),
    /// A number is out of its range.
    #[error("must be {min} to {max}")]
    Range {
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
    /// Two keys exclude each other.
    #[error("set either `database.url` or `database.url_file`")]
    TwoDatabases,
    /// A folder and a bucket exclude each other.
    #[error("set either `component_dir` or `[s3]`")]
    TwoComponentStores,
    /// The store's address is invalid.
    #[error(
        "not the address of a store; write it like \"https://s3.eu-central-1.amazonaws.com\", without user, query and fragment"
    )]
    Endpoint,
    /// The network path could read and replace components.
    #[error(
        "must begin with https://; over http only a store on this machine, such as \"http://127.0.0.1:9000\""
    )]
    PlainEndpoint,
    /// The security server's address is invalid.
    #[error(
        "not the address of a security server; write it like \"https://security-server.example\", without user, query and fragment"
    )]
    SecurityServer,
    /// The network path could read what agencies say of citizens.
    #[error(
        "must begin with https://; over http only a security server on this machine, such as \"http://127.0.0.1:8081\""
    )]
    PlainSecurityServer,
    /// The issuer is not an address.
    #[error("not an issuer; write it like \"https://login.example\", without user, query and fragment")]
    Issuer,
    /// The network path could read who logs in.
    #[error(
        "must begin with https://; over http only a provider on this machine, such as \"http://127.0.0.1:3000\""
    )]
    PlainIssuer,
    /// The value does not have the form that it must have.
    #[error("must be {0}")]
    Form(&'static str),
    /// The address does not name an engine.
    #[error("not a database address: use `sqlite:FILE` or `postgres://USER@HOST/NAME`")]
    DatabaseUrl,
    /// Every client would count as a program of the operator.
    #[error(
        "listens on this machine alone, where only a proxy leads people to, and no proxy is trusted: everybody would have \
         its address; set `trusted_proxies`, such as [\"127.0.0.1/32\"]"
    )]
    NoProxy,
    /// It is not an address with a port.
    #[error("not an address with a port; write it like \"127.0.0.1:9464\"")]
    Address,
    /// The collector's address is invalid.
    #[error(
        "not the address of a collector; write it like \"http://127.0.0.1:4318\", without user, query and fragment"
    )]
    Collector,
    /// The code of the citizens is invalid.
    #[error("the file must hold exactly six digits")]
    CodeFormat,
    /// The log's filter cannot be read.
    #[error("not a log filter; write it like `info` or `warn,aim_runtime=debug`")]
    Filter,
    /// A secret is accessible to others, or cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretFileError),
    /// The data folder cannot be used.
    #[error(transparent)]
    Folder(#[from] DataFolderError),
    /// The certificate cannot be served.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Well-known credentials.
    #[error(transparent)]
    WellKnown(#[from] WellKnown),
}

/// A fault with its place.
#[derive(Debug)]
pub struct Finding {
    /// The place.
    pub place: Place,
    /// The key, such as `database.url`; empty for the whole file.
    pub key: String,
    /// The fault and the remedy.
    pub problem: Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}", self.problem)?;
        let mut source = std::error::Error::source(&self.problem);
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Settings {
    /// Empty, because some settings are secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settings")
    }
}

impl fmt::Debug for Database {
    /// Empty, because the address may have a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}
