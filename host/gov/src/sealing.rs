//! Secrets in the database, sealed with a key that is not in it, so that a copy, a backup or a replica of the
//! database discloses no secret. ChaCha20-Poly1305 (RFC 8439) with a random nonce, far from its limit with a
//! handful of secrets.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::SecretString;

use crate::key_file;
use crate::random::Random;

/// The prefix of a sealed secret, which names the scheme.
const PREFIX: &str = "sealed-1:";
/// The advice if the key's file is damaged.
const ADVICE: &str = "put the file back that belongs to this database";

/// The key. Clones share it.
#[derive(Clone)]
pub struct SealingKey {
    key: Arc<LessSafeKey>,
    is_new: bool,
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was not sealed with this key")]
pub struct NotSealed;

impl SealingKey {
    /// The key in this file, or a new one if the file does not exist.
    ///
    /// # Errors
    /// When the file cannot be read or written, or does not hold a key.
    pub fn open(path: &Path, random: &Random) -> std::io::Result<Self> {
        let key = key_file::open(path, random, ADVICE)?;
        let unbound = UnboundKey::new(&CHACHA20_POLY1305, &key.bytes)
            .map_err(|_| std::io::Error::other("the key has another length"))?;
        Ok(Self {
            key: Arc::new(LessSafeKey::new(unbound)),
            is_new: key.is_new,
        })
    }

    /// The key with these bytes.
    ///
    /// # Errors
    /// [`NotSealed`] where the cipher does not take them.
    pub(crate) fn of(bytes: &[u8; 32]) -> Result<Self, NotSealed> {
        let unbound = UnboundKey::new(&CHACHA20_POLY1305, bytes).map_err(|_| NotSealed)?;
        Ok(Self {
            key: Arc::new(LessSafeKey::new(unbound)),
            is_new: false,
        })
    }

    /// The key was made by this process: what the database has is older, and in plain text if it has secrets.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Whether a secret is sealed, with any key.
    pub fn is_sealed(secret: &str) -> bool {
        secret.starts_with(PREFIX)
    }

    /// Seals a secret under a name; it cannot be unsealed under another name.
    ///
    /// # Errors
    /// [`NotSealed`] for a secret that is too long for memory.
    pub fn seal(&self, random: &Random, name: &str, secret: &str) -> Result<String, NotSealed> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut sealed = secret.as_bytes().to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(name.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| NotSealed)?;
        let sealed = [&nonce[..], &sealed].concat();
        Ok(format!("{PREFIX}{}", STANDARD_NO_PAD.encode(sealed)))
    }

    /// The secret that was sealed under this name.
    ///
    /// # Errors
    /// [`NotSealed`], also for a secret in plain text: somebody may have put it there.
    pub fn unseal(&self, name: &str, sealed: &str) -> Result<SecretString, NotSealed> {
        let sealed = sealed.strip_prefix(PREFIX).ok_or(NotSealed)?;
        let sealed = STANDARD_NO_PAD.decode(sealed).map_err(|_| NotSealed)?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(NotSealed)?;
        let mut secret = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let secret = self
            .key
            .open_in_place(nonce, Aad::from(name.as_bytes()), &mut secret)
            .map_err(|_| NotSealed)?;
        let secret = std::str::from_utf8(secret).map_err(|_| NotSealed)?;
        Ok(SecretString::from(secret))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn key(folder: &Path, name: &str, seed: u64) -> SealingKey {
        SealingKey::open(&folder.join(name), &Random::seeded(seed)).unwrap()
    }

    #[test]
    fn secret_opens_under_its_name_with_its_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let (key, other) = (key(folder.path(), "a", 1), key(folder.path(), "b", 2));
        let sealed = key.seal(&Random::seeded(3), "pairwise", "əlifba").unwrap();
        assert!(!sealed.contains("lifba"), "{sealed}");
        assert_eq!(key.unseal("pairwise", &sealed).unwrap().expose_secret(), "əlifba");
        assert_eq!(key.unseal("other", &sealed).unwrap_err(), NotSealed);
        assert_eq!(other.unseal("pairwise", &sealed).unwrap_err(), NotSealed);
        let cut = sealed.get(..sealed.len() - 1).unwrap();
        for wrong in ["əlifba", "", PREFIX, "sealed-1:AAAA", cut] {
            assert_eq!(key.unseal("pairwise", wrong).unwrap_err(), NotSealed, "{wrong}");
        }
    }
}
