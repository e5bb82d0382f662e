//! The suspension of a service. It belongs to the service's name: while it lasts, no version of that name
//! deploys or loads, whatever becomes of single versions, and only a director lifts it.

use aim_gov::clock::Timestamp;
use aim_gov::invocation::ServiceId;

use super::StaffId;
use super::public_reason::PublicReason;

/// Why a service was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grounds {
    /// For the staff alone.
    pub internal: String,
    /// What citizens and the publisher read, where something is published.
    pub public: Option<PublicReason>,
}

/// One suspension, from the decision to its lifting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// The identifier: `sus_…`.
    pub id: String,
    pub service: ServiceId,
    pub at: Timestamp,
    pub by: StaffId,
    pub grounds: Grounds,
}
