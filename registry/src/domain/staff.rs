//! AIM's staff: the people who approve, suspend and resume.

use super::{OrganisationId, StaffId};

/// The role of a member of the staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(serde::Serialize, serde::Deserialize)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum StaffRole {
    /// Reviews and approves; may suspend.
    Officer,
    /// Resumes what was suspended; never reviews, so that the person who lets a service back in is not one who
    /// approved it.
    Director,
}

aim_gov::coded!(StaffRole);

/// A member of the staff, after log-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    pub id: StaffId,
    pub email: String,
    pub name: String,
    /// What they may do.
    pub role: StaffRole,
    /// The organisation that they are tied to, about whose services they may not decide.
    pub organisation: Option<OrganisationId>,
    /// Whether they are still a member. One who left cannot log in, but stays named in decisions.
    pub active: bool,
}
