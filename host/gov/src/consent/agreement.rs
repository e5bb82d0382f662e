//! What a citizen agrees to: the purpose as the approval has it, in the words of the screen.

use sha2::{Digest as _, Sha256};

use crate::grant::{Grant, LawfulBasis, Purpose};
use crate::invocation::Service;
use crate::text::Localised;

/// What the citizen read when deciding, kept with the record: a later version of the service does not
/// change what was agreed to.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Terms {
    /// The service's title.
    pub service_title: Localised,
    /// The version that was asked for.
    pub service_version: String,
    /// The organisation that answers for it.
    pub controller: String,
    /// Why the data is read.
    pub purpose_text: Localised,
    /// The lawful basis.
    pub basis: LawfulBasis,
    /// Who else receives the data.
    pub recipients: Vec<String>,
    /// How long the service may keep it, in days.
    pub retention_days: u32,
}

impl Terms {
    /// The terms of a purpose of this service.
    pub fn of(service: &Service, purpose: &Purpose) -> Self {
        Self {
            service_title: service.title.clone(),
            service_version: service.version.clone(),
            controller: service.controller.clone(),
            purpose_text: purpose.text.clone(),
            basis: purpose.basis,
            recipients: purpose.recipients.clone(),
            retention_days: purpose.retention_days,
        }
    }
}

/// SHA-256, in hexadecimal, of the capability set, the controller and the purpose as approved. A consent
/// holds for this digest only: an update that widens either asks the citizen again.
pub fn agreement_digest(grant: &Grant, controller: &str, purpose: &Purpose) -> String {
    let capabilities: Vec<_> = grant
        .capabilities
        .iter()
        .map(|capability| capability.code())
        .collect();
    let canonical = serde_json::json!({
        "capabilities": capabilities,
        "controller": controller,
        "purpose": purpose,
    });
    hex::encode(Sha256::digest(canonical.to_string().as_bytes()))
}
