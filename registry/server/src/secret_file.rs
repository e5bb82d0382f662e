//! Files with secrets, which are read only if no user but their owner can read them.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

/// The most bytes of a secret.
const SECRET_BYTES_MAX: u64 = 64 * 1024;
/// The permissions that the file must not grant.
const NOT_FOR_OTHERS: u32 = 0o077;

/// Why a secret is not read.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// It cannot be read, or is not text.
    #[error("the file `{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Others can read it.
    #[error(
        "the file `{0}` holds a secret and other users of this machine can get at it (its mode is {mode:04o}): run \
         `chmod 600 '{0}'`",
        path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is longer than a secret can be.
    #[error("the file `{}` is longer than {SECRET_BYTES_MAX} bytes", .0.display())]
    TooLong(PathBuf),
}

/// The text of a file with a secret, without surrounding white space.
pub fn read(path: &Path) -> Result<SecretString, SecretFileError> {
    let unreadable = |source| SecretFileError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(unreadable)?;
    check(path, &file)?;
    let mut text = String::new();
    let mut limited = file.by_ref().take(SECRET_BYTES_MAX.saturating_add(1));
    limited.read_to_string(&mut text).map_err(unreadable)?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > SECRET_BYTES_MAX {
        return Err(SecretFileError::TooLong(path.to_owned()));
    }
    Ok(text.trim().into())
}

/// Checks that only its owner can access this open file.
pub fn check(path: &Path, file: &File) -> Result<(), SecretFileError> {
    let found = file.metadata().map_err(|source| SecretFileError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let mode = found.permissions().mode() & 0o7777;
    if mode & NOT_FOR_OTHERS != 0 {
        return Err(SecretFileError::Open {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}
