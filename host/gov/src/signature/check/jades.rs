//! Signatures beside files: JAdES (ETSI TS 119 182-1), in the form that the platform makes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use der::{Decode as _, Encode as _};
use serde_json::Value;
use x509_cert::Certificate;

use super::json::strict;
use super::{CERTIFICATES_MAX, Covered, Found, NotSigned, SIGNATURES_MAX, STAMPS_MAX, Stamp, SubIndication};
use crate::clock::Timestamp;
use crate::signature::jades::{BY_HASH, HASH};
use crate::signature::key::{is_hash_signed, sha256};
use crate::signature::signing::Content;

/// Members of the protected header that may be critical.
const UNDERSTOOD: [&str; 2] = ["b64", "sigD"];
/// Algorithms that JAdES allows and the platform does not verify (RFC 7518, section 3.1; RFC 8037, section 3.1). Whatever
/// else does not name a signer: `none`, and the codes of a shared key.
const OTHERS: [&str; 10] = [
    "ES384", "ES512", "ES256K", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA",
];
/// The member of the unprotected header that counts.
const EVIDENCE: &str = "etsiU";

/// The members of the protected header that count.
#[derive(serde::Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    crit: Vec<String>,
    b64: bool,
    iat: Option<i64>,
    #[serde(default)]
    x5c: Vec<String>,
    #[serde(rename = "x5t#S256")]
    thumbprint: Option<String>,
    #[serde(rename = "sigD")]
    data: SignedData,
}

#[derive(serde::Deserialize)]
struct SignedData {
    #[serde(rename = "mId")]
    method: String,
    #[serde(rename = "hashM")]
    hash: String,
    #[serde(rename = "pars")]
    names: Vec<String>,
    #[serde(rename = "hashV")]
    hashes: Vec<String>,
}

#[derive(serde::Deserialize)]
struct Stamps {
    #[serde(rename = "tstTokens")]
    tokens: Vec<Token>,
}

#[derive(serde::Deserialize)]
struct Token {
    val: String,
}

/// What a file says about each of its signatures, in its order.
pub(in crate::signature) fn read(file: &[u8], root: &Certificate) -> Result<Vec<Found>, NotSigned> {
    let file = strict(file).ok_or(NotSigned::NotJws)?;
    let payload = file.get("payload").and_then(Value::as_str);
    let signatures = file.get("signatures").and_then(Value::as_array);
    let (Some(payload), Some(signatures)) = (payload, signatures) else {
        return Err(NotSigned::NotJws);
    };
    match signatures.len() {
        0 => Err(NotSigned::Missing),
        1..=SIGNATURES_MAX => {
            let found = signatures.iter().map(|one| match payload.is_empty() {
                true => signature(one, root).unwrap_or_else(Found::wrong),
                false => Found::wrong(SubIndication::FormatFailure),
            });
            Ok(found.collect())
        }
        _ => Err(NotSigned::NotJws),
    }
}

fn signature(signature: &Value, root: &Certificate) -> Result<Found, SubIndication> {
    let malformed = || SubIndication::FormatFailure;
    let text = |name| signature.get(name).and_then(Value::as_str).ok_or_else(malformed);
    let (protected, value) = (text("protected")?, text("signature")?);
    let header = decoded(protected).ok_or_else(malformed)?;
    let unprotected = signature.get("header");
    if !is_disjoint(&header, unprotected) {
        return Err(malformed());
    }
    let header: Header = serde_json::from_value(header).map_err(|_| malformed())?;
    let covered = covered(&header).ok_or_else(malformed)?;
    if OTHERS.contains(&header.alg.as_str()) {
        return Err(SubIndication::CryptoConstraintsFailure);
    }
    if header.alg != "ES256" {
        return Err(malformed());
    }
    let certificates = certificates(&header).ok_or_else(malformed)?;
    let own = certificates.first().filter(|own| is_named(own, &header));
    let own = own.ok_or(SubIndication::NoSigningCertificateFound)?;
    let numbers = URL_SAFE_NO_PAD.decode(value).map_err(|_| malformed())?;
    let signed = sha256(format!("{protected}.").as_bytes());
    if !is_hash_signed(&own.tbs_certificate.subject_public_key_info, &signed, &numbers) {
        return Err(SubIndication::SigCryptoFailure);
    }
    let tokens = tokens(unprotected).ok_or_else(malformed)?;
    // TS 119 182-1, section 5.3.4: the value as the file writes it.
    let stamped = sha256(value.as_bytes());
    let stamps = tokens
        .iter()
        .filter_map(|token| Stamp::read(token, &stamped, root));
    Ok(Found {
        claimed: header
            .iat
            .and_then(|seconds| seconds.checked_mul(1_000))
            .map(Timestamp),
        stamps: stamps.collect(),
        covered,
        ..Found::holding(own, &certificates, root)
    })
}

fn decoded(text: &str) -> Option<Value> {
    strict(&URL_SAFE_NO_PAD.decode(text).ok()?)
}

/// Whether no name is in both headers, and no other than [`EVIDENCE`] could be taken for a protected one (RFC 7515,
/// section 7.2.1).
fn is_disjoint(protected: &Value, unprotected: Option<&Value>) -> bool {
    match unprotected {
        None => true,
        Some(Value::Object(names)) => names.keys().all(|name| protected.get(name).is_none()),
        Some(_) => false,
    }
}

/// The files that a header names, if it is understood.
fn covered(header: &Header) -> Option<Vec<Covered>> {
    let data = &header.data;
    let is_understood = header.crit.iter().all(|name| UNDERSTOOD.contains(&name.as_str()));
    // Without a payload inside, a header that says nothing of `b64` to all readers would be read in two ways (RFC 7797,
    // section 6).
    let fits = is_understood
        && !header.b64
        && header.crit.iter().any(|name| name == "b64")
        && data.method == BY_HASH
        && data.hash == HASH
        && !data.names.is_empty()
        && data.names.len() == data.hashes.len();
    let files = data.names.iter().zip(&data.hashes).map(|(name, hash)| {
        Some(Covered {
            name: name.clone(),
            sha256: URL_SAFE_NO_PAD.decode(hash).ok()?.try_into().ok()?,
        })
    });
    let files: Vec<Covered> = files.collect::<Option<_>>()?;
    let mut names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    (fits && names.len() == files.len()).then_some(files)
}

fn certificates(header: &Header) -> Option<Vec<Certificate>> {
    let certificates = header.x5c.iter().map(|one| {
        let der = STANDARD.decode(one).ok()?;
        Certificate::from_der(&der).ok()
    });
    match header.x5c.len() <= CERTIFICATES_MAX {
        true => certificates.collect(),
        false => None,
    }
}

/// Whether the header names this certificate: nobody exchanges it for another one with the same key (EN 319 102-1,
/// section 5.2.3.4).
fn is_named(own: &Certificate, header: &Header) -> bool {
    let hash = own.to_der().map(|der| URL_SAFE_NO_PAD.encode(sha256(&der))).ok();
    hash.is_some() && hash == header.thumbprint
}

/// The time stamps of the unprotected header; `None` where it is malformed or has more than [`STAMPS_MAX`].
fn tokens(unprotected: Option<&Value>) -> Option<Vec<Vec<u8>>> {
    let Some(evidence) = unprotected.and_then(|header| header.get(EVIDENCE)) else {
        return Some(Vec::new());
    };
    let mut found = Vec::new();
    for one in evidence.as_array()? {
        let one = decoded(one.as_str()?)?;
        let Some(stamps) = one.get("sigTst") else {
            continue;
        };
        let stamps: Stamps = serde_json::from_value(stamps.clone()).ok()?;
        for token in stamps.tokens {
            found.push(STANDARD.decode(token.val).ok()?);
        }
    }
    (found.len() <= STAMPS_MAX).then_some(found)
}

/// Compares what was signed with the files that are there, by name.
pub(in crate::signature) fn compare(found: &mut Found, over: &[Content]) {
    let mut missing = None;
    let mut differs = None;
    for file in &found.covered {
        match over.iter().find(|given| given.name == file.name) {
            Some(given) if sha256(&given.bytes) != file.sha256 => {
                differs = Some(SubIndication::HashFailure);
            }
            Some(_) => {}
            None => missing = Some(SubIndication::SignedDataNotFound),
        }
    }
    let is_covered = |given: &Content| found.covered.iter().any(|file| file.name == given.name);
    found.covers_all = !found.covered.is_empty() && over.iter().all(is_covered);
    // What is wrong for good goes before what is missing.
    found.wrong = differs.or(found.wrong).or(missing);
}

#[cfg(test)]
mod tests;
