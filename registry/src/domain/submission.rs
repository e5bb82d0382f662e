//! One version of a service on its way from a startup to citizens.
//!
//! ```text
//! draft → vetting → vetted → first-approved → approved → deployed → superseded
//!            ↓         ↓            ↓             ↓          ↕
//!     vetting-failed   rejected ←───┴─────────────┘      suspended
//! ```
//! and `withdrawn` from every state that is not an end. An approval that lapsed is renewed in the states from
//! `approved` on. Each transition consumes the submission, so
//! nothing goes on with a state that has moved.

mod approvals;
mod approve;
mod state;
mod transition;

use aim_gov::clock::Timestamp;
use aim_gov::grant::Grant;
use aim_gov::invocation::{CitizenId, ServiceId};

use super::{OrganisationId, SubmissionId};
use crate::manifest::Manifest;

pub use approvals::{CheckedApprovals, Circumstances, Lapse, Lapsed};
pub use approve::Approve;
pub use state::{Approval, Live, State};
pub use transition::{Event, Reason, Refused, parse_grounds};

/// One version of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    pub id: SubmissionId,
    pub organisation: OrganisationId,
    pub created_by: CitizenId,
    pub created_at: Timestamp,
    pub manifest: Manifest,
    pub manifest_text: String,
    /// The component: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// The component's size in bytes, as announced.
    pub size_bytes: u64,
    pub state: State,
    /// Counts the changes, so that two people who change it at once do not overwrite each other.
    pub revision: i64,
}

impl Submission {
    /// The service's name.
    pub fn service(&self) -> &ServiceId {
        &self.manifest.name
    }

    /// SHA-256 of the manifest's text, in hexadecimal.
    pub fn manifest_sha256(&self) -> String {
        super::report::sha256_hex(self.manifest_text.as_bytes())
    }

    /// SHA-256 of the manifest as it is kept, in hexadecimal.
    pub fn kept_manifest_sha256(&self) -> String {
        super::report::sha256_hex(self.manifest.kept().as_bytes())
    }

    /// What two approvals give: the manifest's wishes within the narrower of both officers' limits. It is
    /// computed each time and kept nowhere, so that nothing but manifest and approvals decides it.
    pub fn grant(&self) -> Option<Grant> {
        let live = self.state.live()?;
        Some(self.manifest.grant(&live.limits(), live.start))
    }

    /// Whether its version is older than `other` by the order of versions (Semantic Versioning 2.0.0,
    /// section 11; build metadata does not count).
    pub fn is_older_than(&self, other: &Self) -> bool {
        self.manifest
            .version
            .cmp_precedence(&other.manifest.version)
            .is_lt()
    }
}

#[cfg(test)]
mod tests;
