//! Checks signatures as ETSI EN 319 102-1 says: who signed, when, and whether that can be relied on. What the platform
//! made is trusted like what anybody brings: by its certificates alone.
//!
//! First everything that the file itself says ([`jades`], [`pades`], [`path`]), without a question to anybody; then the status of the
//! certificates; then both are judged ([`judgement`]).

pub(super) mod cms;
pub(super) mod jades;
mod json;
pub(super) mod judgement;
pub(super) mod pades;
mod path;

use der::Decode as _;
use x509_cert::Certificate;
use x509_tsp::TstInfo;

use self::cms::Message;
use self::path::Validity;
use super::cms::TST_INFO;
use super::key::{Hash, sha256, sha256_identifier};
use crate::clock::Timestamp;

/// Signatures of one file: as many as people may sign one.
pub const SIGNATURES_MAX: usize = 10;
/// Certificates beside one signature or time stamp.
pub const CERTIFICATES_MAX: usize = 10;
/// Time stamps of one signature.
pub const STAMPS_MAX: usize = 4;

/// The result of a check (EN 319 102-1, section 5.1.3), the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Indication {
    Passed,
    Indeterminate,
    Failed,
}

/// Why a signature has not passed, in the spelling of EN 319 102-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum SubIndication {
    /// Not a signature of this form.
    FormatFailure,
    /// What was signed is not what is there.
    HashFailure,
    /// The value is not a signature of what was signed.
    SigCryptoFailure,
    /// A time stamp is older than the signer's certificate.
    NotYetValid,
    /// The signer's certificate is not there, or not the one that the signature names.
    NoSigningCertificateFound,
    /// No way from the certificate to the trusted one.
    NoCertificateChainFound,
    /// The certificate is not one for signatures of people.
    ChainConstraintsFailure,
    /// Made by an algorithm that the platform does not verify.
    CryptoConstraintsFailure,
    /// A file that was signed is not there.
    SignedDataNotFound,
    /// A certificate is over or has not begun, and nothing proves that the signature is of its time.
    OutOfBoundsNoPoe,
    /// The signer's certificate was revoked, and nothing proves that the signature is older.
    RevokedNoPoe,
    /// The same of its issuer's.
    RevokedCaNoPoe,
    /// The authority says nothing about a certificate now, or has suspended it.
    TryLater,
}

crate::coded!(SubIndication);

impl SubIndication {
    pub fn indication(self) -> Indication {
        match self {
            Self::FormatFailure | Self::HashFailure | Self::SigCryptoFailure | Self::NotYetValid => {
                Indication::Failed
            }
            Self::NoSigningCertificateFound
            | Self::NoCertificateChainFound
            | Self::ChainConstraintsFailure
            | Self::CryptoConstraintsFailure
            | Self::SignedDataNotFound
            | Self::OutOfBoundsNoPoe
            | Self::RevokedNoPoe
            | Self::RevokedCaNoPoe
            | Self::TryLater => Indication::Indeterminate,
        }
    }
}

/// There is nothing to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    #[error(
        "the file is not a JWS in its general form (RFC 7515, section 7.2.1) of at most {SIGNATURES_MAX} signatures"
    )]
    NotJws,
    #[error("the file is not a PDF that the platform can read, or has more than {SIGNATURES_MAX} signatures")]
    NotPdf,
    #[error("the file has no signature")]
    Missing,
}

/// A file that a signature names, and its SHA-256 as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Covered {
    pub(super) name: String,
    pub(super) sha256: Hash,
}

/// What a file says about one of its signatures.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// What is wrong with it already.
    pub(super) wrong: Option<SubIndication>,
    /// The certificates from the signer's to the root; empty if no way leads there, or if the value does not hold.
    pub(super) chain: Vec<Certificate>,
    pub(super) claimed: Option<Timestamp>,
    /// Those that hold, whose certificates lead to the root.
    pub(super) stamps: Vec<Stamp>,
    /// The files beside it.
    pub(super) covered: Vec<Covered>,
    pub(super) covers_all: bool,
}

impl Found {
    /// One that is wrong, of which no more is known.
    fn wrong(wrong: SubIndication) -> Self {
        Self {
            wrong: Some(wrong),
            chain: Vec::new(),
            claimed: None,
            stamps: Vec::new(),
            covered: Vec::new(),
            covers_all: false,
        }
    }

    /// One whose value holds, by the certificate `own`.
    fn holding(own: &Certificate, others: &[Certificate], root: &Certificate) -> Self {
        let way = path::to_root(own, others, root);
        let wrong = match &way {
            None => Some(SubIndication::NoCertificateChainFound),
            Some(_) if !path::may_sign(own) => Some(SubIndication::ChainConstraintsFailure),
            Some(_) => None,
        };
        Self {
            wrong,
            chain: way.unwrap_or_default(),
            claimed: None,
            stamps: Vec::new(),
            covered: Vec::new(),
            covers_all: false,
        }
    }

    /// The FIN of the signer, whose certificate was valid at the time that the signature claims; `None` if anything is
    /// wrong.
    pub(super) fn fin(&self) -> Option<String> {
        let own = self.chain.first().filter(|_| self.wrong.is_none())?;
        let is_valid = path::validity(own, self.claimed?) == Validity::Now;
        path::fin(own).filter(|_| is_valid)
    }
}

/// A time that a time stamp proves, and the certificates from the stamper's to the root.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    pub(super) at: Timestamp,
    pub(super) chain: Vec<Certificate>,
}

impl Stamp {
    /// The stamp of something with this hash, if it holds (EN 319 102-1, section 5.4).
    fn read(token: &[u8], hash: &Hash, root: &Certificate) -> Option<Self> {
        let message = Message::read(token)?;
        let (TST_INFO, Some(content)) = message.content() else {
            return None;
        };
        let own = message.verified(&sha256(content)).ok()?;
        let stamped = TstInfo::from_der(content).ok()?;
        let imprint = &stamped.message_imprint;
        let fits = imprint.hash_algorithm.oid == sha256_identifier().oid
            && imprint.hashed_message.as_bytes() == hash.as_slice();
        let seconds = i64::try_from(stamped.gen_time.to_unix_duration().as_secs()).ok()?;
        let at = Timestamp(seconds.checked_mul(1_000)?);
        let chain = path::to_root(own, &message.certificates, root)?;
        let is_valid = chain.iter().all(|one| path::validity(one, at) == Validity::Now);
        (fits && path::may_stamp(own) && is_valid).then_some(Self { at, chain })
    }
}

#[cfg(test)]
mod lab;
#[cfg(test)]
mod tests;
