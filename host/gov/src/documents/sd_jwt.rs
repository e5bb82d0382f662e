//! The signed form of a showing: an SD-JWT VC of the claims that are shown, with a key binding (RFC 9901, SD-JWT VC
//! sections 3 and 2.2.2).
//!
//! Each showing is a document of its own: fresh salts, a fresh key of the holder, a place of its own in the status lists,
//! and times to the day. So the copies that two verifiers have share nothing but the claims.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Issuer;
use super::document::Document;
use super::status_list::Place;
use crate::clock::{DAY_MS, Timestamp};
use crate::random::Random;
use crate::statement::StatementKey;

/// The type of the issuer's token (SD-JWT VC, section 3.2.1).
const KIND: &str = "dc+sd-jwt";
/// The type of the key binding (RFC 9901, section 4.3).
const BINDING_KIND: &str = "kb+jwt";
/// The size of a salt: 128 bits (RFC 9901, section 9.3).
const SALT_BYTES: usize = 16;
/// Hashes without a disclosure, so that their number does not tell how many claims were left out (RFC 9901, 4.2.5).
const DIGESTS_MIN: usize = 8;

/// Whom a copy is for: the address that shows it, and a number that is used once (RFC 9901, section 4.3).
#[derive(Clone, Copy, Debug)]
pub(super) struct Audience<'a> {
    pub(super) address: &'a str,
    pub(super) nonce: &'a str,
}

/// Why a copy cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error("the copy has no JSON form")]
    Json(#[from] serde_json::Error),
    #[error("no key for the holder was found")]
    Key(#[from] crate::statement::NotAKey),
}

impl Issuer {
    /// The address of the description of a document's kind: its `vct`.
    pub(super) fn kind_address(&self, digest: &str) -> String {
        format!("{}/documents/kinds/{digest}", self.address)
    }

    /// A signed copy with these claims, for this audience.
    pub(super) fn sign(
        &self,
        random: &Random,
        document: &Document,
        shown: &[String],
        place: Place,
        audience: Audience<'_>,
        now: Timestamp,
    ) -> Result<String, SignError> {
        let mut private = [0; 32];
        random.fill(&mut private);
        let holder = StatementKey::of(&private)?;
        let mut disclosures = Vec::new();
        let mut digests = Vec::new();
        for (name, value) in &document.claims {
            let disclosure = disclosure(random, name, value)?;
            digests.push(hash(&disclosure));
            if shown.contains(name) {
                disclosures.push(disclosure);
            }
        }
        while digests.len() < DIGESTS_MIN {
            digests.push(hash(&salt(random)));
        }
        // In the order of their bytes, which says nothing of the claims' order (RFC 9901, section 4.2.4.1).
        digests.sort_unstable();
        let head = &document.controller;
        let body = json!({
            "vct": self.kind_address(&document.kind_digest),
            "issuing_authority": head,
            "nbf": document.valid_from.seconds(),
            "exp": document.expires.seconds(),
            "cnf": { "jwk": holder.public_jwk() },
            "status": { "status_list": { "idx": place.place, "uri": self.list_address(place.list) } },
            "_sd_alg": "sha-256",
            "_sd": digests,
        });
        let mut copy = self.key.sign(KIND, (&self.address, day(now)), &body)?;
        copy.push('~');
        for disclosure in disclosures {
            copy.push_str(&disclosure);
            copy.push('~');
        }
        let binding = json!({
            "iat": now.seconds(),
            "aud": audience.address,
            "nonce": audience.nonce,
            "sd_hash": hash(&copy),
        });
        copy.push_str(&holder.sign_payload(BINDING_KIND, &binding)?);
        Ok(copy)
    }
}

/// The second at which a day began (UTC), so that the moment does not tell one copy from another.
fn day(now: Timestamp) -> i64 {
    Timestamp(now.0.div_euclid(DAY_MS).saturating_mul(DAY_MS)).seconds()
}

fn salt(random: &Random) -> String {
    let mut bytes = [0; SALT_BYTES];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A claim with its salt (RFC 9901, section 4.2.1).
fn disclosure(random: &Random, name: &str, value: &Value) -> Result<String, serde_json::Error> {
    let members = json!([salt(random), name, value]);
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&members)?))
}

fn hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text.as_bytes()))
}
