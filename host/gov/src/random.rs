//! The host's randomness: from the operating system in production, from a seed in tests.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// Bytes in a token that must not be guessed: 192 bits, above the 128 that ASVS 5.0 V7.2.3 asks for.
pub const TOKEN_BYTES: usize = 24;

/// The digits of an identifier, Crockford's base 32, whose order is that of their bytes.
pub const ID_DIGITS: &str = "0123456789abcdefghjkmnpqrstvwxyz";
/// Digits of an identifier after its prefix.
const ID_LEN: usize = 26;

/// Whether a text from outside has the form of an identifier of [`Random::id`]. Other texts must not reach a
/// statement: PostgreSQL, unlike SQLite, fails on a text that it cannot store.
pub fn is_id(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .is_some_and(|digits| digits.len() == ID_LEN && digits.chars().all(|digit| ID_DIGITS.contains(digit)))
}

/// A source of random bytes. Clones share it.
#[derive(Clone)]
pub struct Random(Arc<Mutex<StdRng>>);

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Random")
    }
}

impl Random {
    /// A cryptographic generator seeded by the operating system.
    pub fn system() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that asks the system for randomness"
        )]
        let mut system = rand::rng();
        Self(Arc::new(Mutex::new(StdRng::from_rng(&mut system))))
    }

    /// The same bytes on every run: for tests and reproducible simulations, never in production.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// Fills `bytes`.
    pub fn fill(&self, bytes: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(bytes);
    }

    /// An unguessable token of [`TOKEN_BYTES`] bytes, 32 characters of `[A-Za-z0-9_-]`.
    pub fn token(&self) -> String {
        let mut bytes = [0; TOKEN_BYTES];
        self.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// A random UUID (RFC 9562, version 4).
    pub fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// A new identifier: `prefix`, an underscore, 26 lower-case characters that sort by creation time
    /// (a version 7 UUID's 128 bits in Crockford's base 32).
    pub fn id(&self, prefix: &str, now: crate::clock::Timestamp) -> String {
        let mut random = [0; 10];
        self.fill(&mut random);
        let ms = u64::try_from(now.0).unwrap_or(0);
        let uuid = uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid();
        let mut value = uuid.as_u128();
        let mut text = [b'0'; ID_LEN];
        for slot in text.iter_mut().rev() {
            let digit = usize::try_from(value & 31).unwrap_or(0);
            *slot = ID_DIGITS.as_bytes().get(digit).copied().unwrap_or(b'0');
            value >>= 5;
        }
        format!("{prefix}_{}", String::from_utf8_lossy(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn seed_gives_the_same_tokens_and_the_system_does_not() {
        assert_eq!(Random::seeded(7).token(), Random::seeded(7).token());
        assert_ne!(Random::system().token(), Random::system().token());
        assert_eq!(Random::system().token().len(), 32);
    }

    #[test]
    fn identifiers_sort_by_time() {
        let random = Random::seeded(1);
        let early = random.id("pay", Timestamp(1_700_000_000_000));
        let late = random.id("pay", Timestamp(1_700_000_000_001));
        assert!(early < late);
        assert_eq!(early.len(), "pay_".len() + 26);
        assert!(is_id("pay", &early));
        for other in [
            "",
            "pay_",
            "log_",
            "pay",
            early.get(..29).unwrap(),
            &early.replacen('0', "\0", 1),
        ] {
            assert!(!is_id("pay", other), "{other:?}");
        }
        assert!(!is_id("log", &early));
    }
}
