//! The registry that this person publishes to, and the token for it: `aim/login.toml` in the folder of
//! `XDG_CONFIG_HOME`, readable only by its owner.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::failure::{Blame, Failure};

/// Overrides the token of the file.
pub const TOKEN_VARIABLE: &str = "AIM_TOKEN";
/// Overrides the registry of the file.
pub const REGISTRY_VARIABLE: &str = "AIM_REGISTRY";
/// The registry that `aim up` starts.
pub const REGISTRY_DEFAULT: &str = "http://localhost:8080";

/// Only the owner may read it.
const MODE: u32 = 0o600;

/// A registry and the token for it.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The registry's address.
    pub registry: Url,
    /// The API token.
    pub token: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login")
            .field("registry", &self.registry.as_str())
            .finish_non_exhaustive()
    }
}

/// The login to use: the environment variables if they are set, otherwise the file.
///
/// # Errors
/// When neither has a token, or the file is damaged.
pub fn load() -> Result<Login, Failure> {
    let token = variable(TOKEN_VARIABLE);
    let registry = variable(REGISTRY_VARIABLE)
        .map(|text| parse_registry(&text))
        .transpose()?;
    let (registry, token) = match (registry, token) {
        // The file is not needed: a container has no home, and the file may belong to another version of `aim`.
        (Some(registry), Some(token)) => return Ok(Login { registry, token }),
        missing => missing,
    };
    let stored = read(&path()?)?;
    match (registry, token, stored) {
        (None, Some(token), Some(stored)) => Ok(Login { token, ..stored }),
        (None, Some(token), None) => Ok(Login {
            registry: parse_registry(REGISTRY_DEFAULT)?,
            token,
        }),
        // A token must not be sent to a registry other than the one that issued it.
        (Some(registry), None, Some(stored)) if registry == stored.registry => Ok(stored),
        (None, None, Some(stored)) => Ok(stored),
        _ => Err(Failure::machine("you are not logged in to this registry")
            .advise("run `aim login`; the token is made on the registry's developer pages")),
    }
}

/// Stores a login for later commands; returns the path of the file.
///
/// # Errors
/// When the file cannot be written.
pub fn save(login: &Login) -> Result<PathBuf, Failure> {
    let path = path()?;
    let problem = || format!("cannot write `{}`", path.display());
    let text = toml::to_string(login).map_err(Failure::unexpected(problem()))?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Failure::unexpected(problem()))?;
    }
    // Writes a temporary file and renames it, so that the file is never incomplete and never readable by
    // others.
    let draft = path.with_extension("toml.new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(Failure::unexpected(problem())(error));
        }
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(&draft)
        .map_err(Failure::unexpected(problem()))?;
    file.write_all(text.as_bytes())
        .map_err(Failure::unexpected(problem()))?;
    file.sync_all().map_err(Failure::unexpected(problem()))?;
    fs::rename(&draft, &path).map_err(Failure::unexpected(problem()))?;
    Ok(path)
}

/// Deletes the stored login and returns it; `None` if there is none.
///
/// # Errors
/// When the file is damaged or cannot be deleted.
pub fn remove() -> Result<Option<Login>, Failure> {
    let path = path()?;
    let login = read(&path)?;
    if login.is_some() {
        let problem = format!("cannot delete `{}`", path.display());
        fs::remove_file(&path).map_err(Failure::unexpected(problem))?;
    }
    Ok(login)
}

/// Whether [`TOKEN_VARIABLE`] is set, whatever the file contains.
pub fn has_token_variable() -> bool {
    variable(TOKEN_VARIABLE).is_some()
}

/// Parses the address of a registry.
///
/// # Errors
/// When it is not an `http` or `https` address, or one to which the token would be sent unencrypted over a
/// network.
pub fn parse_registry(text: &str) -> Result<Url, Failure> {
    let advice = "write it like `https://sandbox.example.az`";
    let url = Url::parse(text)
        .map_err(Failure::caused(
            Blame::Usage,
            format!("`{text}` is not an address"),
        ))
        .map_err(|failure| failure.advise(advice))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(Failure::usage(format!("`{text}` is not an `http` or `https` address")).advise(advice));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(Failure::usage(format!(
            "`{text}` is not encrypted: anybody on the network path could read the token"
        ))
        .advise("use the registry's `https` address; only this machine's own may be `http`"));
    }
    Ok(url)
}

/// Whether the address is one of this machine itself.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn path() -> Result<PathBuf, Failure> {
    let base = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let base = base.or_else(|| variable("HOME").map(|home| Path::new(&home).join(".config")));
    let base = base.ok_or_else(|| Failure::machine("neither `XDG_CONFIG_HOME` nor `HOME` is set"))?;
    Ok(base.join("aim/login.toml"))
}

fn read(path: &Path) -> Result<Option<Login>, Failure> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Failure::unexpected(format!("cannot read `{}`", path.display()))(
                error,
            ));
        }
    };
    let login: Login = toml::from_str(&text)
        .map_err(Failure::unexpected(format!("`{}` is damaged", path.display())))
        .map_err(|failure| failure.advise("run `aim login` again"))?;
    parse_registry(login.registry.as_str())?;
    Ok(Some(login))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
