//! Time stamps (RFC 3161): what is asked, and whether an answer fits it.

use der::asn1::{Int, OctetString};
use der::oid::ObjectIdentifier;
use der::{Decode, Encode};
use x509_tsp::{MessageImprint, TimeStampReq, TimeStampResp, TspVersion, TstInfo};

use super::cms;
use super::key::{Hash, sha256_identifier};
use crate::random::Random;

/// `id-ct-TSTInfo` (RFC 3161, section 2.4.2).
pub(super) const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// Bytes of the number that ties an answer to its request.
const NONCE_BYTES: usize = 8;

/// A request, which is kept to compare the answer with.
pub(super) struct Request {
    request: TimeStampReq,
}

impl Request {
    /// For something with this hash.
    pub(super) fn new(random: &Random, hash: &Hash) -> der::Result<Self> {
        let mut nonce = [0; NONCE_BYTES];
        random.fill(&mut nonce);
        if let Some(first) = nonce.first_mut() {
            // Positive, and without bytes that DER would drop.
            *first = (*first & 0x3f) | 0x40;
        }
        Ok(Self {
            request: TimeStampReq {
                version: TspVersion::V1,
                message_imprint: MessageImprint {
                    hash_algorithm: sha256_identifier(),
                    hashed_message: OctetString::new(hash.as_slice())?,
                },
                req_policy: None,
                nonce: Some(Int::new(&nonce)?),
                cert_req: true,
                extensions: None,
            },
        })
    }

    pub(super) fn bytes(&self) -> der::Result<Vec<u8>> {
        self.request.to_der()
    }

    /// The token of an answer, if it is one to this request and its signature holds.
    pub(super) fn token(&self, answer: &[u8]) -> Option<Vec<u8>> {
        let answer = TimeStampResp::from_der(answer).ok()?;
        let token = answer.time_stamp_token?.to_der().ok()?;
        let (kind, content, _) = cms::opened(&token)?;
        let stamped = TstInfo::from_der(&content).ok()?;
        let fits = kind == TST_INFO
            && stamped.message_imprint.hashed_message == self.request.message_imprint.hashed_message
            && stamped.message_imprint.hash_algorithm.oid == self.request.message_imprint.hash_algorithm.oid
            && stamped.nonce == self.request.nonce;
        fits.then_some(token)
    }
}
