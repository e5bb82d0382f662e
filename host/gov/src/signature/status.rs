//! The status of certificates (OCSP, RFC 6960): what is asked, and what an answer says.

use der::asn1::{ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use x509_cert::Certificate;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspRequest, OcspResponse, Request,
    TbsRequest,
};

use super::key::is_signed;
use crate::clock::Timestamp;

/// `id-sha1`, by which requests name issuers (RFC 5019, section 2.1.1); nothing is secured by it.
pub(super) const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
/// `id-sha256`.
pub(super) const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// How old an answer may be.
const OLD_MS: i64 = 60 * 60 * 1000;

/// How a request names a certificate of this issuer; `None` for another hash than SHA-1 and SHA-256.
pub(super) fn certificate_id(
    issuer: &Certificate,
    serial: &SerialNumber,
    hash: &AlgorithmIdentifierOwned,
) -> Option<CertId> {
    let algorithm = match hash.oid {
        SHA1 => &ring::digest::SHA1_FOR_LEGACY_USE_ONLY,
        SHA256 => &ring::digest::SHA256,
        _ => return None,
    };
    let hashed = |bytes: &[u8]| OctetString::new(ring::digest::digest(algorithm, bytes).as_ref());
    let tbs = &issuer.tbs_certificate;
    Some(CertId {
        hash_algorithm: hash.clone(),
        issuer_name_hash: hashed(&tbs.subject.to_der().ok()?).ok()?,
        issuer_key_hash: hashed(tbs.subject_public_key_info.subject_public_key.raw_bytes()).ok()?,
        serial_number: serial.clone(),
    })
}

/// The request for the status of the first certificate of a chain.
pub(super) fn request(chain: &[Certificate]) -> Option<Vec<u8>> {
    let [certificate, issuer, ..] = chain else {
        return None;
    };
    let hash = AlgorithmIdentifierOwned {
        oid: SHA1,
        parameters: None,
    };
    let id = certificate_id(issuer, &certificate.tbs_certificate.serial_number, &hash)?;
    OcspRequest {
        tbs_request: TbsRequest {
            request_list: vec![Request {
                req_cert: id,
                single_request_extensions: None,
            }],
            ..TbsRequest::default()
        },
        optional_signature: None,
    }
    .to_der()
    .ok()
}

/// How a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Good,
    /// Since this moment.
    Revoked(Timestamp),
    /// Revoked for now (`certificateHold`: RFC 5280, section 5.3.1).
    Suspended,
    /// The authority does not know it.
    Unknown,
}

/// What an answer of the issuer itself, not older than [`OLD_MS`], says of the first certificate of the chain; `None` if it
/// is not such an answer.
pub(super) fn standing(chain: &[Certificate], answer: &[u8], now: Timestamp) -> Option<Standing> {
    let [certificate, issuer, ..] = chain else {
        return None;
    };
    let answer = OcspResponse::from_der(answer).ok()?.response_bytes?;
    let answer = BasicOcspResponse::from_der(answer.response.as_bytes()).ok()?;
    let signed = answer.tbs_response_data.to_der().ok()?;
    let key = &issuer.tbs_certificate.subject_public_key_info;
    if !is_signed(key, &signed, answer.signature.raw_bytes()) {
        return None;
    }
    let serial = &certificate.tbs_certificate.serial_number;
    let status = answer.tbs_response_data.responses.iter().find(|status| {
        certificate_id(issuer, serial, &status.cert_id.hash_algorithm).as_ref() == Some(&status.cert_id)
    })?;
    if moment(&status.this_update)?.0 < now.0.saturating_sub(OLD_MS) {
        return None;
    }
    Some(match status.cert_status {
        CertStatus::Good(_) => Standing::Good,
        CertStatus::Revoked(how) if how.revocation_reason == Some(CrlReason::CertificateHold) => {
            Standing::Suspended
        }
        CertStatus::Revoked(how) => Standing::Revoked(moment(&how.revocation_time)?),
        CertStatus::Unknown(_) => Standing::Unknown,
    })
}

fn moment(time: &OcspGeneralizedTime) -> Option<Timestamp> {
    let seconds = i64::try_from(time.0.to_unix_duration().as_secs()).ok()?;
    Some(Timestamp(seconds.checked_mul(1_000)?))
}
