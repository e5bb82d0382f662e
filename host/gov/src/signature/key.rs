//! Keys of the curve P-256, and the algorithms by which signatures name themselves.

use std::time::Duration;

use der::Any;
use der::asn1::{BitString, GeneralizedTime, ObjectIdentifier, UtcTime};
use p256::ecdsa::signature::hazmat::{PrehashSigner as _, PrehashVerifier as _};
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::Time;

use crate::clock::Timestamp;
use crate::random::Random;

/// `id-ecPublicKey` and the curve (RFC 5480, section 2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// `ecdsa-with-SHA256` (RFC 5758, section 3.2).
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
/// `id-sha256` (RFC 5754, section 2.2).
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// The last year of `UTCTime` (RFC 5280, section 4.1.2.5).
const UTC_TIME_END: i64 = 2_524_608_000;

/// SHA-256.
pub(crate) type Hash = [u8; 32];

pub(crate) fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

pub(super) fn ecdsa_sha256() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid: ECDSA_SHA256,
        parameters: None,
    }
}

/// Without parameters (RFC 5754, section 2).
pub(super) fn sha256_identifier() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid: SHA256,
        parameters: None,
    }
}

/// A private key.
#[derive(Clone)]
pub(super) struct Key(SigningKey);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

/// The number is zero, or not below the order of the curve: of random ones, one in 2^32.
#[derive(Debug, thiserror::Error)]
#[error("the number is not a private key of P-256")]
pub struct NotAKey;

impl Key {
    pub(super) fn of(private: &[u8]) -> Result<Self, NotAKey> {
        SigningKey::from_slice(private).map(Self).map_err(|_| NotAKey)
    }

    /// A new key, and its private number.
    pub(super) fn new(random: &Random) -> Result<(Self, [u8; 32]), NotAKey> {
        let mut private = [0; 32];
        random.fill(&mut private);
        Ok((Self::of(&private)?, private))
    }

    /// The point, uncompressed (SEC 1, 2.3.3).
    pub(super) fn point(&self) -> Vec<u8> {
        self.0.verifying_key().to_sec1_point(false).as_bytes().to_vec()
    }

    pub(super) fn public(&self) -> der::Result<SubjectPublicKeyInfoOwned> {
        Ok(SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifierOwned {
                oid: EC_PUBLIC_KEY,
                parameters: Some(Any::encode_from(&P256)?),
            },
            subject_public_key: BitString::from_bytes(&self.point())?,
        })
    }

    /// A signature over bytes, in DER (RFC 3279, section 2.2.3).
    pub(super) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let signature: Signature = self.0.sign(bytes);
        signature.to_der().as_bytes().to_vec()
    }

    /// A signature over a SHA-256: both numbers, 32 bytes each (RFC 7518, section 3.4).
    pub(super) fn sign_hash(&self, hash: &Hash) -> Result<Vec<u8>, NotAKey> {
        let signature: Signature = self.0.sign_prehash(hash).map_err(|_| NotAKey)?;
        Ok(signature.to_bytes().to_vec())
    }
}

/// A signature of two numbers in DER.
pub(super) fn in_der(numbers: &[u8]) -> Option<Vec<u8>> {
    let signature = Signature::from_slice(numbers).ok()?;
    Some(signature.to_der().as_bytes().to_vec())
}

/// The key of a certificate, if it is one of the curve P-256.
fn verifying(key: &SubjectPublicKeyInfoOwned) -> Option<VerifyingKey> {
    let curve = key.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>();
    let is_known = key.algorithm.oid == EC_PUBLIC_KEY && curve.ok()? == P256;
    let point = key.subject_public_key.raw_bytes();
    VerifyingKey::from_sec1_bytes(point).ok().filter(|_| is_known)
}

/// Whether a signature in DER is that of this public key over these bytes.
pub(super) fn is_signed(key: &SubjectPublicKeyInfoOwned, bytes: &[u8], signature: &[u8]) -> bool {
    let (key, signature) = (verifying(key), Signature::from_der(signature));
    matches!((key, signature), (Some(key), Ok(signature)) if key.verify(bytes, &signature).is_ok())
}

/// Whether a signature of two numbers is that of this public key over a SHA-256.
pub(super) fn is_hash_signed(key: &SubjectPublicKeyInfoOwned, hash: &Hash, numbers: &[u8]) -> bool {
    let (key, signature) = (verifying(key), Signature::from_slice(numbers));
    matches!((key, signature), (Some(key), Ok(signature)) if key.verify_prehash(hash, &signature).is_ok())
}

/// To the second.
pub(super) fn generalized(at: Timestamp) -> der::Result<GeneralizedTime> {
    GeneralizedTime::from_unix_duration(since_1970(at))
}

/// As certificates write it: by two digits of the year until 2049 (RFC 5280, section 4.1.2.5).
pub(super) fn time(at: Timestamp) -> der::Result<Time> {
    Ok(match at.seconds() < UTC_TIME_END {
        true => Time::UtcTime(UtcTime::from_unix_duration(since_1970(at))?),
        false => Time::GeneralTime(generalized(at)?),
    })
}

fn since_1970(at: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(at.seconds()).unwrap_or(0))
}
