//! Secrets that the platform makes for itself at its first start. The database keeps them sealed with a key
//! that is in a file of its own: see [`crate::sealing`].

use secrecy::SecretString;

use crate::db::{Conn, DbError};
use crate::platform::Platform;
use crate::sealing::SealingKey;
use crate::sql;

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the platform's secret `{name}` could not be read or made")]
    Db {
        /// The secret's name.
        name: String,
        #[source]
        source: DbError,
    },
    #[error(
        "the database's secret `{name}` was not sealed with the key in the data folder: put back the `secrets.key` \
         that belongs to this database, or start with an empty database"
    )]
    NotSealed {
        /// The secret's name.
        name: String,
    },
    #[error(
        "the database's secret `{name}` is in plain text, although the data folder has a `secrets.key`: if the first \
         start with that file was interrupted, remove the file and start again; if not, somebody changed the database"
    )]
    Plain {
        /// The secret's name.
        name: String,
    },
    #[error("the signing key cannot be used: {0}")]
    Key(String),
}

/// The secret of this name: 192 random bits, made when first asked for. Nodes that start at once agree
/// on one.
///
/// # Errors
/// [`SecretError::Db`].
pub async fn secret(platform: &Platform, name: &str) -> Result<SecretString, SecretError> {
    let fresh = platform.random.token();
    keep(platform, name, fresh).await
}

/// Keeps `fresh` under this name unless there is one already, and answers what is kept.
pub(super) async fn keep(
    platform: &Platform,
    name: &str,
    fresh: String,
) -> Result<SecretString, SecretError> {
    let fresh = match platform.db.sealing() {
        Some(key) => key
            .seal(&platform.random, name, &fresh)
            .map_err(|_| SecretError::NotSealed {
                name: name.to_owned(),
            })?,
        None => fresh,
    };
    let kept = kept_first(platform, name, fresh)
        .await
        .map_err(|source| SecretError::Db {
            name: name.to_owned(),
            source,
        })?;
    unsealed(platform, name, kept)
}

/// What the database has under this name, `fresh` if it had nothing.
async fn kept_first(platform: &Platform, name: &str, fresh: String) -> Result<String, DbError> {
    let mut tx = platform.db.begin().await?;
    sql!("identity/secret_create", name, fresh).run(&mut tx).await?;
    let kept = stored(&mut tx, name)
        .await?
        .ok_or_else(|| DbError::corrupt("identity_secret", name))?;
    tx.commit().await?;
    Ok(kept)
}

/// The secret of this name, where it was made already.
pub(super) async fn read(platform: &Platform, name: &str) -> Result<Option<SecretString>, SecretError> {
    let db_error = |source| SecretError::Db {
        name: name.to_owned(),
        source,
    };
    let kept = {
        let mut reader = platform.db.reader().await.map_err(db_error)?;
        stored(&mut reader, name).await.map_err(db_error)?
    };
    kept.map(|kept| unsealed(platform, name, kept)).transpose()
}

/// Seals the secrets of a database that is older than its key: they are in plain text.
///
/// # Errors
/// [`DbError`]. Then none is sealed.
pub async fn seal_old(platform: &Platform, key: &SealingKey) -> Result<(), DbError> {
    let mut tx = platform.db.begin().await?;
    let kept: Vec<(String, String)> = sql!("identity/secrets_load").all(&mut tx).await?;
    for (name, kept) in kept {
        if SealingKey::is_sealed(&kept) {
            continue;
        }
        let sealed = key
            .seal(&platform.random, &name, &kept)
            .map_err(|_| DbError::corrupt("identity_secret", &name))?;
        sql!("identity/secret_seal", &name, kept, sealed)
            .run(&mut tx)
            .await?;
        tracing::warn!(
            secret = name,
            "identity: sealed a secret; backups of before have it in plain text"
        );
    }
    tx.commit().await
}

fn unsealed(platform: &Platform, name: &str, kept: String) -> Result<SecretString, SecretError> {
    match platform.db.sealing() {
        Some(_) if !SealingKey::is_sealed(&kept) => Err(SecretError::Plain {
            name: name.to_owned(),
        }),
        Some(key) => key.unseal(name, &kept).map_err(|_| SecretError::NotSealed {
            name: name.to_owned(),
        }),
        None => Ok(SecretString::from(kept)),
    }
}

async fn stored(conn: &mut Conn, name: &str) -> Result<Option<String>, DbError> {
    let kept: Option<(_,)> = sql!("identity/secret_load", name).optional(conn).await?;
    Ok(kept.map(|(secret,)| secret))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::random::Random;
    use crate::scene::Scene;
    use crate::sealing::SealingKey;

    #[tokio::test]
    async fn secret_is_sealed_in_the_database() {
        let scene = Scene::set().await;
        let folder = tempfile::tempdir().unwrap();
        let sealed = |file: &str, seed: u64| Platform {
            db: scene
                .platform
                .db
                .clone()
                .sealed_with(SealingKey::open(&folder.path().join(file), &Random::seeded(seed)).unwrap()),
            ..scene.platform.clone()
        };
        let platform = sealed("a", 1);
        let known = secret(&platform, "new").await.unwrap();
        let again = secret(&platform, "new").await.unwrap();
        assert_eq!(known.expose_secret(), again.expose_secret());
        let mut reader = platform.db.reader().await.unwrap();
        let kept = stored(&mut reader, "new").await.unwrap().unwrap();
        assert!(!kept.contains(known.expose_secret()), "{kept}");
        drop(reader);
        let refused = secret(&sealed("b", 2), "new").await.unwrap_err();
        assert!(matches!(refused, SecretError::NotSealed { .. }), "{refused}");
        // The scene's own secrets were made without a key: somebody may have put them there.
        let refused = secret(&platform, "pairwise").await.unwrap_err();
        assert!(matches!(refused, SecretError::Plain { .. }), "{refused}");
    }

    #[tokio::test]
    async fn secrets_of_an_old_database_are_sealed_and_stay_what_they_were() {
        let scene = Scene::set().await;
        let before = secret(&scene.platform, "pairwise").await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let key = SealingKey::open(&folder.path().join("key"), &Random::seeded(1)).unwrap();
        seal_old(&scene.platform, &key).await.unwrap();
        let platform = Platform {
            db: scene.platform.db.clone().sealed_with(key.clone()),
            ..scene.platform.clone()
        };
        let after = secret(&platform, "pairwise").await.unwrap();
        assert_eq!(after.expose_secret(), before.expose_secret());
        // Once is enough.
        seal_old(&platform, &key).await.unwrap();
        let after = secret(&platform, "pairwise").await.unwrap();
        assert_eq!(after.expose_secret(), before.expose_secret());
    }
}
