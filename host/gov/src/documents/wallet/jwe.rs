//! Encrypted answers: a JWE in its compact form (RFC 7516) for a key of the site, with ECDH-ES on P-256 in direct key
//! agreement (RFC 7518, 4.6) and AES-GCM (5.3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdh::diffie_hellman;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::{PublicKey, SecretKey};
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::random::Random;

/// The agreement on a key.
pub(super) const ENCRYPTION_ALGORITHM: &str = "ECDH-ES";
/// The ciphers.
pub(super) const ENCRYPTION_METHODS: [&str; 2] = ["A128GCM", "A256GCM"];
/// The cipher where the site names none (OpenID4VP 1.0, section 5.1).
pub(super) const DEFAULT_METHOD: &str = "A128GCM";

/// Bytes of one coordinate of a point of P-256.
const COORDINATE_BYTES: usize = 32;
/// The first byte of a point whose two coordinates follow (SEC 1, 2.3.3).
const BOTH_COORDINATES: u8 = 4;
/// How often a private number is drawn: one in 2^32 is not below the order of the curve.
const DRAWS_MAX: usize = 4;
/// The most characters of a key's id.
const KEY_ID_CHARS_MAX: usize = 256;

/// A key of the site, and the cipher that it wishes.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct EncryptionKey {
    kid: String,
    x: String,
    y: String,
    /// One of [`ENCRYPTION_METHODS`].
    enc: String,
}

/// An answer that cannot be encrypted.
#[derive(Debug, thiserror::Error)]
#[error("the answer cannot be encrypted")]
pub struct NotEncrypted;

/// The first of these ciphers that is known.
pub(super) fn first_known<'a>(mut wished: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    wished.find(|method| ENCRYPTION_METHODS.contains(method))
}

impl EncryptionKey {
    /// The key of a JSON Web Key; `None` unless it is for ECDH-ES on P-256, with a `kid`.
    pub(super) fn of_jwk(jwk: &Value, enc: &str) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let is_for_us = text("kty") == Some("EC")
            && text("crv") == Some("P-256")
            && text("alg") == Some(ENCRYPTION_ALGORITHM)
            && matches!(text("use"), None | Some("enc"));
        let key = Self {
            kid: text("kid")
                .filter(|kid| (1..=KEY_ID_CHARS_MAX).contains(&kid.chars().count()))?
                .to_owned(),
            x: text("x")?.to_owned(),
            y: text("y")?.to_owned(),
            enc: enc.to_owned(),
        };
        (is_for_us && key.public().is_some()).then_some(key)
    }

    fn public(&self) -> Option<PublicKey> {
        let coordinate = |text: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            <[u8; COORDINATE_BYTES]>::try_from(bytes).ok()
        };
        let (x, y) = (coordinate(&self.x)?, coordinate(&self.y)?);
        PublicKey::from_sec1_bytes(&[&[BOTH_COORDINATES][..], &x, &y].concat()).ok()
    }

    fn cipher(&self) -> Option<&'static Algorithm> {
        match self.enc.as_str() {
            "A128GCM" => Some(&AES_128_GCM),
            "A256GCM" => Some(&AES_256_GCM),
            _ => None,
        }
    }

    /// The answer for this key alone, with a fresh key of ours.
    pub(super) fn encrypt(&self, random: &Random, answer: &Value) -> Result<String, NotEncrypted> {
        let theirs = self.public().ok_or(NotEncrypted)?;
        let cipher = self.cipher().ok_or(NotEncrypted)?;
        let ours = fresh(random).ok_or(NotEncrypted)?;
        let (x, y) = coordinates(&ours.public_key());
        let header = json!({
            "alg": ENCRYPTION_ALGORITHM, "enc": self.enc, "kid": self.kid, "typ": "JWT",
            "epk": { "kty": "EC", "crv": "P-256", "x": x, "y": y },
        });
        let encoded = |value: &Value| serde_json::to_vec(value).map_err(|_| NotEncrypted);
        let header = URL_SAFE_NO_PAD.encode(encoded(&header)?);
        let agreed = diffie_hellman(ours.to_nonzero_scalar(), theirs.as_affine());
        let derived = derived(agreed.raw_secret_bytes(), &self.enc);
        let key = derived.get(..cipher.key_len()).ok_or(NotEncrypted)?;
        let key = LessSafeKey::new(UnboundKey::new(cipher, key).map_err(|_| NotEncrypted)?);
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut sealed = encoded(answer)?;
        let tag = key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(header.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| NotEncrypted)?;
        // The second part is empty: the key is agreed on, and none is sent (RFC 7518, 4.6).
        Ok(format!(
            "{header}..{}.{}.{}",
            URL_SAFE_NO_PAD.encode(nonce),
            URL_SAFE_NO_PAD.encode(sealed),
            URL_SAFE_NO_PAD.encode(tag)
        ))
    }
}

fn fresh(random: &Random) -> Option<SecretKey> {
    (0..DRAWS_MAX).find_map(|_| {
        let mut private = [0; COORDINATE_BYTES];
        random.fill(&mut private);
        SecretKey::from_slice(&private).ok()
    })
}

fn coordinates(key: &PublicKey) -> (String, String) {
    let point = key.to_sec1_point(false);
    let (x, y) = point
        .as_bytes()
        .get(1..)
        .unwrap_or_default()
        .split_at_checked(COORDINATE_BYTES)
        .unwrap_or_default();
    (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y))
}

/// One round of the Concat KDF (RFC 7518, 4.6.2), whose 256 bits are enough for either cipher. Neither party is named.
fn derived(agreed: &[u8], enc: &str) -> [u8; 32] {
    const ROUND: u32 = 1;
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_be_bytes();
    let bits: u32 = if enc == "A256GCM" { 256 } else { 128 };
    let mut hash = Sha256::new();
    hash.update(ROUND.to_be_bytes());
    hash.update(agreed);
    hash.update(length(enc.len()));
    hash.update(enc.as_bytes());
    hash.update(length(0));
    hash.update(length(0));
    hash.update(bits.to_be_bytes());
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
