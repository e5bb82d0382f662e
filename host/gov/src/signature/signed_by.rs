//! Who signed a file of JSON signatures (JAdES), and what: for an agency that trusts the authority of this platform. Each
//! signature and its chain of certificates are verified; a time stamp and the status of certificates are not looked at.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use der::{Decode as _, Encode as _};
use x509_cert::Certificate;

use super::key::{Hash, is_hash_signed, is_signed, sha256};

/// `serialNumber` (X.520).
const SERIAL_NUMBER: &str = "2.5.4.5";
/// How certificates begin the number of a person (ETSI EN 319 412-1, section 5.1.3).
const NATIONAL_NUMBER: &str = "PNOAZ-";
/// Signatures of one file that are looked at.
const SIGNATURES_MAX: usize = 10;
/// Certificates of one signature: of a person, an issuer, the root.
const CHAIN_MAX: usize = 4;

/// A good signature.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SignedBy {
    /// The FIN in the signer's certificate.
    pub(crate) fin: String,
    /// SHA-256 of each file that is signed.
    pub(crate) hashes: Vec<Hash>,
}

/// Without the person.
impl std::fmt::Debug for SignedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedBy").finish_non_exhaustive()
    }
}

#[derive(serde::Deserialize)]
struct File {
    payload: String,
    signatures: Vec<Signature>,
}

#[derive(serde::Deserialize)]
struct Signature {
    protected: String,
    signature: String,
}

#[derive(serde::Deserialize)]
struct Header {
    alg: String,
    iat: i64,
    x5c: Vec<String>,
    #[serde(rename = "sigD")]
    covered: Covered,
}

#[derive(serde::Deserialize)]
struct Covered {
    #[serde(rename = "hashM")]
    method: String,
    #[serde(rename = "hashV")]
    hashes: Vec<String>,
}

/// The signers of a file, each of whose signatures is good under `root`, a certificate in DER; `None` where one is not, or
/// where it is no such file.
pub(crate) fn signed_by(file: &[u8], root: &[u8]) -> Option<Vec<SignedBy>> {
    let file: File = serde_json::from_slice(file).ok()?;
    let root = Certificate::from_der(root).ok()?;
    if !file.payload.is_empty() || !(1..=SIGNATURES_MAX).contains(&file.signatures.len()) {
        return None;
    }
    file.signatures
        .iter()
        .map(|signature| verified(signature, &root))
        .collect()
}

fn verified(signature: &Signature, root: &Certificate) -> Option<SignedBy> {
    let header = URL_SAFE_NO_PAD.decode(&signature.protected).ok()?;
    let header: Header = serde_json::from_slice(&header).ok()?;
    if header.alg != "ES256" || header.covered.method != "S256" || header.x5c.len() > CHAIN_MAX {
        return None;
    }
    let chain = header.x5c.iter().map(|one| {
        let der = STANDARD.decode(one).ok()?;
        Certificate::from_der(&der).ok()
    });
    let chain: Vec<Certificate> = chain.collect::<Option<_>>()?;
    let signer = chain.first()?;
    let numbers = URL_SAFE_NO_PAD.decode(&signature.signature).ok()?;
    let signed = sha256(format!("{}.", signature.protected).as_bytes());
    let key = &signer.tbs_certificate.subject_public_key_info;
    let is_good =
        is_hash_signed(key, &signed, &numbers) && is_certified(&chain, root) && is_valid(signer, header.iat);
    let hashes = header.covered.hashes.iter().map(|hash| {
        let bytes = URL_SAFE_NO_PAD.decode(hash).ok()?;
        Hash::try_from(bytes).ok()
    });
    let found = SignedBy {
        fin: fin(signer)?,
        hashes: hashes.collect::<Option<_>>()?,
    };
    is_good.then_some(found)
}

/// Whether each certificate is signed by the next one, which certifies others, and the last one by the root.
fn is_certified(chain: &[Certificate], root: &Certificate) -> bool {
    let issuers = chain.iter().skip(1).chain(std::iter::once(root));
    chain.iter().zip(issuers).all(|(certificate, issuer)| {
        let key = &issuer.tbs_certificate.subject_public_key_info;
        let names = certificate.tbs_certificate.issuer == issuer.tbs_certificate.subject;
        let signed = certificate.tbs_certificate.to_der();
        let signature = certificate.signature.raw_bytes();
        names && certifies(issuer) && signed.is_ok_and(|signed| is_signed(key, &signed, signature))
    })
}

/// Whether a certificate is that of an issuer (RFC 5280, section 4.2.1.9).
fn certifies(issuer: &Certificate) -> bool {
    use x509_cert::ext::pkix::BasicConstraints;
    let found = issuer.tbs_certificate.get::<BasicConstraints>();
    matches!(found, Ok(Some((_, constraints))) if constraints.ca)
}

/// Whether a certificate holds at this second of 1970.
fn is_valid(certificate: &Certificate, at: i64) -> bool {
    let validity = &certificate.tbs_certificate.validity;
    let seconds = |time: &x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs());
    match (seconds(&validity.not_before), seconds(&validity.not_after)) {
        (Ok(from), Ok(until)) => (from..=until).contains(&at),
        _ => false,
    }
}

fn fin(signer: &Certificate) -> Option<String> {
    let parts = signer.tbs_certificate.subject.0.iter();
    let mut numbers = parts
        .flat_map(|part| part.0.iter())
        .filter(|part| part.oid.to_string() == SERIAL_NUMBER);
    let number = std::str::from_utf8(numbers.next()?.value.value()).ok()?;
    number.strip_prefix(NATIONAL_NUMBER).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{signed_text, signed_text_seeded};
    use super::*;

    #[tokio::test]
    async fn good_signature_names_its_signer_and_the_hash_of_the_file() {
        let (file, root) = signed_text("hello").await;
        let found = signed_by(&file, &root).unwrap();
        let [signer] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(signer.fin, "OTEST01");
        assert_eq!(signer.hashes, [sha256(b"hello")]);
    }

    /// The file with its only signature changed.
    fn changed(file: &[u8], change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
        let mut json: serde_json::Value = serde_json::from_slice(file).unwrap();
        change(&mut json);
        serde_json::to_vec(&json).unwrap()
    }

    /// The same with another header of the signature.
    fn with_header(file: &[u8], change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
        changed(file, |json| {
            let protected = json["signatures"][0]["protected"].as_str().unwrap();
            let header = URL_SAFE_NO_PAD.decode(protected).unwrap();
            let mut header: serde_json::Value = serde_json::from_slice(&header).unwrap();
            change(&mut header);
            let header = serde_json::to_vec(&header).unwrap();
            json["signatures"][0]["protected"] = URL_SAFE_NO_PAD.encode(header).into();
        })
    }

    #[tokio::test]
    async fn signature_that_is_not_good_names_nobody() {
        let (file, root) = signed_text("hello").await;
        let (_, foreign) = signed_text_seeded("hello", 8).await;
        assert_ne!(root, foreign);
        assert_eq!(signed_by(&file, &foreign), None);
        for bad in [
            b"hello".to_vec(),
            changed(&file, |json| json["signatures"] = serde_json::json!([])),
            changed(&file, |json| json["payload"] = "aGVsbG8".into()),
            changed(&file, |json| {
                json["signatures"][0]["signature"] = URL_SAFE_NO_PAD.encode([1; 64]).into();
            }),
            with_header(&file, |header| {
                header["sigD"]["hashV"][0] = URL_SAFE_NO_PAD.encode([1; 32]).into()
            }),
            with_header(&file, |header| header["iat"] = 0.into()),
        ] {
            assert_eq!(signed_by(&bad, &root), None);
        }
    }

    /// The chain has to lead to the root, and only issuers certify.
    #[tokio::test]
    async fn chain_that_does_not_lead_to_the_root_is_not_certified() {
        let (file, root) = signed_text("hello").await;
        let json: serde_json::Value = serde_json::from_slice(&file).unwrap();
        let header = URL_SAFE_NO_PAD
            .decode(json["signatures"][0]["protected"].as_str().unwrap())
            .unwrap();
        let header: Header = serde_json::from_slice(&header).unwrap();
        let chain: Vec<Certificate> = header
            .x5c
            .iter()
            .map(|one| Certificate::from_der(&STANDARD.decode(one).unwrap()).unwrap())
            .collect();
        let root = Certificate::from_der(&root).unwrap();
        assert!(is_certified(&chain, &root));
        let [person, issuer] = [chain[0].clone(), chain[1].clone()];
        assert!(!is_certified(std::slice::from_ref(&person), &root));
        assert!(!is_certified(&[issuer, person.clone()], &root));
        assert!(!is_certified(&[person.clone(), person], &root));
        let held = header.iat;
        assert!(is_valid(&chain[0], held) && !is_valid(&chain[0], 0));
    }
}
