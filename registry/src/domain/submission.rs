//! One version of a service on its way from a startup to citizens.
//!
//! ```text
//! draft → vetting → vetted → first-approved → approved → deployed → superseded
//!            ↓         ↓            ↓             ↓          ↕
//!     vetting-failed   rejected ←───┴─────────────┘      suspended
//! ```
//! and `withdrawn` from every state that is not final. A lapsed approval is renewed in the states from
//! `approved` on. Each transition consumes the submission, so that no code continues with an outdated state.

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
    /// The number of changes, so that two concurrent changes do not overwrite each other.
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

    /// SHA-256 of the manifest in its stored form, in hexadecimal.
    pub fn kept_manifest_sha256(&self) -> String {
        super::report::sha256_hex(self.manifest.kept().as_bytes())
    }

    /// The grant of two approvals: the manifest's requests within the narrower of both officers' limits. It is
    /// computed each time and never stored, so that only manifest and approvals decide it.
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
