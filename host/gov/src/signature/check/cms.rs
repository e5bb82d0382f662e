//! Messages of the Cryptographic Message Syntax (RFC 5652) that others made. Their types nest to a fixed depth: what may
//! hold anything is not opened.

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode as _, Encode as _, Sequence, Tag, Tagged as _};
use x509_cert::Certificate;
use x509_cert::attr::Attributes;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::{CERTIFICATES_MAX, STAMPS_MAX, SubIndication};
use crate::signature::cms::{
    CONTENT_TYPE, MESSAGE_DIGEST, SIGNED_DATA, SIGNING_CERTIFICATE, TIME_STAMP_TOKEN,
};
use crate::signature::key::{Hash, ecdsa_sha256, is_signed, sha256, sha256_identifier};

/// `SigningCertificateV2` (RFC 5035, section 3).
#[derive(Sequence)]
struct SigningCertificate {
    certificates: Vec<CertificateHash>,
    policies: Option<Any>,
}

#[derive(Sequence)]
struct CertificateHash {
    /// SHA-256 where absent.
    algorithm: Option<AlgorithmIdentifierOwned>,
    hash: OctetString,
    issuer: Option<Any>,
}

/// A message with one signature.
pub(in crate::signature) struct Message {
    content_type: ObjectIdentifier,
    content: Option<Vec<u8>>,
    signer: SignerInfo,
    pub(super) certificates: Vec<Certificate>,
}

impl Message {
    /// `None` for what is not such a message, and one with more than [`CERTIFICATES_MAX`] certificates.
    pub(in crate::signature) fn read(message: &[u8]) -> Option<Self> {
        let info = ContentInfo::from_der(message).ok()?;
        if info.content_type != SIGNED_DATA {
            return None;
        }
        let data: SignedData = info.content.decode_as().ok()?;
        let [signer] = data.signer_infos.0.as_slice() else {
            return None;
        };
        let content = match data.encap_content_info.econtent.as_ref() {
            Some(content) if content.tag() == Tag::OctetString => Some(content.value().to_vec()),
            Some(_) => return None,
            None => None,
        };
        let choices = data.certificates.as_ref()?.0.as_slice();
        if choices.len() > CERTIFICATES_MAX {
            return None;
        }
        let certificates = choices.iter().filter_map(|choice| match choice {
            CertificateChoices::Certificate(certificate) => Some(certificate.clone()),
            CertificateChoices::Other(_) => None,
        });
        Some(Self {
            content_type: data.encap_content_info.econtent_type,
            content,
            signer: signer.clone(),
            certificates: certificates.collect(),
        })
    }

    /// The type of the content, and the content if it is inside.
    pub(in crate::signature) fn content(&self) -> (ObjectIdentifier, Option<&[u8]>) {
        (self.content_type, self.content.as_deref())
    }

    /// The signature's value, which a time stamp covers (RFC 3161, appendix A).
    pub(super) fn value(&self) -> &[u8] {
        self.signer.signature.as_bytes()
    }

    /// The time stamps; `None` where there are more than [`STAMPS_MAX`].
    pub(super) fn stamps(&self) -> Option<Vec<Vec<u8>>> {
        let attributes = self.signer.unsigned_attrs.iter().flat_map(|all| all.iter());
        let stamps = attributes.filter(|attribute| attribute.oid == TIME_STAMP_TOKEN);
        let stamps = stamps.flat_map(|attribute| attribute.values.iter());
        let stamps: Vec<Vec<u8>> = stamps.map(|stamp| stamp.to_der().ok()).collect::<Option<_>>()?;
        (stamps.len() <= STAMPS_MAX).then_some(stamps)
    }

    /// The signer's certificate, if the signature holds over content with this hash (EN 319 102-1, sections 5.2.3 and
    /// 5.2.7). Whether the certificate is to be trusted is not said.
    pub(in crate::signature) fn verified(&self, content: &Hash) -> Result<&Certificate, SubIndication> {
        let own = self.own().ok_or(SubIndication::NoSigningCertificateFound)?;
        let attributes = self.signer.signed_attrs.as_ref();
        let attributes = attributes.ok_or(SubIndication::FormatFailure)?;
        let one = |oid| value(attributes, oid).ok_or(SubIndication::FormatFailure);
        let said_type: ObjectIdentifier = one(CONTENT_TYPE)?
            .decode_as()
            .map_err(|_| SubIndication::FormatFailure)?;
        if said_type != self.content_type {
            return Err(SubIndication::FormatFailure);
        }
        let binding = one(SIGNING_CERTIFICATE)?;
        if !names(binding, own) {
            return Err(SubIndication::NoSigningCertificateFound);
        }
        if self.signer.digest_alg.oid != sha256_identifier().oid
            || self.signer.signature_algorithm.oid != ecdsa_sha256().oid
        {
            return Err(SubIndication::CryptoConstraintsFailure);
        }
        if one(MESSAGE_DIGEST)?.value() != content {
            return Err(SubIndication::HashFailure);
        }
        let signed = attributes.to_der().map_err(|_| SubIndication::FormatFailure)?;
        let key = &own.tbs_certificate.subject_public_key_info;
        match is_signed(key, &signed, self.value()) {
            true => Ok(own),
            false => Err(SubIndication::SigCryptoFailure),
        }
    }

    /// The certificate that the signature names.
    fn own(&self) -> Option<&Certificate> {
        let SignerIdentifier::IssuerAndSerialNumber(by) = &self.signer.sid else {
            return None;
        };
        self.certificates.iter().find(|certificate| {
            let tbs = &certificate.tbs_certificate;
            tbs.issuer == by.issuer && tbs.serial_number == by.serial_number
        })
    }
}

/// The only value of an attribute that is there once (RFC 5652, section 11).
fn value(attributes: &Attributes, oid: ObjectIdentifier) -> Option<&Any> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let (Some(attribute), None) = (found.next(), found.next()) else {
        return None;
    };
    match attribute.values.as_slice() {
        [value] => Some(value),
        _ => None,
    }
}

/// Whether the signed attribute is about this certificate: nobody exchanges it for another one with the same key.
fn names(attribute: &Any, own: &Certificate) -> bool {
    let Ok(attribute) = attribute.decode_as::<SigningCertificate>() else {
        return false;
    };
    let Some(first) = attribute.certificates.first() else {
        return false;
    };
    let algorithm = first.algorithm.as_ref().map(|algorithm| algorithm.oid);
    let is_sha256 = algorithm.is_none_or(|oid| oid == sha256_identifier().oid);
    let hash = own.to_der().map(|der| sha256(&der));
    is_sha256 && hash.is_ok_and(|hash| first.hash.as_bytes() == hash)
}

#[cfg(test)]
mod tests;
