//! The states of a submission and their data.

use aim_gov::clock::Timestamp;

use crate::domain::public_reason::PublicReason;
use crate::domain::{StaffId, SubmissionId};
use crate::manifest::Limits;

/// One officer's approval of exactly these bytes and this evidence.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Approval {
    pub by: StaffId,
    pub digest: String,
    /// SHA-256 of the vetting report that the officer saw.
    pub evidence: String,
    pub limits: Limits,
    /// The officer's grounds. The second officer reads them only after deciding.
    pub note: String,
    pub at: Timestamp,
}

/// The result of two approvals.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(from = "KeptLive")]
pub struct Live {
    /// SHA-256 of the vetting report.
    pub evidence: String,
    pub first: Approval,
    pub second: Approval,
    /// When the test began: the time of the second approval. Renewed approvals do not change it.
    pub start: Timestamp,
}

/// [`Live`] in its stored form.
#[derive(serde::Deserialize)]
struct KeptLive {
    evidence: String,
    first: Approval,
    second: Approval,
    /// Missing in rows from before approvals could be renewed: the test began with the second one.
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
    /// The component has arrived and waits for, or is in, vetting.
    Vetting {
        since: Timestamp,
    },
    /// Vetting found a fault that cannot be approved.
    VettingFailed {
        /// SHA-256 of the report.
        evidence: String,
    },
    /// Vetting has passed; officers may decide.
    Vetted {
        /// SHA-256 of the report.
        evidence: String,
    },
    FirstApproved {
        /// SHA-256 of the report.
        evidence: String,
        first: Approval,
    },
    /// Two officers have approved; the host may load it.
    Approved {
        live: Live,
    },
    Deployed {
        live: Live,
        at: Timestamp,
    },
    Superseded {
        by: SubmissionId,
        /// Whether that version is newer by the order of versions; unknown in rows from before that order was
        /// stored.
        #[serde(default)]
        newer: bool,
        at: Timestamp,
    },
    /// The version that citizens used when the service's name was suspended; every call is refused. The
    /// suspension itself is recorded with the name ([`crate::domain::suspension`]), and outlasts this state.
    Suspended {
        live: Live,
        by: StaffId,
        /// The grounds, only for the staff.
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

    /// SHA-256 of the vetting report, from vetting until the final decision.
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

    /// The limits of the officers, once two have approved.
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
