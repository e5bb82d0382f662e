//! An officer's approval: the four-eyes rules.

use aim_gov::clock::Timestamp;

use super::Submission;
use super::approvals::Circumstances;
use super::state::{Approval, Live, State};
use super::transition::{Event, Reason, Refused, parse_grounds};
use crate::domain::staff::{Staff, StaffRole};
use crate::manifest::{LimitField, Limits};

/// An officer's approval, before the rules are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approve {
    pub digest: String,
    /// SHA-256 of the report that the officer saw.
    pub evidence: String,
    pub limits: Limits,
    pub note: String,
}

impl Submission {
    /// Whether `staff` could approve it now, regardless of the grounds.
    ///
    /// # Errors
    /// [`Refused`] with the rule that forbids it.
    pub fn may_approve(&self, staff: &Staff, now: &Circumstances) -> Result<(), Refused> {
        let refuse = |reason| Err(self.refused(Event::Approve, reason));
        let checked = self.checked_approvals(&now.people);
        match &self.state {
            State::Vetted { .. } | State::FirstApproved { .. } => {}
            // A lapsed approval is renewed.
            state if state.live().is_some() && !checked.lapsed.is_empty() => {}
            _ => return refuse(Reason::State),
        }
        if staff.role != StaffRole::Officer {
            return refuse(Reason::Role);
        }
        if staff.organisation.as_ref() == Some(&self.organisation) {
            return refuse(Reason::ConflictOfInterest);
        }
        if checked.is_by(&staff.id) {
            return refuse(Reason::SameOfficer);
        }
        if !now.publisher_verified {
            return refuse(Reason::PublisherUnverified);
        }
        Ok(())
    }

    /// Approves the submission. The second valid approval, by another officer, makes it approved; in later
    /// states, the approval replaces one that no longer counts.
    ///
    /// # Errors
    /// [`Refused`]: not vetted and nothing to renew, not an officer, tied to the publisher, the same officer
    /// again, an unverified publisher, other bytes or another report than the officer saw, limits too small or
    /// more than asked for, no grounds.
    pub fn approve(
        self,
        staff: &Staff,
        yes: Approve,
        circumstances: &Circumstances,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        self.may_approve(staff, circumstances)?;
        let refuse = |reason| Err(self.refused(Event::Approve, reason));
        if yes.digest != self.digest || self.state.evidence() != Some(&yes.evidence) {
            return refuse(Reason::StaleEvidence);
        }
        let too_small: Vec<_> = LimitField::ALL
            .iter()
            .copied()
            .filter(|field| yes.limits.get(*field) < field.least())
            .collect();
        if !too_small.is_empty() {
            return refuse(Reason::TooSmall(too_small));
        }
        let beyond = yes.limits.beyond(&self.manifest.limits);
        if !beyond.is_empty() {
            return refuse(Reason::BeyondAsked(beyond));
        }
        let note = match parse_grounds(&yes.note) {
            Ok(note) => note,
            Err(reason) => return refuse(reason),
        };
        let approval = Approval {
            by: staff.id.clone(),
            digest: yes.digest,
            evidence: yes.evidence,
            limits: yes.limits,
            note,
            at: now,
        };
        let state = self.approved_with(approval, circumstances, now);
        match state {
            Some(state) => Ok(self.with(state)),
            None => refuse(Reason::State),
        }
    }

    /// The state with one more approval.
    fn approved_with(&self, approval: Approval, around: &Circumstances, now: Timestamp) -> Option<State> {
        let checked = self.checked_approvals(&around.people);
        let renewed = |live: &Live| {
            let mut renewed = live.clone();
            if checked.has_lapsed(&live.first) {
                renewed.first = approval.clone();
            } else {
                renewed.second = approval.clone();
            }
            renewed
        };
        Some(match &self.state {
            State::Vetted { evidence } => State::FirstApproved {
                evidence: evidence.clone(),
                first: approval,
            },
            State::FirstApproved { evidence, .. } if checked.valid.is_empty() => State::FirstApproved {
                evidence: evidence.clone(),
                first: approval,
            },
            State::FirstApproved { evidence, first } => State::Approved {
                live: Live {
                    evidence: evidence.clone(),
                    first: first.clone(),
                    second: approval,
                    start: now,
                },
            },
            State::Approved { live } => State::Approved { live: renewed(live) },
            State::Deployed { live, at } => State::Deployed {
                live: renewed(live),
                at: *at,
            },
            State::Suspended {
                live,
                by,
                grounds,
                public_reason,
                at,
            } => State::Suspended {
                live: renewed(live),
                by: by.clone(),
                grounds: grounds.clone(),
                public_reason: public_reason.clone(),
                at: *at,
            },
            _ => return None,
        })
    }
}
