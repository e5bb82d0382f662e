//! The suspension of a service. It belongs to the service's name: while it lasts, no version of that name is
//! deployed or loaded, and only a director lifts it.

use aim_gov::clock::Timestamp;
use aim_gov::invocation::ServiceId;

use super::StaffId;
use super::public_reason::PublicReason;

/// The reasons for a suspension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grounds {
    /// The grounds for the staff.
    pub internal: String,
    /// The reason for citizens and the publisher, if one is published.
    pub public: Option<PublicReason>,
}

/// One suspension, from the decision until it is lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// The identifier: `sus_…`.
    pub id: String,
    pub service: ServiceId,
    pub at: Timestamp,
    pub by: StaffId,
    pub grounds: Grounds,
}
