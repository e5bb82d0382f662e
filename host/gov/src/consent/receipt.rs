//! The receipt of a decision, for the citizen to keep: the fields of ISO/IEC TS 27560.

use super::record::{Record, fetch_code};
use crate::web::rfc3339;

/// The version of this receipt's shape.
pub const SCHEMA: &str = "https://aim.example/schemas/consent-receipt/1";

/// A receipt; see the standard for what each field means.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Receipt {
    pub schema_version: &'static str,
    pub record_id: String,
    pub pii_principal_id: String,
    pub pii_controller: String,
    pub service: String,
    pub service_version: String,
    pub purpose: String,
    pub purpose_description: crate::text::Localised,
    pub lawful_basis: crate::grant::LawfulBasis,
    pub pii_information: Vec<PiiInformation>,
    pub collection_method: &'static str,
    pub processing_frequency: &'static str,
    pub retention_days: u32,
    pub recipients: Vec<String>,
    pub privacy_notice_digest: String,
    pub withdrawal_method: String,
    pub event_state: &'static str,
    pub event_time: String,
    pub validity_until: String,
    /// The signing in which the citizen signed the agreement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing: Option<String>,
}

/// One piece of data of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PiiInformation {
    pub pii_type: &'static str,
    pub pii_category: crate::grant::DataCategory,
}

impl Receipt {
    /// The receipt of a record as it stands. `sub` is the citizen's pseudonym at the service: a receipt
    /// that is passed on tells nobody who the citizen is elsewhere.
    pub fn of(record: &Record, sub: String, withdrawal_method: String) -> Self {
        let terms = &record.terms;
        Self {
            schema_version: SCHEMA,
            record_id: record.id.clone(),
            pii_principal_id: sub,
            pii_controller: terms.controller.clone(),
            service: record.service.0.clone(),
            service_version: terms.service_version.clone(),
            purpose: record.purpose.clone(),
            purpose_description: terms.purpose_text.clone(),
            lawful_basis: terms.basis,
            pii_information: record
                .attributes
                .iter()
                .map(|attribute| PiiInformation {
                    pii_type: attribute.code(),
                    pii_category: attribute.category(),
                })
                .collect(),
            collection_method: "state registers, through the platform",
            processing_frequency: fetch_code(record.fetch),
            retention_days: terms.retention_days,
            recipients: terms.receivers(),
            privacy_notice_digest: format!("sha256:{}", record.agreement),
            withdrawal_method,
            event_state: record.state.code(),
            event_time: rfc3339(record.decided_at),
            validity_until: rfc3339(record.ends_at()),
            signing: record.signing.clone(),
        }
    }
}
