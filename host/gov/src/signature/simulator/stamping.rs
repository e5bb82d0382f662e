//! Time stamps (RFC 3161).

use cmpv2::status::{PkiStatus, PkiStatusInfo};
use der::asn1::{Int, ObjectIdentifier, OctetString};
use der::{Any, Decode as _, Encode as _};
use x509_tsp::{Accuracy, TimeStampReq, TimeStampResp, TspVersion, TstInfo};

use super::{Simulator, SimulatorError};
use crate::signature::cms::{TST_INFO, ToSign};
use crate::signature::key::{generalized, sha256};

/// The best practices policy for time stamps (ETSI EN 319 421, section 5.2).
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.4.0.2023.1.1");
/// Bytes of a stamp's number.
const SERIAL_BYTES: usize = 16;
/// How exact a stamp is, in seconds: its time has no fraction.
const ACCURACY_SECONDS: u64 = 1;

impl Simulator {
    /// A stamp with the platform's time; a refusal in the answer's form for a request that cannot be read.
    pub(super) fn stamp(&self, request: &[u8]) -> Result<Vec<u8>, SimulatorError> {
        let status = |status| PkiStatusInfo {
            status,
            status_string: None,
            fail_info: None,
        };
        let Ok(request) = TimeStampReq::from_der(request) else {
            let refused = TimeStampResp {
                status: status(PkiStatus::Rejection),
                time_stamp_token: None,
            };
            return Ok(refused.to_der()?);
        };
        let mut serial = [0; SERIAL_BYTES];
        self.platform.random.fill(&mut serial);
        if let Some(first) = serial.first_mut() {
            *first = (*first & 0x3f) | 0x40;
        }
        let info = TstInfo {
            version: TspVersion::V1,
            policy: POLICY,
            message_imprint: request.message_imprint,
            serial_number: Int::new(&serial)?,
            gen_time: generalized(self.platform.clock.now())?,
            accuracy: Some(Accuracy {
                seconds: Some(ACCURACY_SECONDS),
                millis: None,
                micros: None,
            }),
            ordering: false,
            nonce: request.nonce,
            tsa: None,
            extensions: None,
        };
        let content = info.to_der()?;
        let authority = &self.authority;
        let chain = vec![authority.stamper.clone(), authority.root.clone()];
        let to_sign = ToSign::new(TST_INFO, &sha256(&content), chain)?;
        let signature = authority.stamper_key.sign(&to_sign.bytes()?);
        let content = Any::encode_from(&OctetString::new(content)?)?;
        let token = to_sign.signed(&signature, Some(content), None)?;
        let answer = TimeStampResp {
            status: status(PkiStatus::Accepted),
            time_stamp_token: Some(der::Decode::from_der(&token)?),
        };
        Ok(answer.to_der()?)
    }
}
