//! What stands around every message: who asks, for whom, why, under which consent.

use serde_json::Value;

use super::message::{self, Request};
use crate::registry_operation::Operation;

/// What the headers of a request say.
pub(super) struct Envelope<'a> {
    /// The personal identification number of the citizen, if the call concerns one.
    pub(super) fin: Option<&'a str>,
    /// The tax number of the organisation for which the platform asks.
    pub(super) tax_id: &'a str,
    pub(super) issue: &'a str,
    pub(super) purpose: Option<&'a str>,
    pub(super) consent: Option<&'a str>,
}

impl Envelope<'_> {
    /// The message to what an operation calls.
    pub(super) fn request(
        &self,
        message_id: String,
        operation: &Operation,
        endpoint: Option<&'static str>,
        body: &Value,
    ) -> Request {
        let mut headers = vec![
            (message::CLIENT, message::client()),
            (message::ID, message_id.clone()),
        ];
        // Two letters of the country before the number (PR-REST, 4.3). Nobody's right rests on it.
        headers.extend(self.fin.map(|fin| (message::USER_ID, format!("AZ{fin}"))));
        headers.extend([
            (message::REPRESENTED_PARTY, message::path(&["COM", self.tax_id])),
            (message::ISSUE, self.issue.to_owned()),
        ]);
        headers.extend(self.purpose.map(|purpose| (message::PURPOSE, purpose.to_owned())));
        headers.extend(self.consent.map(|id| (message::CONSENT, id.to_owned())));
        headers.extend([
            ("Accept", message::JSON.to_owned()),
            ("Content-Type", message::JSON.to_owned()),
        ]);
        Request {
            message_id,
            service: operation.address(),
            endpoint,
            headers,
            body: body.to_string().into_bytes(),
        }
    }
}
