//! AIM's staff: who vets, approves, suspends and resumes.

use super::{OrganisationId, StaffId};

/// What somebody of the staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(serde::Serialize, serde::Deserialize)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum StaffRole {
    /// Reviews and approves; may suspend.
    Officer,
    /// Resumes what was suspended; never reviews, so that the one who lets a service back was not the
    /// one who let it in.
    Director,
}

aim_gov::coded!(StaffRole);

/// Somebody of the staff, after log-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    pub id: StaffId,
    pub email: String,
    pub name: String,
    /// What they may do.
    pub role: StaffRole,
    /// The organisation that they are tied to, about whose services they decide nothing.
    pub organisation: Option<OrganisationId>,
    /// Whether they are still there. Who left is not let in; decisions go on naming them.
    pub active: bool,
}
