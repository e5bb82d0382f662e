//! The key that signs ID tokens.

use openidconnect::core::{
    CoreIdToken, CoreIdTokenClaims, CoreJsonWebKeySet, CoreJwsSigningAlgorithm, CoreRsaPrivateSigningKey,
};
use openidconnect::{AccessToken, JsonWebKeyId, JsonWebTokenError, PrivateSigningKey as _};
use rsa::pkcs1::{EncodeRsaPrivateKey as _, LineEnding};
use rsa::rand_core;
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::super::secrets::{self, SecretError};
use crate::platform::Platform;
use crate::random::Random;

/// Bits of the modulus.
const KEY_BITS: usize = 2048;
const NAME: &str = "id-token-key";

/// An RSA key for RS256.
pub(super) struct SigningKey(CoreRsaPrivateSigningKey);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

impl SigningKey {
    /// The key of the platform's database; made when first asked for.
    pub(super) async fn open(platform: &Platform) -> Result<Self, SecretError> {
        let pem = match secrets::read(platform, NAME).await? {
            Some(pem) => pem,
            None => {
                let mut random = Rng(platform.random.clone());
                let made = tokio::task::spawn_blocking(move || {
                    let key = rsa::RsaPrivateKey::new(&mut random, KEY_BITS)
                        .map_err(|error| SecretError::Key(error.to_string()))?;
                    key.to_pkcs1_pem(LineEnding::LF)
                        .map(|pem| pem.to_string())
                        .map_err(|error| SecretError::Key(error.to_string()))
                })
                .await
                .map_err(|error| SecretError::Key(error.to_string()))??;
                secrets::keep(platform, NAME, made).await?
            }
        };
        // The name of a key is a digest of it, so that a new key has a new name.
        let id = hex::encode(Sha256::digest(pem.expose_secret().as_bytes()));
        let id = JsonWebKeyId::new(id.chars().take(16).collect());
        CoreRsaPrivateSigningKey::from_pem(pem.expose_secret(), Some(id))
            .map(Self)
            .map_err(SecretError::Key)
    }

    /// The public half, as the `jwks` endpoint shows it.
    pub(super) fn public(&self) -> CoreJsonWebKeySet {
        CoreJsonWebKeySet::new(vec![self.0.as_verification_key()])
    }

    /// A signed ID token, bound to the access token that goes with it.
    pub(super) fn sign(
        &self,
        claims: CoreIdTokenClaims,
        access_token: &AccessToken,
    ) -> Result<CoreIdToken, JsonWebTokenError> {
        CoreIdToken::new(
            claims,
            &self.0,
            CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            Some(access_token),
            None,
        )
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
