//! JSON signatures beside files: JAdES (ETSI TS 119 182-1), a JWS in its general form (RFC 7515, section 7.2.1) whose
//! protected header has the files' hashes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::key::{Hash, sha256};
use crate::clock::Timestamp;

/// The files are named and hashed in the header; the payload is empty (TS 119 182-1, section 5.2.8.3).
pub(super) const BY_HASH: &str = "http://uri.etsi.org/19182/ObjectIdByURIHash";
/// SHA-256, as the header names hashes.
pub(super) const HASH: &str = "S256";

/// A file that is signed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Covered<'a> {
    pub(super) name: &'a str,
    pub(super) media_type: &'a str,
    pub(super) content: &'a [u8],
}

/// A JWS in its general form: each signature is a member, whose header and value depend on no other's.
#[derive(serde::Serialize, serde::Deserialize)]
struct File {
    payload: String,
    signatures: Vec<Value>,
}

/// A signature without its value.
pub(super) struct Prepared {
    protected: String,
    /// The signatures of others over the same files.
    before: Vec<Value>,
}

impl Prepared {
    /// Over these files, by the first certificate of the chain (in DER); `before` is a file with the signatures of others.
    pub(super) fn new(
        files: &[Covered<'_>],
        chain: &[Vec<u8>],
        before: Option<Vec<u8>>,
        at: Timestamp,
    ) -> Result<Self, serde_json::Error> {
        let certificate = chain.first().map(Vec::as_slice).unwrap_or_default();
        let x5c: Vec<String> = chain.iter().map(|der| STANDARD.encode(der)).collect();
        let names: Vec<&str> = files.iter().map(|file| file.name).collect();
        let types: Vec<&str> = files.iter().map(|file| file.media_type).collect();
        let hashes: Vec<String> = files.iter().map(|file| hash_of(file.content)).collect();
        let header = json!({
            "alg": "ES256",
            "typ": "jose+json",
            "iat": at.seconds(),
            "x5c": x5c,
            "x5t#S256": URL_SAFE_NO_PAD.encode(sha256(certificate)),
            "sigD": { "mId": BY_HASH, "pars": names, "hashM": HASH, "hashV": hashes, "ctys": types },
            // Hashes are those of the files' bytes (RFC 7797; TS 119 182-1, section 5.2.8.3.3).
            "b64": false,
            "crit": ["b64", "sigD"],
        });
        let before = match before {
            Some(file) => serde_json::from_slice::<File>(&file)?.signatures,
            None => Vec::new(),
        };
        Ok(Self {
            before,
            protected: URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header)?),
        })
    }

    /// The hash of what is signed: the header, a point and no payload.
    pub(super) fn hash(&self) -> Hash {
        sha256(format!("{}.", self.protected).as_bytes())
    }

    /// The signature's file: with a time stamp or without.
    pub(super) fn signed(
        self,
        numbers: &[u8],
        time_stamp: Option<&[u8]>,
    ) -> Result<Vec<u8>, serde_json::Error> {
        let mut signature = json!({
            "protected": self.protected,
            "signature": URL_SAFE_NO_PAD.encode(numbers),
        });
        if let (Some(token), Some(signature)) = (time_stamp, signature.as_object_mut()) {
            // TS 119 182-1, sections 5.3.1 and 5.3.4.
            let stamp = json!({ "sigTst": { "tstTokens": [{ "val": STANDARD.encode(token) }] } });
            let stamp = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&stamp)?);
            let header: Value = json!({ "etsiU": [stamp] });
            signature.insert("header".to_owned(), header);
        }
        let mut signatures = self.before;
        signatures.push(signature);
        serde_json::to_vec_pretty(&File {
            payload: String::new(),
            signatures,
        })
    }
}

/// The hash that a time stamp of a signature covers: its value as the file writes it (TS 119 182-1, section 5.3.4).
pub(super) fn stamped(numbers: &[u8]) -> Hash {
    sha256(URL_SAFE_NO_PAD.encode(numbers).as_bytes())
}

fn hash_of(content: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(sha256(content))
}
