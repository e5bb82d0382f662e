//! The payments' own key: it proves that a receipt and a confirmation came from this platform.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use sha2::{Digest as _, Sha256};

/// A key for message authentication codes. Clones share it.
#[derive(Clone)]
pub(super) struct MacKey(Arc<SecretBox<[u8; 64]>>);

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MacKey")
    }
}

impl MacKey {
    pub(super) fn new(secret: &SecretString) -> Self {
        // HMAC takes one block of the hash as its key: the digest of the secret, filled up with zeros.
        let digest = Sha256::digest(secret.expose_secret().as_bytes());
        let mut block = Box::new([0; 64]);
        block.iter_mut().zip(digest).for_each(|(slot, byte)| *slot = byte);
        Self(Arc::new(SecretBox::new(block)))
    }

    /// HMAC-SHA-256 over the fields, each with its length before it. `domain` keeps a code that was
    /// made for one use from being good for another.
    fn over(&self, domain: &str, fields: &[&str]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(self.0.expose_secret().into());
        for field in std::iter::once(&domain).chain(fields) {
            mac.update(&(field.len() as u64).to_be_bytes());
            mac.update(field.as_bytes());
        }
        mac
    }

    /// The code over these fields, 64 hexadecimal digits.
    pub(super) fn code(&self, domain: &str, fields: &[&str]) -> String {
        hex::encode(self.over(domain, fields).finalize().into_bytes())
    }

    /// Whether `code` is the code over these fields; takes as long for a wrong one as for the right one.
    pub(super) fn is_code(&self, domain: &str, fields: &[&str], code: &str) -> bool {
        hex::decode(code).is_ok_and(|code| self.over(domain, fields).verify_slice(&code).is_ok())
    }
}
