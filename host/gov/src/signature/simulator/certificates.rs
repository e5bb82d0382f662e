//! Certificates (RFC 5280; of people: ETSI EN 319 412-2).

use der::asn1::{BitString, Ia5String, ObjectIdentifier, OctetString, SetOfVec};
use der::oid::AssociatedOid;
use der::{Any, Encode, Tag};
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::certificate::{TbsCertificate, Version};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints,
    CertificatePolicies, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Validity;

use crate::clock::Timestamp;
use crate::signature::key::{Key, ecdsa_sha256, sha256, time};

/// Attributes of names (X.520).
pub(super) const COMMON_NAME: &str = "2.5.4.3";
pub(super) const SURNAME: &str = "2.5.4.4";
pub(super) const SERIAL_NUMBER: &str = "2.5.4.5";
const COUNTRY: &str = "2.5.4.6";
const ORGANISATION: &str = "2.5.4.10";
pub(super) const GIVEN_NAME: &str = "2.5.4.42";
/// Where to ask for a certificate's status, and where its issuer's is (RFC 5280, section 4.2.2.1).
const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");
const CA_ISSUERS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.2");
/// `id-kp-timeStamping` (RFC 3161, section 2.3).
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
/// The policy of certificates for people with keys of a signing device, without a claim to be qualified: `ncp+`
/// (ETSI EN 319 411-1, section 5.3).
const NCP_PLUS: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.2042.1.2");

/// What a certificate is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::signature) enum Role {
    Root,
    Issuer,
    Stamper,
    Person,
}

/// Who certifies, and where its status and certificate are found.
pub(in crate::signature) struct Issuing<'a> {
    pub(in crate::signature) name: &'a Name,
    pub(in crate::signature) key: &'a Key,
    pub(in crate::signature) status_url: &'a str,
    pub(in crate::signature) certificate_url: &'a str,
}

/// Whom it certifies.
pub(in crate::signature) struct Subject<'a> {
    pub(in crate::signature) name: Name,
    pub(in crate::signature) key: &'a Key,
    pub(in crate::signature) role: Role,
    pub(in crate::signature) serial: [u8; 16],
    pub(in crate::signature) from: Timestamp,
    pub(in crate::signature) until: Timestamp,
}

/// A name of the authority itself.
pub(in crate::signature) fn authority_name(common: &str) -> der::Result<Name> {
    name(&[
        (COUNTRY, "AZ"),
        (ORGANISATION, "AIM Sandbox"),
        (COMMON_NAME, common),
    ])
}

/// The name of a person (ETSI EN 319 412-2, section 4.2.4; the number by ETSI EN 319 412-1, section 5.1.3).
pub(in crate::signature) fn person_name(given: &str, family: &str, fin: &str) -> der::Result<Name> {
    name(&[
        (COUNTRY, "AZ"),
        (COMMON_NAME, &format!("{given} {family}")),
        (SURNAME, family),
        (GIVEN_NAME, given),
        (SERIAL_NUMBER, &format!("PNOAZ-{fin}")),
    ])
}

fn name(parts: &[(&str, &str)]) -> der::Result<Name> {
    let mut names = Vec::new();
    for (oid, text) in parts {
        // Country and number are printable, the rest is UTF-8 (RFC 5280, appendix A.1).
        let tag = match *oid {
            COUNTRY | SERIAL_NUMBER => Tag::PrintableString,
            _ => Tag::Utf8String,
        };
        let part = AttributeTypeAndValue {
            oid: ObjectIdentifier::new(oid).map_err(|_| Tag::ObjectIdentifier.value_error())?,
            value: Any::new(tag, text.as_bytes())?,
        };
        names.push(RelativeDistinguishedName(SetOfVec::try_from(vec![part])?));
    }
    Ok(RdnSequence(names))
}

/// The identifier of a key: the first 160 bits of its SHA-256 (RFC 7093, section 2, method 1).
fn key_id(key: &Key) -> der::Result<OctetString> {
    let hash = sha256(&key.point());
    OctetString::new(hash.get(..20).unwrap_or_default())
}

/// Makes a certificate.
pub(in crate::signature) fn certify(issuer: &Issuing<'_>, subject: Subject<'_>) -> der::Result<Certificate> {
    let tbs = TbsCertificate {
        version: Version::V3,
        serial_number: SerialNumber::new(&positive(subject.serial))?,
        signature: ecdsa_sha256(),
        issuer: issuer.name.clone(),
        validity: Validity {
            not_before: time(subject.from)?,
            not_after: time(subject.until)?,
        },
        extensions: Some(extensions(issuer, &subject)?),
        subject: subject.name,
        subject_public_key_info: subject.key.public()?,
        issuer_unique_id: None,
        subject_unique_id: None,
    };
    let signature = issuer.key.sign(&tbs.to_der()?);
    Ok(Certificate {
        tbs_certificate: tbs,
        signature_algorithm: ecdsa_sha256(),
        signature: BitString::from_bytes(&signature)?,
    })
}

/// A number that is neither negative nor begins with a byte that DER would drop.
fn positive(mut serial: [u8; 16]) -> [u8; 16] {
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    serial
}

fn extensions(issuer: &Issuing<'_>, subject: &Subject<'_>) -> der::Result<Vec<Extension>> {
    let mut found = vec![
        extension(&SubjectKeyIdentifier(key_id(subject.key)?), false)?,
        extension(
            &AuthorityKeyIdentifier {
                key_identifier: Some(key_id(issuer.key)?),
                ..AuthorityKeyIdentifier::default()
            },
            false,
        )?,
    ];
    let usage = match subject.role {
        Role::Root | Role::Issuer => {
            KeyUsages::KeyCertSign | KeyUsages::CRLSign | KeyUsages::DigitalSignature
        }
        Role::Stamper => KeyUsages::DigitalSignature.into(),
        // Alone (ETSI EN 319 412-2, section 4.3.2, type A).
        Role::Person => KeyUsages::NonRepudiation.into(),
    };
    found.push(extension(&KeyUsage(usage), true)?);
    if matches!(subject.role, Role::Root | Role::Issuer) {
        let constraints = BasicConstraints {
            ca: true,
            path_len_constraint: (subject.role == Role::Issuer).then_some(0),
        };
        found.push(extension(&constraints, true)?);
    }
    if subject.role == Role::Stamper {
        found.push(extension(&ExtendedKeyUsage(vec![TIME_STAMPING]), true)?);
    }
    if subject.role == Role::Person {
        let policy = PolicyInformation {
            policy_identifier: NCP_PLUS,
            policy_qualifiers: None,
        };
        found.push(extension(&CertificatePolicies(vec![policy]), false)?);
    }
    if subject.role != Role::Root {
        let at = |method, url: &str| -> der::Result<AccessDescription> {
            Ok(AccessDescription {
                access_method: method,
                access_location: GeneralName::UniformResourceIdentifier(Ia5String::new(url)?),
            })
        };
        let access = AuthorityInfoAccessSyntax(vec![
            at(OCSP, issuer.status_url)?,
            at(CA_ISSUERS, issuer.certificate_url)?,
        ]);
        found.push(extension(&access, false)?);
    }
    Ok(found)
}

pub(super) fn extension<T: AssociatedOid + Encode>(value: &T, critical: bool) -> der::Result<Extension> {
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}
