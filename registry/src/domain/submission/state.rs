//! How far a submission is, with what is known there.

use aim_gov::clock::Timestamp;

use crate::domain::public_reason::PublicReason;
use crate::domain::{StaffId, SubmissionId};
use crate::manifest::Limits;

/// One officer's yes. It holds for exactly these bytes and this evidence.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Approval {
    pub by: StaffId,
    pub digest: String,
    /// SHA-256 of the vetting report that the officer saw.
    pub evidence: String,
    pub limits: Limits,
    /// Why, in the officer's words. The second officer reads it only after deciding.
    pub note: String,
    pub at: Timestamp,
}

/// What two approvals give.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(from = "KeptLive")]
pub struct Live {
    /// SHA-256 of the vetting report.
    pub evidence: String,
    pub first: Approval,
    pub second: Approval,
    /// When the test began: the moment of the approval that made it two. Renewed approvals do not move it.
    pub start: Timestamp,
}

/// [`Live`] as rows have it.
#[derive(serde::Deserialize)]
struct KeptLive {
    evidence: String,
    first: Approval,
    second: Approval,
    /// Missing in rows of before approvals could be renewed: the test began with the second one.
    start: Option<Timestamp>,
}

impl From<KeptLive> for Live {
    fn from(kept: KeptLive) -> Self {
        Self {
            start: kept.start.unwrap_or(kept.second.at),
            evidence: kept.evidence,
            first: kept.first,
            second: kept.second,
        }
    }
}

impl Live {
    /// The narrower of both officers' limits.
    pub fn limits(&self) -> Limits {
        self.first.limits.narrower(&self.second.limits)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[derive(serde::Serialize, serde::Deserialize)]
#[derive(strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "kebab-case")]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    /// Announced; the component has not arrived.
    Draft,
    /// The component is here and waits for, or is in, vetting.
    Vetting {
        since: Timestamp,
    },
    /// Vetting found something that nobody may approve.
    VettingFailed {
        /// SHA-256 of the report.
        evidence: String,
    },
    /// Vetting is done; officers may decide.
    Vetted {
        /// SHA-256 of the report.
        evidence: String,
    },
    FirstApproved {
        /// SHA-256 of the report.
        evidence: String,
        first: Approval,
    },
    /// Two officers said yes; the host may load it.
    Approved {
        live: Live,
    },
    Deployed {
        live: Live,
        at: Timestamp,
    },
    Superseded {
        by: SubmissionId,
        /// Whether that version is newer by the order of versions; rows of before that order was kept do not
        /// know it.
        #[serde(default)]
        newer: bool,
        at: Timestamp,
    },
    /// The version that citizens had when the service's name was suspended; every call is refused. That the
    /// name is suspended is recorded with the name ([`crate::domain::suspension`]), which outlasts this state.
    Suspended {
        live: Live,
        by: StaffId,
        /// Why, for the staff alone.
        #[serde(alias = "reason")]
        grounds: String,
        #[serde(default)]
        public_reason: Option<PublicReason>,
        at: Timestamp,
    },
    Withdrawn {
        at: Timestamp,
    },
    Rejected {
        by: StaffId,
        reason: String,
        at: Timestamp,
    },
}

impl State {
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// SHA-256 of the vetting report, from vetting until the end of the decision.
    pub fn evidence(&self) -> Option<&str> {
        match self {
            Self::VettingFailed { evidence }
            | Self::Vetted { evidence }
            | Self::FirstApproved { evidence, .. } => Some(evidence),
            Self::Approved { live } | Self::Deployed { live, .. } | Self::Suspended { live, .. } => {
                Some(&live.evidence)
            }
            Self::Draft
            | Self::Vetting { .. }
            | Self::Superseded { .. }
            | Self::Withdrawn { .. }
            | Self::Rejected { .. } => None,
        }
    }

    /// What the officers gave, once two of them have.
    pub fn live(&self) -> Option<&Live> {
        match self {
            Self::Approved { live } | Self::Deployed { live, .. } | Self::Suspended { live, .. } => {
                Some(live)
            }
            Self::Draft
            | Self::Vetting { .. }
            | Self::VettingFailed { .. }
            | Self::Vetted { .. }
            | Self::FirstApproved { .. }
            | Self::Superseded { .. }
            | Self::Withdrawn { .. }
            | Self::Rejected { .. } => None,
        }
    }
}
