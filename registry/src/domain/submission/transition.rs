//! The transitions of a submission, and who may make them.

use aim_gov::clock::Timestamp;
use aim_gov::shown::hidden_character;

use super::Submission;
use super::approvals::Circumstances;
use super::state::State;
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::suspension::Grounds;
use crate::manifest::LimitField;

/// Approvals that a version needs, each by another officer.
const APPROVALS_NEEDED: usize = 2;

/// An event of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
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

aim_gov::coded!(Event);

/// The rule that forbade an event.
#[derive(Clone, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Reason {
    #[strum(serialize = "wrong-state")]
    State,
    #[strum(serialize = "wrong-role")]
    Role,
    ConflictOfInterest,
    /// The second approval must be by another person.
    SameOfficer,
    /// The officer saw other bytes, or another report, than the current ones.
    StaleEvidence,
    BeyondAsked(Vec<LimitField>),
    TooSmall(Vec<LimitField>),
    NoReason,
    /// The text has an invisible character, or one that changes the order of others.
    HiddenText,
    PublisherUnverified,
    /// An approval no longer counts.
    ApprovalLapsed,
    /// The service's name is suspended.
    NameSuspended,
}

impl Reason {
    pub fn code(&self) -> &'static str {
        self.into()
    }
}

/// The typed text of a decision without surrounding space. Its lines stay.
///
/// # Errors
/// [`Reason::NoReason`], [`Reason::HiddenText`].
pub fn parse_grounds(typed: &str) -> Result<String, Reason> {
    let words = typed.trim();
    if words.is_empty() {
        return Err(Reason::NoReason);
    }
    // Forms send line breaks, and pasted text has tabs.
    if words
        .split(['\r', '\n', '\t'])
        .any(|line| hidden_character(line).is_some())
    {
        return Err(Reason::HiddenText);
    }
    Ok(words.to_owned())
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is refused in state `{from}`: {}", event.code(), reason.code())]
pub struct Refused {
    /// The state's code.
    pub from: &'static str,
    pub event: Event,
    pub reason: Reason,
}

impl Submission {
    pub(super) fn refused(&self, event: Event, reason: Reason) -> Refused {
        Refused {
            from: self.state.code(),
            event,
            reason,
        }
    }

    pub(super) fn with(self, state: State) -> Self {
        Self { state, ..self }
    }

    /// A member of the staff may not decide about the organisation that they are tied to.
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

    /// Vetting passed.
    ///
    /// # Errors
    /// [`Refused`] unless it is in vetting.
    pub fn pass(self, evidence: String) -> Result<Self, Refused> {
        match &self.state {
            State::Vetting { .. } => Ok(self.with(State::Vetted { evidence })),
            _ => Err(self.refused(Event::Pass, Reason::State)),
        }
    }

    /// Vetting found a blocking fault.
    ///
    /// # Errors
    /// [`Refused`] unless it is in vetting.
    pub fn fail(self, evidence: String) -> Result<Self, Refused> {
        match &self.state {
            State::Vetting { .. } => Ok(self.with(State::VettingFailed { evidence })),
            _ => Err(self.refused(Event::Fail, Reason::State)),
        }
    }

    /// A member of the staff rejects it.
    ///
    /// # Errors
    /// [`Refused`]: not in review, tied to the publisher, no grounds.
    pub fn reject(self, staff: &Staff, reason: &str, now: Timestamp) -> Result<Self, Refused> {
        match &self.state {
            State::Vetted { .. } | State::FirstApproved { .. } | State::Approved { .. } => {}
            _ => return Err(self.refused(Event::Reject, Reason::State)),
        }
        self.untied(staff, Event::Reject)?;
        let reason = parse_grounds(reason).map_err(|reason| self.refused(Event::Reject, reason))?;
        Ok(self.with(State::Rejected {
            by: staff.id.clone(),
            reason,
            at: now,
        }))
    }

    /// Checks that both approvals count.
    fn vouched_for(&self, event: Event, circumstances: &Circumstances) -> Result<(), Refused> {
        let checked = self.checked_approvals(&circumstances.people);
        if checked.valid.len() < APPROVALS_NEEDED {
            return Err(self.refused(event, Reason::ApprovalLapsed));
        }
        Ok(())
    }

    /// Whether the host may load it, as far as approvals are concerned.
    ///
    /// # Errors
    /// [`Refused`]: two officers have not approved it, or an approval no longer counts.
    pub fn may_load(&self, circumstances: &Circumstances) -> Result<(), Refused> {
        if self.state.live().is_none() {
            return Err(self.refused(Event::Deploy, Reason::State));
        }
        self.vouched_for(Event::Deploy, circumstances)
    }

    /// A member of the staff deploys it.
    ///
    /// # Errors
    /// [`Refused`]: two officers have not approved it, or one approval no longer counts; `staff` is tied to the
    /// publisher; the service's name is suspended.
    pub fn deploy(
        self,
        staff: &Staff,
        circumstances: &Circumstances,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        let State::Approved { live } = self.state.clone() else {
            return Err(self.refused(Event::Deploy, Reason::State));
        };
        self.untied(staff, Event::Deploy)?;
        if circumstances.name_suspended {
            return Err(self.refused(Event::Deploy, Reason::NameSuspended));
        }
        self.vouched_for(Event::Deploy, circumstances)?;
        Ok(self.with(State::Deployed { live, at: now }))
    }

    /// Another version, deployed by `staff`, replaces it. Not while it is suspended: the suspension of the name
    /// has to be lifted first.
    ///
    /// # Errors
    /// [`Refused`]: not deployed, or `staff` is tied to the publisher.
    pub fn supersede(self, staff: &Staff, by: &Self, now: Timestamp) -> Result<Self, Refused> {
        if !matches!(self.state, State::Deployed { .. }) {
            return Err(self.refused(Event::Supersede, Reason::State));
        }
        self.untied(staff, Event::Supersede)?;
        let state = State::Superseded {
            by: by.id.clone(),
            newer: self.is_older_than(by),
            at: now,
        };
        Ok(self.with(state))
    }

    /// Any member of the staff suspends it.
    ///
    /// # Errors
    /// [`Refused`]: not deployed, no internal grounds.
    pub fn suspend(self, staff: &Staff, grounds: &Grounds, now: Timestamp) -> Result<Self, Refused> {
        let State::Deployed { live, .. } = self.state.clone() else {
            return Err(self.refused(Event::Suspend, Reason::State));
        };
        let internal =
            parse_grounds(&grounds.internal).map_err(|reason| self.refused(Event::Suspend, reason))?;
        Ok(self.with(State::Suspended {
            live,
            by: staff.id.clone(),
            grounds: internal,
            public_reason: grounds.public.clone(),
            at: now,
        }))
    }

    /// A director lifts the suspension of the service's name. The version that was suspended with it runs
    /// again; others stay as they are.
    ///
    /// # Errors
    /// [`Refused`]: the name is not suspended, `staff` is not a director or is tied to the publisher, no
    /// grounds, or an approval of the suspended version no longer counts.
    pub fn resume(
        self,
        staff: &Staff,
        reason: &str,
        circumstances: &Circumstances,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        if !circumstances.name_suspended {
            return Err(self.refused(Event::Resume, Reason::State));
        }
        if staff.role != StaffRole::Director {
            return Err(self.refused(Event::Resume, Reason::Role));
        }
        self.untied(staff, Event::Resume)?;
        parse_grounds(reason).map_err(|reason| self.refused(Event::Resume, reason))?;
        let State::Suspended { live, .. } = self.state.clone() else {
            return Ok(self);
        };
        self.vouched_for(Event::Resume, circumstances)?;
        Ok(self.with(State::Deployed { live, at: now }))
    }

    /// The publisher withdraws it.
    ///
    /// # Errors
    /// [`Refused`] if it has already ended.
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
