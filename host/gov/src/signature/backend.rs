//! The interface of the provider of signatures: certificates, signatures, time stamps. Reference: CSC API v2
//! (`credentials/info`, `signatures/signHash`, `signatures/timestamp`).

use std::fmt::Debug;
use std::time::Duration;

use super::key::Hash;
use crate::remote::Fault;

/// The time limit of one answer, for which a citizen's page waits.
pub const PROVIDER_WITHIN: Duration = Duration::from_secs(5);

/// A person who signs, as the register of the population knows them.
#[derive(Clone, PartialEq, Eq)]
pub struct Signatory {
    pub fin: String,
    pub given_name: String,
    pub family_name: String,
}

/// Without the person.
impl Debug for Signatory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signatory")
    }
}

/// What is to be signed. The provider signs exactly these hashes under this id, however often it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: String,
    /// The certificate of the key, in DER.
    pub certificate: Vec<u8>,
    /// SHA-256 of what is signed.
    pub hashes: Vec<Hash>,
}

/// Another system that keeps people's keys, certifies them and stamps times.
#[async_trait::async_trait]
pub trait Backend: Debug + Send + Sync {
    /// The person's certificate and those of its issuers, in DER; a person without one gets one. The same as long as it
    /// is valid.
    ///
    /// # Errors
    /// [`Fault`] without an answer.
    async fn certificates(&self, person: &Signatory) -> Result<Vec<Vec<u8>>, Fault>;

    /// Signatures over the order's hashes: two numbers of 32 bytes each (ECDSA on P-256). The same order gets the same
    /// answer, and an order of this id for other hashes is refused.
    ///
    /// # Errors
    /// [`Fault`] without an answer: the order may have been carried out.
    async fn sign(&self, order: &Order) -> Result<Vec<Vec<u8>>, Fault>;

    /// Answers a request of RFC 3161.
    ///
    /// # Errors
    /// [`Fault`] without an answer.
    async fn time_stamp(&self, request: &[u8]) -> Result<Vec<u8>, Fault>;

    /// Answers a request of RFC 6960.
    ///
    /// # Errors
    /// [`Fault`] without an answer.
    async fn status(&self, request: &[u8]) -> Result<Vec<u8>, Fault>;

    /// The certificates at the top, in DER: what a verifier trusts, and the issuer of people's.
    fn authorities(&self) -> Authorities;
}

/// Certificates of the provider, in DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorities {
    pub root: Vec<u8>,
    pub issuer: Vec<u8>,
}
