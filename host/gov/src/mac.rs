//! Message authentication codes: they prove that this platform issued a receipt, a confirmation or a token.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

/// A key for message authentication codes. Clones share it.
#[derive(Clone)]
pub struct MacKey(Arc<SecretBox<[u8; 64]>>);

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey")
    }
}

impl MacKey {
    pub fn new(secret: &SecretString) -> Self {
        // HMAC uses one block of the hash as its key: the digest of the secret, padded with zeros.
        let digest = Sha256::digest(secret.expose_secret().as_bytes());
        let mut block = Box::new([0; 64]);
        block.iter_mut().zip(digest).for_each(|(slot, byte)| *slot = byte);
        Self(Arc::new(SecretBox::new(block)))
    }

    /// HMAC-SHA-256 over the fields, each preceded by its length. `domain` separates the uses: a code made for
    /// one is invalid for another.
    fn over(&self, domain: &str, fields: &[&str]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(self.0.expose_secret().into());
        for field in std::iter::once(&domain).chain(fields) {
            mac.update(&(field.len() as u64).to_be_bytes());
            mac.update(field.as_bytes());
        }
        mac
    }

    /// The code of these fields, 64 hexadecimal digits.
    pub fn code(&self, domain: &str, fields: &[&str]) -> String {
        hex::encode(self.over(domain, fields).finalize().into_bytes())
    }

    /// Whether `code` is the code of these fields, in constant time.
    pub fn is_code(&self, domain: &str, fields: &[&str], code: &str) -> bool {
        hex::decode(code).is_ok_and(|code| self.over(domain, fields).verify_slice(&code).is_ok())
    }

    /// A token with `value` and the proof that this platform made it: JSON and code, both in base64url. Anybody
    /// who has the token can read it.
    ///
    /// # Errors
    /// When the value has no JSON form.
    pub fn seal<T: Serialize>(&self, domain: &str, value: &T) -> Result<String, serde_json::Error> {
        let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(value)?);
        let code = self.over(domain, &[&body]).finalize().into_bytes();
        Ok(format!("{body}.{}", URL_SAFE_NO_PAD.encode(code)))
    }

    /// The value of a token of [`MacKey::seal`]; `None` if it was not made for `domain` with this key.
    pub fn open<T: DeserializeOwned>(&self, domain: &str, token: &str) -> Option<T> {
        let (body, code) = token.split_once('.')?;
        let code = URL_SAFE_NO_PAD.decode(code).ok()?;
        self.over(domain, &[body]).verify_slice(&code).ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_token_opens_with_its_key_for_its_use_only() {
        let key = MacKey::new(&"key".into());
        let token = key.seal("log-in", &("\u{259}", 7)).unwrap();
        assert_eq!(key.open("log-in", &token), Some(("\u{259}".to_owned(), 7)));
        let other = MacKey::new(&"other".into());
        assert_eq!(other.open::<(String, u8)>("log-in", &token), None);
        assert_eq!(key.open::<(String, u8)>("ticket", &token), None);
        let changed = key.seal("log-in", &("\u{259}", 8)).unwrap();
        let (body, code) = (
            changed.split_once('.').unwrap().0,
            token.split_once('.').unwrap().1,
        );
        for forged in [
            format!("{body}.{code}"),
            format!("{body}."),
            body.to_owned(),
            format!("{token}x"),
            format!("{token}="),
            String::new(),
        ] {
            assert_eq!(key.open::<(String, u8)>("log-in", &forged), None, "{forged}");
        }
    }
}
