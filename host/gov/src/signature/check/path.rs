//! Which certificates lead to the one that is trusted (RFC 5280, section 6), and what they may be used for.

use std::time::Duration;

use der::Encode as _;
use der::asn1::ObjectIdentifier;
use der::oid::AssociatedOid as _;
use x509_cert::Certificate;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    BasicConstraints, CertificatePolicies, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};

use crate::clock::Timestamp;
use crate::signature::key::{ecdsa_sha256, is_signed};

/// Certificates from a signer to the root, both included.
const PATH_MAX: usize = 5;
/// `id-kp-timeStamping` (RFC 3161, section 2.3).
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
/// `commonName` and `serialNumber` (X.520).
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
/// How certificates begin the number of a person (ETSI EN 319 412-1, section 5.1.3).
const NATIONAL_NUMBER: &str = "PNOAZ-";
/// Critical extensions that are looked at; a certificate with another one is refused (RFC 5280, section 4.2).
const UNDERSTOOD: [ObjectIdentifier; 5] = [
    KeyUsage::OID,
    BasicConstraints::OID,
    ExtendedKeyUsage::OID,
    CertificatePolicies::OID,
    SubjectKeyIdentifier::OID,
];

/// The shortest way from a certificate to the root over issuers among `others`, both ends included. It is looked for from
/// the root downwards, so that each certificate is an issuer at most once, however they certify each other.
pub(super) fn to_root(
    own: &Certificate,
    others: &[Certificate],
    root: &Certificate,
) -> Option<Vec<Certificate>> {
    let mut ways: Vec<Vec<&Certificate>> = vec![vec![root]];
    let mut left: Vec<&Certificate> = others.iter().filter(|other| *other != own).collect();
    for _ in 1..PATH_MAX {
        let found = ways.iter().find(|way| certifies(way, own));
        if let Some(way) = found {
            let way = std::iter::once(own).chain(way.iter().copied());
            return Some(way.cloned().collect());
        }
        let mut longer = Vec::new();
        left.retain(|other| {
            let way = ways.iter().find(|way| certifies(way, other));
            let way = way.map(|way| std::iter::once(*other).chain(way.iter().copied()).collect());
            let is_found = way.is_some();
            longer.extend(way);
            !is_found
        });
        ways = longer;
    }
    None
}

/// Whether the first certificate of a way to the root certified this one.
fn certifies(way: &[&Certificate], certificate: &Certificate) -> bool {
    let Some(issuer) = way.first() else {
        return false;
    };
    // Issuers between this one and its certificate: none; those below the root count for its limit.
    let is_issuer = is_authority(issuer)
        && way.iter().enumerate().all(|(below, one)| {
            let limit = constraints(one).and_then(|found| found.path_len_constraint);
            limit.is_none_or(|limit| below <= usize::from(limit))
        });
    is_issuer && is_certified(certificate, issuer)
}

fn is_certified(certificate: &Certificate, issuer: &Certificate) -> bool {
    let (tbs, by) = (&certificate.tbs_certificate, &issuer.tbs_certificate);
    let algorithm = ecdsa_sha256().oid;
    let is_understood = |one: &Extension| !one.critical || UNDERSTOOD.contains(&one.extn_id);
    let extensions = tbs.extensions.as_deref().unwrap_or_default();
    tbs.issuer == by.subject
        && certificate.signature_algorithm.oid == algorithm
        && tbs.signature.oid == algorithm
        && extensions.iter().all(is_understood)
        && tbs.to_der().is_ok_and(|bytes| {
            let key = &by.subject_public_key_info;
            is_signed(key, &bytes, certificate.signature.raw_bytes())
        })
}

fn constraints(certificate: &Certificate) -> Option<BasicConstraints> {
    let found = certificate.tbs_certificate.get::<BasicConstraints>();
    Some(found.ok()??.1)
}

fn usage(certificate: &Certificate) -> Option<KeyUsage> {
    Some(certificate.tbs_certificate.get::<KeyUsage>().ok()??.1)
}

/// Whether a certificate is that of an issuer (RFC 5280, sections 4.2.1.3 and 4.2.1.9).
fn is_authority(certificate: &Certificate) -> bool {
    let signs = usage(certificate).is_some_and(|usage| usage.0.contains(KeyUsages::KeyCertSign));
    signs && constraints(certificate).is_some_and(|found| found.ca)
}

/// Whether a certificate is that of a person for signatures (ETSI EN 319 412-2, section 4.3.2).
pub(super) fn may_sign(certificate: &Certificate) -> bool {
    let signs = usage(certificate).is_some_and(|usage| usage.0.contains(KeyUsages::NonRepudiation));
    signs && !is_authority(certificate)
}

/// Whether a certificate is for time stamps alone (RFC 3161, section 2.3).
pub(super) fn may_stamp(certificate: &Certificate) -> bool {
    let usage = certificate.tbs_certificate.get::<ExtendedKeyUsage>();
    usage.is_ok_and(|usage| usage.is_some_and(|(critical, usage)| critical && usage.0 == [TIME_STAMPING]))
}

/// How a moment lies to the time of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Validity {
    NotYet,
    Now,
    Over,
}

pub(super) fn validity(certificate: &Certificate, at: Timestamp) -> Validity {
    let validity = &certificate.tbs_certificate.validity;
    let at = Duration::from_secs(u64::try_from(at.seconds()).unwrap_or(0));
    if at < validity.not_before.to_unix_duration() {
        Validity::NotYet
    } else if at > validity.not_after.to_unix_duration() {
        Validity::Over
    } else {
        Validity::Now
    }
}

fn text(certificate: &Certificate, wanted: ObjectIdentifier) -> Option<String> {
    let subject = &certificate.tbs_certificate.subject;
    let mut parts = subject.0.iter().flat_map(|part| part.0.iter());
    let part = parts.find(|part| part.oid == wanted)?;
    std::str::from_utf8(part.value.value()).ok().map(str::to_owned)
}

/// The name of a certificate's person.
pub(super) fn name(certificate: &Certificate) -> Option<String> {
    text(certificate, COMMON_NAME)
}

/// The FIN of a certificate's person.
pub(super) fn fin(certificate: &Certificate) -> Option<String> {
    let number = text(certificate, SERIAL_NUMBER)?;
    number.strip_prefix(NATIONAL_NUMBER).map(str::to_owned)
}

#[cfg(test)]
mod tests;
