//! How the content of messages is kept: sealed where the database has a key.

use secrecy::ExposeSecret as _;

use crate::db::DbError;
use crate::error::GovError;
use crate::platform::Platform;

/// The text as a column has it; it opens under the same name alone.
///
/// # Errors
/// `unavailable` (`storage-unavailable`).
pub(super) fn seal(platform: &Platform, name: &str, text: &str) -> Result<String, GovError> {
    match platform.db.sealing() {
        None => Ok(text.to_owned()),
        Some(key) => key
            .seal(&platform.random, name, text)
            .map_err(|_| GovError::storage_unavailable()),
    }
}

/// The text of a column of `table`.
///
/// # Errors
/// [`DbError::Corrupt`] where it does not open.
pub(super) fn open(
    platform: &Platform,
    table: &'static str,
    name: &str,
    kept: &str,
) -> Result<String, DbError> {
    match platform.db.sealing() {
        None => Ok(kept.to_owned()),
        Some(key) => {
            let opened = key
                .unseal(name, kept)
                .map_err(|_| DbError::corrupt(table, name))?;
            Ok(opened.expose_secret().to_owned())
        }
    }
}
