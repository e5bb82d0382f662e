//! The keys that sign ID tokens, one after the other.
//!
//! A key is published for [`KEY_ANNOUNCED_MS`] before it signs, so that clients which cache the `jwks` document know
//! it in time, and for [`KEY_KEPT_MS`] after its successor took over (OpenID Connect Core 10.1.1).

use std::sync::{Arc, PoisonError, RwLock};

use openidconnect::core::{
    CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet, CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey,
};
use openidconnect::{AccessToken, JsonWebKeyId, JsonWebTokenError, PrivateSigningKey as _};
use rsa::pkcs1::{EncodeRsaPrivateKey as _, LineEnding};
use rsa::rand_core;
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::super::secrets::{self, SecretError};
use crate::clock::{DAY_MS, Timestamp};
use crate::db::DbError;
use crate::platform::Platform;
use crate::random::Random;
use crate::sql;

/// The age at which a key gets a successor.
pub const KEY_AGE_MAX_MS: i64 = 90 * DAY_MS;
/// How long a key is published before it signs.
pub const KEY_ANNOUNCED_MS: i64 = DAY_MS;
/// How long a key is published after its successor took over. ID tokens last minutes, but a client may send one back
/// as a hint of whom it means much later.
pub const KEY_KEPT_MS: i64 = 30 * DAY_MS;

/// Bits of the modulus.
const KEY_BITS: usize = 2048;
/// The secret of the first key.
const NAME: &str = "id-token-key";

/// An RSA key for RS256.
struct Key {
    number: i64,
    made: Timestamp,
    pair: CoreRsaPrivateSigningKey,
}

impl Key {
    fn signs_from(&self) -> Timestamp {
        self.made.plus_ms(KEY_ANNOUNCED_MS)
    }
}

/// The keys that are published, oldest first, as this process knows them.
pub(super) struct KeyRing(RwLock<Arc<[Arc<Key>]>>);

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyRing")
    }
}

impl KeyRing {
    /// The keys of the platform's database; the first start makes one.
    pub(super) async fn open(platform: &Platform) -> Result<Self, SecretError> {
        let ring = Self(RwLock::new(Arc::new([])));
        ring.rotate(platform).await?;
        Ok(ring)
    }

    /// Makes the successor of a key that has reached [`KEY_AGE_MAX_MS`], deletes those that are not published any
    /// more, and takes over what other nodes made.
    pub(super) async fn rotate(&self, platform: &Platform) -> Result<(), SecretError> {
        let now = platform.clock.now();
        let mut listed = load(platform).await?;
        let newest = listed.last().copied();
        if newest.is_none_or(|(_, made)| made.plus_ms(KEY_AGE_MAX_MS) <= now) {
            make(platform, newest.map_or(1, |(number, _)| number.saturating_add(1))).await?;
            listed = load(platform).await?;
        }
        let mut keys: Vec<Arc<Key>> = Vec::new();
        let known = self.keys();
        for ((number, made), successor) in listed.iter().zip(successors(&listed)) {
            if successor.is_some_and(|successor| is_retired(successor, now)) {
                delete(platform, *number).await?;
                continue;
            }
            match known.iter().find(|key| key.number == *number) {
                Some(key) => keys.push(key.clone()),
                None => keys.push(Arc::new(read(platform, *number, *made).await?)),
            }
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys.into();
        Ok(())
    }

    fn keys(&self) -> Arc<[Arc<Key>]> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The public halves, as the `jwks` endpoint shows them.
    pub(super) fn public(&self) -> CoreJsonWebKeySet {
        let keys = self.keys();
        CoreJsonWebKeySet::new(keys.iter().map(|key| key.pair.as_verification_key()).collect())
    }

    /// A signed ID token, bound to the access token that goes with it.
    pub(super) fn sign(
        &self,
        claims: CoreIdTokenClaims,
        access_token: &AccessToken,
        now: Timestamp,
    ) -> Result<CoreIdToken, SignError> {
        let keys = self.keys();
        let key = keys
            .iter()
            .rev()
            .find(|key| key.signs_from() <= now)
            .or(keys.first())
            .ok_or(SignError::NoKey)?;
        Ok(CoreIdToken::new(
            claims,
            &key.pair,
            CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            Some(access_token),
            None,
        )?)
    }
}

/// Why an ID token is not signed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignError {
    #[error("no signing key is loaded")]
    NoKey,
    #[error(transparent)]
    Token(#[from] JsonWebTokenError),
}

/// When the successor of each was made.
fn successors(listed: &[(i64, Timestamp)]) -> impl Iterator<Item = Option<Timestamp>> {
    let made = listed.iter().skip(1).map(|(_, made)| Some(*made));
    made.chain(std::iter::once(None))
}

/// Whether a key whose successor was made then is not published any more.
fn is_retired(successor: Timestamp, now: Timestamp) -> bool {
    successor.plus_ms(KEY_ANNOUNCED_MS).plus_ms(KEY_KEPT_MS) <= now
}

fn name(number: i64) -> String {
    match number {
        1 => NAME.to_owned(),
        later => format!("{NAME}.{later}"),
    }
}

/// Numbers of the keys and when they were made, oldest first.
async fn load(platform: &Platform) -> Result<Vec<(i64, Timestamp)>, SecretError> {
    let listed = async {
        let mut reader = platform.db.reader().await?;
        sql!("identity/keys_load").all(&mut reader).await
    };
    listed.await.map_err(db_error)
}

/// Makes the key of this number, unless another node did.
async fn make(platform: &Platform, number: i64) -> Result<(), SecretError> {
    let name = name(number);
    if secrets::read(platform, &name).await?.is_none() {
        let mut random = Rng(platform.random.clone());
        let pem = tokio::task::spawn_blocking(move || {
            let key = rsa::RsaPrivateKey::new(&mut random, KEY_BITS)
                .map_err(|error| SecretError::Key(error.to_string()))?;
            key.to_pkcs1_pem(LineEnding::LF)
                .map(|pem| pem.to_string())
                .map_err(|error| SecretError::Key(error.to_string()))
        });
        let pem = pem.await.map_err(|error| SecretError::Key(error.to_string()))??;
        secrets::keep(platform, &name, pem).await?;
    }
    let create = sql!("identity/key_create", number, platform.clock.now());
    create.run_alone(&platform.db).await.map_err(db_error)?;
    tracing::info!(number, "identity.key made");
    Ok(())
}

async fn read(platform: &Platform, number: i64, made: Timestamp) -> Result<Key, SecretError> {
    let name = name(number);
    let pem = secrets::read(platform, &name)
        .await?
        .ok_or_else(|| db_error(DbError::corrupt("identity_key", &name)))?;
    // The id of a key is a digest of it, so that a new key has a new id.
    let id = hex::encode(Sha256::digest(pem.expose_secret().as_bytes()));
    let id = JsonWebKeyId::new(id.chars().take(16).collect());
    let pair = CoreRsaPrivateSigningKey::from_pem(pem.expose_secret(), Some(id)).map_err(SecretError::Key)?;
    Ok(Key { number, made, pair })
}

async fn delete(platform: &Platform, number: i64) -> Result<(), SecretError> {
    let gone = async {
        let mut tx = platform.db.begin().await?;
        sql!("identity/key_delete", number).run(&mut tx).await?;
        sql!("identity/secret_delete", name(number)).run(&mut tx).await?;
        tx.commit().await
    };
    gone.await.map_err(db_error)?;
    tracing::info!(number, "identity.key deleted");
    Ok(())
}

fn db_error(source: DbError) -> SecretError {
    SecretError::Db {
        name: NAME.to_owned(),
        source,
    }
}

/// Adapts [`Random`] to the random number generator that the `rsa` crate takes.
struct Rng(Random);

impl rand_core::RngCore for Rng {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl rand_core::CryptoRng for Rng {}
