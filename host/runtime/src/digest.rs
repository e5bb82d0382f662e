//! The identity of a component, for vetting, approval and execution.

use std::fmt;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

/// SHA-256 of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }
}

/// `sha256:` and 64 hexadecimal digits, as in [`aim_gov::invocation::Service::digest`].
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.hex())
    }
}

/// A component's bytes with their digest, so that they are hashed only once.
#[derive(Clone, PartialEq, Eq)]
pub struct ComponentBytes {
    bytes: Bytes,
    digest: Digest,
}

impl ComponentBytes {
    /// Hashes the bytes: 18 MB take about 15 ms, so it must not run on an async thread.
    pub fn new(bytes: Bytes) -> Self {
        let digest = Digest::of(&bytes);
        Self { bytes, digest }
    }

    /// The bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// SHA-256 of the bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl fmt::Debug for ComponentBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ComponentBytes").field(&self.digest).finish()
    }
}
