//! What an approval says about documents that a service asks to be shown. It is part of the manifest, so that reviewers
//! approve each kind of document, each claim, and the reason.

use std::collections::BTreeSet;

use crate::text::Localised;

/// Who shows documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Presenter {
    /// The citizen of the request.
    Current,
    /// Whoever opens the code first, unknown to the service.
    Anyone,
}

crate::coded!(Presenter);
crate::column!(code: Presenter);

/// A kind of document that a service may ask for, and what it may read of it.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
pub struct ShownKind {
    /// `service/code`: the service that issues it, and the code of the kind there.
    pub kind: String,
    /// The names of the claims; none where holding the document is all that is asked.
    pub claims: BTreeSet<String>,
}

/// A reason for which a service asks citizens to show documents.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
pub struct PresentationTerms {
    /// Kebab-case, unique in the service, purposes included.
    pub code: String,
    /// What the citizen reads as the reason.
    pub text: Localised,
    pub presenters: BTreeSet<Presenter>,
    pub documents: Vec<ShownKind>,
    /// How long the service may keep what was shown, in days.
    pub retention_days: u32,
    /// Who else gets it.
    pub recipients: Vec<String>,
}

impl PresentationTerms {
    pub fn kind(&self, kind: &str) -> Option<&ShownKind> {
        self.documents.iter().find(|shown| shown.kind == kind)
    }
}

/// How requests name the kind `code` of `service`.
pub fn kind_name(service: &str, code: &str) -> String {
    format!("{service}/{code}")
}
