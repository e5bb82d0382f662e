//! Kinds of documents. They are part of the manifest, so that reviewers approve every claim that a service can make
//! about a citizen.

use sha2::{Digest as _, Sha256};

use crate::text::Localised;

/// What the value of a claim is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum ClaimKind {
    /// A text on one line.
    #[default]
    Text,
    /// A day (ISO 8601, `2026-11-29`).
    Date,
    /// A whole number.
    Number,
    /// Yes or no.
    YesNo,
}

crate::coded!(ClaimKind);

/// One claim that documents of a kind have.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
pub struct ClaimRule {
    /// Lower-case words joined by underscores, unique in the kind.
    pub name: String,
    /// What people read as its name.
    pub title: Localised,
    pub kind: ClaimKind,
    /// Whether a document without it is refused.
    pub required: bool,
}

/// A kind of documents as the manifest has it.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
pub struct DocumentKind {
    /// Kebab-case, unique in the service.
    pub code: String,
    /// What people call such a document.
    pub title: Localised,
    pub claims: Vec<ClaimRule>,
    /// How long a document is valid at most, in days.
    pub valid_days: u32,
}

impl DocumentKind {
    pub fn claim(&self, name: &str) -> Option<&ClaimRule> {
        self.claims.iter().find(|claim| claim.name == name)
    }

    /// The name of this description: SHA-256 of service and content, in hexadecimal digits. A kind that changed with a
    /// new version has another one, and documents keep that of their day.
    pub fn digest(&self, service: &str) -> Result<String, serde_json::Error> {
        Ok(hex::encode(Sha256::digest(serde_json::to_vec(&(service, self))?)))
    }
}
