//! A submission on its way through vetting.

use aim_gov::clock::Timestamp;

use super::{OrganisationId, SubmissionId};

/// A submission that waits for vetting, or is being vetted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub id: SubmissionId,
    pub organisation: OrganisationId,
    /// The component's digest.
    pub digest: String,
    /// The component's size.
    pub bytes: u64,
    /// How often in a row its vetting did not come to an end.
    pub crashes: i64,
    pub since: Timestamp,
    /// Before this moment others go first, whatever else holds.
    pub after: Timestamp,
    /// When the last vetting for its organisation ended; the beginning of time where there was none.
    pub served: Timestamp,
}
