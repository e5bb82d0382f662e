//! What an approval says about signatures. It is part of the manifest, so that reviewers approve what a service may ask
//! citizens to sign, and how.

use std::collections::BTreeSet;

/// The form of a signature (ETSI).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[schema(as = SignatureFormat)]
pub enum Format {
    /// Inside each PDF (EN 319 142).
    Pades,
    /// One JSON signature beside all files (TS 119 182-1).
    Jades,
}

/// What a signature is worth in law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[schema(as = SignatureAssurance)]
pub enum Assurance {
    /// An advanced electronic signature with the citizen's own key.
    Advanced,
}

crate::coded!(Format, Assurance);
crate::column!(code: Format);

/// The signatures that a service may ask for; by default none.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
pub struct SignatureTerms {
    pub formats: BTreeSet<Format>,
    pub assurances: BTreeSet<Assurance>,
    /// Whether citizens are asked to name others who sign with them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub named_by_citizen: bool,
}

impl SignatureTerms {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
