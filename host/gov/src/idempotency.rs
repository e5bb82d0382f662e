//! Idempotency keys, and the hash that distinguishes a retry from another request with the same key.

use sha2::{Digest as _, Sha256};

use crate::error::GovError;

/// Characters in an idempotency key.
pub const KEY_CHARS_MAX: usize = 255;

/// SHA-256 over the fields, each preceded by its length, so that different lists have different inputs.
pub(crate) fn hash_fields(fields: &[&str]) -> String {
    let mut hash = Sha256::new();
    for field in fields {
        hash.update((field.len() as u64).to_be_bytes());
        hash.update(field.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// Refuses a text that is not an idempotency key: 1 to [`KEY_CHARS_MAX`] characters of `[A-Za-z0-9-]`.
pub(crate) fn check_key(key: &str) -> Result<(), GovError> {
    let fits = (1..=KEY_CHARS_MAX).contains(&key.len())
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if fits {
        Ok(())
    } else {
        Err(GovError::invalid(
            "idempotency-key-malformed",
            format!("a key is 1 to {KEY_CHARS_MAX} characters of `[A-Za-z0-9-]`"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_plain_and_short() {
        assert!(check_key("2026-11-21-abc").is_ok());
        for key in ["", "a b", "ə", "a_b", &"x".repeat(256)] {
            assert_eq!(check_key(key).unwrap_err().code(), "idempotency-key-malformed");
        }
    }
}
