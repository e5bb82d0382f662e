//! The status of certificates (OCSP, RFC 6960). Both authorities answer for what they certified.

use der::asn1::BitString;
use der::{Decode as _, Encode as _};
use x509_cert::Certificate;
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspRequest, OcspResponse,
    OcspResponseStatus, ResponderId, ResponseData, SingleResponse, Version,
};

use super::{Simulator, SimulatorError};
use crate::signature::key::{Key, ecdsa_sha256, generalized};
use crate::signature::status::certificate_id;
use crate::sql;

/// Where programs ask, on the platform.
pub(crate) const PATH: &str = "/signatures/ocsp";
/// Certificates that one request may name.
const ASKED_MAX: usize = 10;

impl Simulator {
    /// The signed answer, or in the answer's form why there is none.
    pub(super) async fn answer_status(&self, request: &[u8]) -> Result<Vec<u8>, SimulatorError> {
        let failed = |status| OcspResponse {
            response_status: status,
            response_bytes: None,
        };
        let Ok(request) = OcspRequest::from_der(request) else {
            return Ok(failed(OcspResponseStatus::MalformedRequest).to_der()?);
        };
        let asked: Vec<CertId> = request
            .tbs_request
            .request_list
            .into_iter()
            .map(|request| request.req_cert)
            .collect();
        if asked.is_empty() || asked.len() > ASKED_MAX {
            return Ok(failed(OcspResponseStatus::MalformedRequest).to_der()?);
        }
        let Some((issuer, key)) = self.responsible(&asked) else {
            return Ok(failed(OcspResponseStatus::Unauthorized).to_der()?);
        };
        let now = OcspGeneralizedTime(generalized(self.platform.clock.now())?);
        let mut responses = Vec::new();
        for id in asked {
            let serial = hex::encode(id.serial_number.as_bytes());
            responses.push(SingleResponse {
                cert_status: match self.is_certified(issuer, &serial).await? {
                    true => CertStatus::good(),
                    false => CertStatus::unknown(),
                },
                cert_id: id,
                this_update: now,
                next_update: None,
                single_extensions: None,
            });
        }
        let data = ResponseData {
            version: Version::V1,
            responder_id: ResponderId::ByName(issuer.tbs_certificate.subject.clone()),
            produced_at: now,
            responses,
            // The answer to a question with a number repeats it (RFC 8954, section 2.1).
            response_extensions: request.tbs_request.request_extensions.and_then(nonce),
        };
        let answer = BasicOcspResponse {
            signature: BitString::from_bytes(&key.sign(&data.to_der()?))?,
            tbs_response_data: data,
            signature_algorithm: ecdsa_sha256(),
            certs: None,
        };
        Ok(OcspResponse::successful(answer)?.to_der()?)
    }

    /// The authority that certified all of these.
    fn responsible(&self, asked: &[CertId]) -> Option<(&Certificate, &Key)> {
        let authority = &self.authority;
        let both = [
            (&authority.root, &authority.root_key),
            (&authority.issuer, &authority.issuer_key),
        ];
        let named = |issuer: &Certificate, id: &CertId| {
            certificate_id(issuer, &id.serial_number, &id.hash_algorithm).as_ref() == Some(id)
        };
        both.into_iter()
            .find(|(issuer, _)| asked.iter().all(|id| named(issuer, id)))
    }

    async fn is_certified(&self, issuer: &Certificate, serial: &str) -> Result<bool, SimulatorError> {
        let authority = &self.authority;
        if issuer == &authority.root {
            let own = [&authority.issuer, &authority.stamper];
            return Ok(own.iter().any(|certificate| {
                hex::encode(certificate.tbs_certificate.serial_number.as_bytes()) == serial
            }));
        }
        let mut reader = self.platform.db.reader().await?;
        let found: Option<(String,)> = sql!("signature/sim_key", serial).optional(&mut reader).await?;
        Ok(found.is_some())
    }
}

/// The number of a request, which its answer repeats.
fn nonce(extensions: Vec<x509_cert::ext::Extension>) -> Option<Vec<x509_cert::ext::Extension>> {
    const NONCE: der::asn1::ObjectIdentifier =
        der::asn1::ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");
    let own: Vec<_> = extensions
        .into_iter()
        .filter(|extension| extension.extn_id == NONCE)
        .collect();
    (!own.is_empty()).then_some(own)
}
