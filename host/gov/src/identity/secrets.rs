//! Secrets that the platform makes for itself at its first start.

use futures::FutureExt as _;
use secrecy::SecretString;
use sqlx::Row as _;

use crate::db::DbError;
use crate::gate::Platform;

/// Why a secret is not there.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The database failed.
    #[error("the platform's secret `{name}` could not be read or made")]
    Db {
        /// The secret's name.
        name: &'static str,
        /// Why.
        #[source]
        source: DbError,
    },
    /// The signing key could not be made, or is not a key.
    #[error("the signing key cannot be used: {0}")]
    Key(String),
}

/// The secret of this name: 192 random bits, made when first asked for. Nodes that start at once agree
/// on one.
///
/// # Errors
/// [`SecretError::Db`].
pub async fn secret(platform: &Platform, name: &'static str) -> Result<SecretString, SecretError> {
    let fresh = platform.random.token();
    keep(platform, name, fresh).await
}

/// Keeps `fresh` under this name unless there is one already, and answers what is kept.
pub(super) async fn keep(
    platform: &Platform,
    name: &'static str,
    fresh: String,
) -> Result<SecretString, SecretError> {
    platform
        .db
        .write(move |tx| {
            async move {
                sqlx::query(include_str!("../../sql/identity/secret_create.sql"))
                    .bind(name)
                    .bind(fresh)
                    .execute(&mut *tx)
                    .await?;
                read(tx, name).await?.ok_or(DbError::Corrupt {
                    table: "identity_secret",
                    id: name.to_owned(),
                })
            }
            .boxed()
        })
        .await
        .map_err(|source| SecretError::Db { name, source })
}

/// The secret of this name, where it was made already.
pub(super) async fn read(
    tx: &mut crate::db::Conn,
    name: &'static str,
) -> Result<Option<SecretString>, DbError> {
    let row = sqlx::query(include_str!("../../sql/identity/secret_load.sql"))
        .bind(name)
        .fetch_optional(tx)
        .await?;
    Ok(match row {
        Some(row) => Some(SecretString::from(row.try_get::<String, _>("secret")?)),
        None => None,
    })
}
