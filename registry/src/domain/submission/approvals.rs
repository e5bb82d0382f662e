//! Which approvals count. A decision that depends on an approval checks the officer against the current staff
//! list: an officer who left, changed role or was tied to the publisher since then no longer counts.

use super::state::State;
use super::{Approval, Submission};
use crate::domain::StaffId;
use crate::domain::staff::{Staff, StaffRole};

/// The circumstances of a decision outside the submission, read in the transaction of the decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// All members of the staff, including those who left.
    pub people: Vec<Staff>,
    /// Whether an officer has verified the publisher.
    pub publisher_verified: bool,
    /// Whether the service's name is suspended.
    pub name_suspended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    Unknown,
    Left,
    Role,
    Tied,
    /// The other approval is by the same officer.
    Repeated,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lapsed {
    pub by: StaffId,
    pub why: Lapse,
}

/// The approvals of a submission, checked against the current staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedApprovals<'a> {
    /// The approvals that count, oldest first.
    pub valid: Vec<&'a Approval>,
    pub lapsed: Vec<Lapsed>,
}

impl CheckedApprovals<'_> {
    /// Whether this officer already has an approval that counts.
    pub fn is_by(&self, officer: &StaffId) -> bool {
        self.valid.iter().any(|approval| approval.by == *officer)
    }

    /// Whether this approval of the submission no longer counts.
    pub fn has_lapsed(&self, approval: &Approval) -> bool {
        !self.valid.iter().any(|valid| std::ptr::eq(*valid, approval))
    }
}

impl Submission {
    /// The approvals that were given, in order.
    pub fn approvals(&self) -> Vec<&Approval> {
        match &self.state {
            State::FirstApproved { first, .. } => vec![first],
            state => state
                .live()
                .map(|live| vec![&live.first, &live.second])
                .unwrap_or_default(),
        }
    }

    /// The approvals that count with the staff `people`.
    pub fn checked_approvals(&self, people: &[Staff]) -> CheckedApprovals<'_> {
        let mut checked = CheckedApprovals {
            valid: Vec::new(),
            lapsed: Vec::new(),
        };
        for approval in self.approvals() {
            let lapse = if checked.is_by(&approval.by) {
                Some(Lapse::Repeated)
            } else {
                self.lapse(approval, people)
            };
            match lapse {
                None => checked.valid.push(approval),
                Some(why) => checked.lapsed.push(Lapsed {
                    by: approval.by.clone(),
                    why,
                }),
            }
        }
        checked
    }

    fn lapse(&self, approval: &Approval, people: &[Staff]) -> Option<Lapse> {
        let Some(officer) = people.iter().find(|person| person.id == approval.by) else {
            return Some(Lapse::Unknown);
        };
        if !officer.active {
            Some(Lapse::Left)
        } else if officer.role != StaffRole::Officer {
            Some(Lapse::Role)
        } else if officer.organisation.as_ref() == Some(&self.organisation) {
            Some(Lapse::Tied)
        } else {
            None
        }
    }
}
