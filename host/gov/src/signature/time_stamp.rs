//! Time stamps (RFC 3161): what is asked, and whether an answer fits it.

use der::asn1::{Int, OctetString};
use der::{Decode, Encode};
use x509_tsp::{MessageImprint, TimeStampReq, TimeStampResp, TspVersion, TstInfo};

use super::check::cms::Message;
use super::cms::TST_INFO;
use super::key::{Hash, sha256, sha256_identifier};
use crate::random::Random;

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
        let message = Message::read(&token)?;
        let (TST_INFO, Some(content)) = message.content() else {
            return None;
        };
        message.verified(&sha256(content)).ok()?;
        let stamped = TstInfo::from_der(content).ok()?;
        let fits = stamped.message_imprint.hashed_message == self.request.message_imprint.hashed_message
            && stamped.message_imprint.hash_algorithm.oid == self.request.message_imprint.hash_algorithm.oid
            && stamped.nonce == self.request.nonce;
        fits.then_some(token)
    }
}
