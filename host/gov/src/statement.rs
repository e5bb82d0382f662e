//! Signed statements of the platform, such as receipts, which anybody can verify without it: JWS in its compact form
//! (RFC 7515) with ES256 (RFC 7518, 3.4). The key stays: a statement is to be verified years later.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The key of the platform's statements.
pub(crate) struct StatementKey {
    key: SigningKey,
    id: String,
}

impl std::fmt::Debug for StatementKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StatementKey")
    }
}

/// The number is zero, or not below the order of the curve: of random ones, one in 2^32.
#[derive(Debug, thiserror::Error)]
#[error("the number is not a private key of P-256")]
pub struct NotAKey;

/// Who signs, when, and what.
#[derive(Serialize)]
struct Payload<'a, T> {
    iss: &'a str,
    /// Seconds since 1970 (RFC 7519, 4.1.6).
    iat: i64,
    #[serde(flatten)]
    statement: &'a T,
}

impl StatementKey {
    /// The key with this private number.
    pub(crate) fn of(private: &[u8; 32]) -> Result<Self, NotAKey> {
        let key = SigningKey::from_slice(private).map_err(|_| NotAKey)?;
        let (x, y) = coordinates(&key);
        // The thumbprint of RFC 7638: members in this order, without spaces.
        let members = format!("{{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"{x}\",\"y\":\"{y}\"}}");
        let id = URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes()));
        Ok(Self { key, id })
    }

    /// `statement`, made by `issuer` at second `at`, as a JWS of the media type `application/<kind>`.
    pub(crate) fn sign<T: Serialize>(
        &self,
        kind: &str,
        (issuer, at): (&str, i64),
        statement: &T,
    ) -> Result<String, serde_json::Error> {
        let payload = Payload {
            iss: issuer,
            iat: at,
            statement,
        };
        self.sign_payload(kind, &payload)
    }

    /// A JWS with this payload alone.
    pub(crate) fn sign_payload<T: Serialize>(
        &self,
        kind: &str,
        payload: &T,
    ) -> Result<String, serde_json::Error> {
        let head = serde_json::json!({ "alg": "ES256", "kid": self.id, "typ": kind });
        let encoded = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(serde_json::to_vec(&head)?),
            URL_SAFE_NO_PAD.encode(serde_json::to_vec(payload)?)
        );
        let signature: Signature = self.key.sign(encoded.as_bytes());
        Ok(format!(
            "{encoded}.{}",
            URL_SAFE_NO_PAD.encode(signature.to_bytes())
        ))
    }

    /// The public half, as a set of one key (RFC 7517).
    pub(crate) fn public(&self) -> serde_json::Value {
        serde_json::json!({ "keys": [self.public_jwk()] })
    }

    /// The public half (RFC 7517).
    pub(crate) fn public_jwk(&self) -> serde_json::Value {
        let (x, y) = coordinates(&self.key);
        serde_json::json!({
            "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.id, "alg": "ES256", "use": "sig",
        })
    }
}

/// Both coordinates of the public point, in base64url (RFC 7518, 6.2.1).
fn coordinates(key: &SigningKey) -> (String, String) {
    const COORDINATE_BYTES: usize = 32;
    let point = key.verifying_key().to_sec1_point(false);
    // After the byte that says "not compressed" (SEC 1, 2.3.3).
    let (x, y) = point
        .as_bytes()
        .get(1..)
        .unwrap_or_default()
        .split_at_checked(COORDINATE_BYTES)
        .unwrap_or_default();
    (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_half_is_the_same_at_each_start_and_holds_nothing_private() {
        let key = |number: u8| StatementKey::of(&[number; 32]).unwrap().public();
        assert_eq!(key(1), key(1));
        assert_ne!(key(1), key(2));
        assert_eq!(key(1)["keys"][0].get("d"), None);
    }

    #[test]
    fn number_beyond_the_curve_is_refused() {
        assert!(StatementKey::of(&[0xff; 32]).is_err());
        assert!(StatementKey::of(&[0; 32]).is_err());
    }
}
