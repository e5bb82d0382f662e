//! Signatures in the Cryptographic Message Syntax (RFC 5652), as CAdES and PAdES have them (ETSI EN 319 122-1,
//! EN 319 142-1): the certificate is among the signed attributes, the claimed time is not.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{ObjectIdentifier, OctetString, SetOfVec};
use der::{Any, Decode, Encode, Sequence, Tag};
use x509_cert::Certificate;
use x509_cert::attr::{Attribute, Attributes};

use super::key::{Hash, ecdsa_sha256, sha256, sha256_identifier};

/// Content types (RFC 5652, sections 4 and 5).
pub(super) const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
/// `id-ct-TSTInfo` (RFC 3161, section 2.4.2).
pub(super) const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
pub(super) const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// Attributes (RFC 5652, section 11; RFC 5035, section 3; RFC 3161, appendix A).
pub(super) const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
pub(super) const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
pub(super) const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
pub(super) const TIME_STAMP_TOKEN: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");

/// `SigningCertificateV2` with the hash SHA-256, which is the default and so absent (RFC 5035, section 3).
#[derive(Sequence)]
struct SigningCertificate {
    certificates: Vec<CertificateHash>,
}

#[derive(Sequence)]
struct CertificateHash {
    hash: OctetString,
}

/// What is signed: attributes that name the content and the signer's certificate.
pub(super) struct ToSign {
    content_type: ObjectIdentifier,
    attributes: Attributes,
    /// The signer's certificate first, then its issuers.
    chain: Vec<Certificate>,
}

impl ToSign {
    /// Over content with this hash.
    pub(super) fn new(
        content_type: ObjectIdentifier,
        content: &Hash,
        chain: Vec<Certificate>,
    ) -> der::Result<Self> {
        let signer = chain.first().ok_or_else(|| Tag::Sequence.value_error())?;
        let certificate = SigningCertificate {
            certificates: vec![CertificateHash {
                hash: OctetString::new(sha256(&signer.to_der()?).as_slice())?,
            }],
        };
        let attributes = SetOfVec::try_from(vec![
            attribute(CONTENT_TYPE, Any::encode_from(&content_type)?)?,
            attribute(
                MESSAGE_DIGEST,
                Any::encode_from(&OctetString::new(content.as_slice())?)?,
            )?,
            attribute(SIGNING_CERTIFICATE, Any::encode_from(&certificate)?)?,
        ])?;
        Ok(Self {
            content_type,
            attributes,
            chain,
        })
    }

    /// The bytes that the key signs.
    pub(super) fn bytes(&self) -> der::Result<Vec<u8>> {
        self.attributes.to_der()
    }

    /// The message with its signature in DER: with the content or beside it, with a time stamp or without.
    pub(super) fn signed(
        self,
        signature: &[u8],
        content: Option<Any>,
        time_stamp: Option<&[u8]>,
    ) -> der::Result<Vec<u8>> {
        let signer = self.chain.first().ok_or_else(|| Tag::Sequence.value_error())?;
        let unsigned = match time_stamp {
            Some(token) => {
                let token = attribute(TIME_STAMP_TOKEN, Any::from_der(token)?)?;
                Some(SetOfVec::try_from(vec![token])?)
            }
            None => None,
        };
        let info = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
                issuer: signer.tbs_certificate.issuer.clone(),
                serial_number: signer.tbs_certificate.serial_number.clone(),
            }),
            digest_alg: sha256_identifier(),
            signed_attrs: Some(self.attributes),
            signature_algorithm: ecdsa_sha256(),
            signature: OctetString::new(signature)?,
            unsigned_attrs: unsigned,
        };
        let certificates = self.chain.into_iter().map(CertificateChoices::Certificate);
        let data = SignedData {
            // RFC 5652, section 5.1: 3 for content of another type than data.
            version: match self.content_type == DATA {
                true => CmsVersion::V1,
                false => CmsVersion::V3,
            },
            digest_algorithms: SetOfVec::try_from(vec![sha256_identifier()])?,
            encap_content_info: EncapsulatedContentInfo {
                econtent_type: self.content_type,
                econtent: content,
            },
            certificates: Some(CertificateSet(SetOfVec::try_from(
                certificates.collect::<Vec<_>>(),
            )?)),
            crls: None,
            signer_infos: SignerInfos(SetOfVec::try_from(vec![info])?),
        };
        ContentInfo {
            content_type: SIGNED_DATA,
            content: Any::encode_from(&data)?,
        }
        .to_der()
    }
}

fn attribute(oid: ObjectIdentifier, value: Any) -> der::Result<Attribute> {
    Ok(Attribute {
        oid,
        values: SetOfVec::try_from(vec![value])?,
    })
}
