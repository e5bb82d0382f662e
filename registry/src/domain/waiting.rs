//! A submission in vetting.

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
    /// How many consecutive vettings of it did not complete.
    pub crashes: i64,
    pub since: Timestamp,
    /// Before this time other submissions go first, regardless of other rules.
    pub after: Timestamp,
    /// When the last vetting for its organisation ended; the beginning of time if there was none.
    pub served: Timestamp,
}
