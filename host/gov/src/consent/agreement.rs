//! What a citizen agrees to: everything that decides who learns what, in the words of the screen.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::clock::Timestamp;
use crate::event_type::EventType;
use crate::grant::{Attribute, Capability, FetchType, Grant, LawfulBasis, Purpose};
use crate::invocation::Service;
use crate::text::Localised;

/// What the citizen read when deciding, kept with the record: a later version of the service does not
/// change what was agreed to. A field that rows of an earlier release lack reads as empty, so that such
/// an agreement covers nothing that the field is about.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Terms {
    /// The service's title.
    pub service_title: Localised,
    pub service_version: String,
    pub controller: String,
    pub purpose_text: Localised,
    pub basis: LawfulBasis,
    /// Who else receives the data, as the manifest declares.
    pub recipients: Vec<String>,
    /// Systems outside the platform that the service may send data to.
    #[serde(default)]
    pub hosts: BTreeSet<String>,
    /// How long the service may keep it, in days.
    pub retention_days: u32,
    /// What the screen asked for; the record's own attributes are those that the citizen gave.
    #[serde(default)]
    pub attributes: BTreeSet<Attribute>,
    /// Those of them that the citizen could leave out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub optional: BTreeSet<Attribute>,
    /// Which bills are read, where the purpose covers bills: codes of budget accounts.
    #[serde(default)]
    pub bill_codes: BTreeSet<String>,
    /// What the service may do on the platform.
    #[serde(default)]
    pub capabilities: BTreeSet<Capability>,
    /// Of which events the service is told, with the data that they carry.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub events: BTreeSet<EventType>,
    #[serde(default)]
    pub test_ends: Option<Timestamp>,
}

impl Terms {
    pub fn of(service: &Service, purpose: &Purpose) -> Self {
        Self {
            service_title: service.title.clone(),
            service_version: service.version.clone(),
            controller: service.controller.clone(),
            purpose_text: purpose.text.clone(),
            basis: purpose.basis,
            recipients: purpose.recipients.clone(),
            hosts: hosts(&service.grant),
            retention_days: purpose.retention_days,
            attributes: purpose.attributes.clone(),
            optional: purpose.optional.clone(),
            bill_codes: bill_codes(service, purpose),
            capabilities: capabilities(&service.grant),
            events: events(&service.grant, purpose),
            test_ends: Some(service.grant.boundary.ends_at),
        }
    }

    /// Everybody who receives the data beside the service: the manifest's recipients, then the hosts.
    pub fn receivers(&self) -> Vec<String> {
        self.recipients.iter().chain(&self.hosts).cloned().collect()
    }
}

/// The systems outside the platform that the service may send data to.
pub fn hosts(grant: &Grant) -> BTreeSet<String> {
    if grant.capabilities.contains(&Capability::Outbound) {
        grant.outbound_hosts.clone()
    } else {
        BTreeSet::new()
    }
}

/// What the service can do. Calls to other systems without an approved host are imported and refused, so that
/// they are nothing to agree to.
pub fn capabilities(grant: &Grant) -> BTreeSet<Capability> {
    let reaches = |capability: &&Capability| **capability != Capability::Outbound || !hosts(grant).is_empty();
    grant.capabilities.iter().filter(reaches).copied().collect()
}

/// Of which events the service is told under a purpose: those that carry an attribute of it. What only a law may oblige a
/// service to know, it is told under such a purpose alone.
pub(super) fn events(grant: &Grant, purpose: &Purpose) -> BTreeSet<EventType> {
    let carried = |event: &&EventType| {
        let attribute = event.attribute();
        attribute.is_some_and(|attribute| {
            purpose.attributes.contains(&attribute)
                && (purpose.basis == LawfulBasis::LegalObligation || !attribute.needs_legal_obligation())
        })
    };
    match purpose.fetch {
        FetchType::Periodic => grant.events.types.iter().filter(carried).copied().collect(),
        FetchType::OneTime => BTreeSet::new(),
    }
}

/// Which bills a purpose lets the service read; empty for one that does not cover bills.
pub(super) fn bill_codes(service: &Service, purpose: &Purpose) -> BTreeSet<String> {
    if purpose.attributes.contains(&Attribute::UtilityBills) {
        service.grant.payment_service_codes.clone()
    } else {
        BTreeSet::new()
    }
}

/// SHA-256, in hexadecimal, of what the screen shows about a purpose, the service's title and version
/// apart: what a citizen's answer is bound to, and what a receipt names.
pub fn agreement_digest(service: &Service, purpose: &Purpose) -> String {
    let mut canonical = serde_json::json!({
        "bill_codes": bill_codes(service, purpose),
        "capabilities": capabilities(&service.grant),
        "controller": service.controller,
        "hosts": hosts(&service.grant),
        "purpose": purpose,
    });
    // Agreements of before have no events, and the same digest as then.
    let events = events(&service.grant, purpose);
    if let (false, Some(fields)) = (events.is_empty(), canonical.as_object_mut()) {
        fields.insert("events".to_owned(), serde_json::json!(events));
    }
    hex::encode(Sha256::digest(canonical.to_string().as_bytes()))
}
