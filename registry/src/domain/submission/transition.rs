//! What may happen to a submission, and who may do it.

use aim_gov::clock::Timestamp;

use super::Submission;
use super::state::{Approval, Live, State};
use crate::domain::SubmissionId;
use crate::domain::staff::{Staff, StaffRole};
use crate::manifest::{LimitField, Limits};

/// Something that happens to a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the method of its name")]
pub enum Event {
    Receive,
    Pass,
    Fail,
    Approve,
    Reject,
    Deploy,
    Supersede,
    Suspend,
    Resume,
    Withdraw,
}

impl Event {
    /// Every event, in the order of a submission's life.
    pub const ALL: [Self; 10] = [
        Self::Receive,
        Self::Pass,
        Self::Fail,
        Self::Approve,
        Self::Reject,
        Self::Deploy,
        Self::Supersede,
        Self::Suspend,
        Self::Resume,
        Self::Withdraw,
    ];

    /// The name in the decision log, in the API and in texts.
    pub fn code(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Deploy => "deploy",
            Self::Supersede => "supersede",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Withdraw => "withdraw",
        }
    }
}

/// Which rule forbade it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Not in this state.
    State,
    /// This role does not do this.
    Role,
    /// The person is tied to the publisher.
    ConflictOfInterest,
    /// The second approval must be another person's.
    SameOfficer,
    /// The officer saw other bytes, or another report, than what is here now.
    StaleEvidence,
    /// More than was asked for.
    BeyondAsked(Vec<LimitField>),
    /// So little that there would be no test.
    TooSmall(Vec<LimitField>),
    /// A decision needs words.
    NoReason,
}

impl Reason {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::State => "wrong-state",
            Self::Role => "wrong-role",
            Self::ConflictOfInterest => "conflict-of-interest",
            Self::SameOfficer => "same-officer",
            Self::StaleEvidence => "stale-evidence",
            Self::BeyondAsked(_) => "beyond-asked",
            Self::TooSmall(_) => "too-small",
            Self::NoReason => "no-reason",
        }
    }
}

/// What was tried and why it may not be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is refused in state `{from}`: {}", event.code(), reason.code())]
pub struct Refused {
    /// The state's code.
    pub from: &'static str,
    /// What was tried.
    pub event: Event,
    /// The rule.
    pub reason: Reason,
}

/// An officer's yes, before the rules were asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approve {
    /// The component that the officer saw.
    pub digest: String,
    /// SHA-256 of the report that the officer saw.
    pub evidence: String,
    /// The limits that the officer gives.
    pub limits: Limits,
    /// Why.
    pub note: String,
}

impl Submission {
    fn refused(&self, event: Event, reason: Reason) -> Refused {
        Refused {
            from: self.state.code(),
            event,
            reason,
        }
    }

    fn with(self, state: State) -> Self {
        Self { state, ..self }
    }

    /// Nobody decides about the organisation that they are tied to.
    fn untied(&self, staff: &Staff, event: Event) -> Result<(), Refused> {
        if staff.organisation.as_ref() == Some(&self.organisation) {
            return Err(self.refused(event, Reason::ConflictOfInterest));
        }
        Ok(())
    }

    /// The component arrived.
    ///
    /// # Errors
    /// [`Refused`] unless it is a draft.
    pub fn receive(self, now: Timestamp) -> Result<Self, Refused> {
        match &self.state {
            State::Draft => Ok(self.with(State::Vetting { since: now })),
            _ => Err(self.refused(Event::Receive, Reason::State)),
        }
    }

    /// Vetting found nothing that blocks.
    ///
    /// # Errors
    /// [`Refused`] unless it is in vetting.
    pub fn pass(self, evidence: String) -> Result<Self, Refused> {
        match &self.state {
            State::Vetting { .. } => Ok(self.with(State::Vetted { evidence })),
            _ => Err(self.refused(Event::Pass, Reason::State)),
        }
    }

    /// Vetting found something that blocks.
    ///
    /// # Errors
    /// [`Refused`] unless it is in vetting.
    pub fn fail(self, evidence: String) -> Result<Self, Refused> {
        match &self.state {
            State::Vetting { .. } => Ok(self.with(State::VettingFailed { evidence })),
            _ => Err(self.refused(Event::Fail, Reason::State)),
        }
    }

    /// Whether `staff` could approve it now, whatever they would write.
    ///
    /// # Errors
    /// [`Refused`] with the rule against it.
    pub fn may_approve(&self, staff: &Staff) -> Result<(), Refused> {
        let refuse = |reason| Err(self.refused(Event::Approve, reason));
        match &self.state {
            State::Vetted { .. } | State::FirstApproved { .. } => {}
            _ => return refuse(Reason::State),
        }
        if staff.role != StaffRole::Officer {
            return refuse(Reason::Role);
        }
        if staff.organisation.as_ref() == Some(&self.organisation) {
            return refuse(Reason::ConflictOfInterest);
        }
        match &self.state {
            State::FirstApproved { first, .. } if first.by == staff.id => refuse(Reason::SameOfficer),
            _ => Ok(()),
        }
    }

    /// An officer says yes; the second yes, by another officer, makes it approved.
    ///
    /// # Errors
    /// [`Refused`]: not vetted, not an officer, tied to the publisher, the same officer again, other
    /// bytes or another report than the officer saw, limits too small or more than asked for, no words.
    pub fn approve(self, staff: &Staff, yes: Approve, now: Timestamp) -> Result<Self, Refused> {
        self.may_approve(staff)?;
        let refuse = |reason| Err(self.refused(Event::Approve, reason));
        if yes.digest != self.digest || self.state.evidence() != Some(&yes.evidence) {
            return refuse(Reason::StaleEvidence);
        }
        let too_small: Vec<_> = LimitField::ALL
            .into_iter()
            .filter(|field| yes.limits.get(*field) < field.least())
            .collect();
        if !too_small.is_empty() {
            return refuse(Reason::TooSmall(too_small));
        }
        let beyond = yes.limits.beyond(&self.manifest.limits);
        if !beyond.is_empty() {
            return refuse(Reason::BeyondAsked(beyond));
        }
        if yes.note.trim().is_empty() {
            return refuse(Reason::NoReason);
        }
        let approval = Approval {
            by: staff.id.clone(),
            digest: yes.digest,
            evidence: yes.evidence.clone(),
            limits: yes.limits,
            note: yes.note.trim().to_owned(),
            at: now,
        };
        match self.state.clone() {
            State::Vetted { evidence } => Ok(self.with(State::FirstApproved {
                evidence,
                first: approval,
            })),
            State::FirstApproved { evidence, first } => {
                let grant = self.manifest.grant(&first.limits.narrower(&approval.limits), now);
                Ok(self.with(State::Approved {
                    live: Live {
                        evidence,
                        first,
                        second: approval,
                        grant,
                    },
                }))
            }
            _ => refuse(Reason::State),
        }
    }

    /// Somebody of the staff says no.
    ///
    /// # Errors
    /// [`Refused`]: not in review, tied to the publisher, no words.
    pub fn reject(self, staff: &Staff, reason: &str, now: Timestamp) -> Result<Self, Refused> {
        match &self.state {
            State::Vetted { .. } | State::FirstApproved { .. } | State::Approved { .. } => {}
            _ => return Err(self.refused(Event::Reject, Reason::State)),
        }
        self.untied(staff, Event::Reject)?;
        if reason.trim().is_empty() {
            return Err(self.refused(Event::Reject, Reason::NoReason));
        }
        Ok(self.with(State::Rejected {
            by: staff.id.clone(),
            reason: reason.trim().to_owned(),
            at: now,
        }))
    }

    /// Somebody of the staff lets the host run it.
    ///
    /// # Errors
    /// [`Refused`]: two officers have not approved it, or `staff` is tied to the publisher.
    pub fn deploy(self, staff: &Staff, now: Timestamp) -> Result<Self, Refused> {
        let State::Approved { live } = self.state.clone() else {
            return Err(self.refused(Event::Deploy, Reason::State));
        };
        self.untied(staff, Event::Deploy)?;
        Ok(self.with(State::Deployed { live, at: now }))
    }

    /// A newer version, let in by `staff`, takes its place.
    ///
    /// # Errors
    /// [`Refused`]: neither deployed nor suspended; `staff` is tied to the publisher; suspended, and
    /// `staff` is not a director (a new version would let the service run again, and only a director does
    /// that).
    pub fn supersede(self, staff: &Staff, by: SubmissionId, now: Timestamp) -> Result<Self, Refused> {
        match &self.state {
            State::Deployed { .. } | State::Suspended { .. } => self.untied(staff, Event::Supersede)?,
            _ => return Err(self.refused(Event::Supersede, Reason::State)),
        }
        if matches!(self.state, State::Suspended { .. }) && staff.role != StaffRole::Director {
            return Err(self.refused(Event::Supersede, Reason::Role));
        }
        Ok(self.with(State::Superseded { by, at: now }))
    }

    /// Anybody of the staff stops it.
    ///
    /// # Errors
    /// [`Refused`]: not deployed, no words.
    pub fn suspend(self, staff: &Staff, reason: &str, now: Timestamp) -> Result<Self, Refused> {
        match self.state.clone() {
            State::Deployed { live, .. } if !reason.trim().is_empty() => Ok(self.with(State::Suspended {
                live,
                by: staff.id.clone(),
                reason: reason.trim().to_owned(),
                at: now,
            })),
            State::Deployed { .. } => Err(self.refused(Event::Suspend, Reason::NoReason)),
            _ => Err(self.refused(Event::Suspend, Reason::State)),
        }
    }

    /// A director lets it run again.
    ///
    /// # Errors
    /// [`Refused`]: not suspended, not a director, tied to the publisher, no words.
    pub fn resume(self, staff: &Staff, reason: &str, now: Timestamp) -> Result<Self, Refused> {
        let State::Suspended { live, .. } = self.state.clone() else {
            return Err(self.refused(Event::Resume, Reason::State));
        };
        if staff.role != StaffRole::Director {
            return Err(self.refused(Event::Resume, Reason::Role));
        }
        self.untied(staff, Event::Resume)?;
        if reason.trim().is_empty() {
            return Err(self.refused(Event::Resume, Reason::NoReason));
        }
        Ok(self.with(State::Deployed { live, at: now }))
    }

    /// The startup takes it back.
    ///
    /// # Errors
    /// [`Refused`] where it has already come to an end.
    pub fn withdraw(self, now: Timestamp) -> Result<Self, Refused> {
        match &self.state {
            State::Draft
            | State::Vetting { .. }
            | State::Vetted { .. }
            | State::FirstApproved { .. }
            | State::Approved { .. }
            | State::Deployed { .. }
            | State::Suspended { .. } => Ok(self.with(State::Withdrawn { at: now })),
            State::VettingFailed { .. }
            | State::Superseded { .. }
            | State::Withdrawn { .. }
            | State::Rejected { .. } => Err(self.refused(Event::Withdraw, Reason::State)),
        }
    }
}
