//! Which approvals count. A decision that leans on an approval asks about the officer as the staff list has
//! the officer now: whoever left, changed role or was tied to the publisher since approves nothing any more.

use super::state::State;
use super::{Approval, Submission};
use crate::domain::StaffId;
use crate::domain::staff::{Staff, StaffRole};

/// What decides about a submission beside the submission itself, read in the transaction of the decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// Everybody of the staff, those who left included.
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
    /// The other approval is the same officer's.
    Repeated,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lapsed {
    pub by: StaffId,
    pub why: Lapse,
}

/// The approvals of a submission, checked against the staff of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedApprovals<'a> {
    /// Those that count, oldest first.
    pub valid: Vec<&'a Approval>,
    pub lapsed: Vec<Lapsed>,
}

impl CheckedApprovals<'_> {
    /// Whether this officer's approval counts already.
    pub fn is_by(&self, officer: &StaffId) -> bool {
        self.valid.iter().any(|approval| approval.by == *officer)
    }

    /// Whether this very approval of the submission does not count.
    pub fn has_lapsed(&self, approval: &Approval) -> bool {
        !self.valid.iter().any(|valid| std::ptr::eq(*valid, approval))
    }
}

impl Submission {
    /// The approvals that were given, first one first.
    pub fn approvals(&self) -> Vec<&Approval> {
        match &self.state {
            State::FirstApproved { first, .. } => vec![first],
            state => state
                .live()
                .map(|live| vec![&live.first, &live.second])
                .unwrap_or_default(),
        }
    }

    /// The approvals that count while the staff is `people`.
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
