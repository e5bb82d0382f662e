//! What may happen to a submission, and who may do it.

use aim_gov::clock::Timestamp;
use aim_gov::shown::hidden_character;

use super::Submission;
use super::approvals::Circumstances;
use super::state::State;
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::suspension::Grounds;
use crate::manifest::LimitField;

/// Approvals that a version needs, each of another officer.
const APPROVALS_NEEDED: usize = 2;

/// Something that happens to a submission.
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

/// Which rule forbade it.
#[derive(Clone, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub enum Reason {
    #[strum(serialize = "wrong-state")]
    State,
    #[strum(serialize = "wrong-role")]
    Role,
    ConflictOfInterest,
    /// The second approval must be another person's.
    SameOfficer,
    /// The officer saw other bytes, or another report, than what is here now.
    StaleEvidence,
    BeyondAsked(Vec<LimitField>),
    TooSmall(Vec<LimitField>),
    NoReason,
    /// The words have a character that nobody sees, or that changes the order of others.
    HiddenText,
    PublisherUnverified,
    /// An approval does not count any more.
    ApprovalLapsed,
    /// The service's name is suspended.
    NameSuspended,
}

impl Reason {
    pub fn code(&self) -> &'static str {
        self.into()
    }
}

/// The words of a decision without the space around them. Its lines stay.
///
/// # Errors
/// [`Reason::NoReason`], [`Reason::HiddenText`].
pub fn parse_grounds(typed: &str) -> Result<String, Reason> {
    let words = typed.trim();
    if words.is_empty() {
        return Err(Reason::NoReason);
    }
    // Forms send line breaks, and what is pasted has tabs.
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
        let reason = parse_grounds(reason).map_err(|reason| self.refused(Event::Reject, reason))?;
        Ok(self.with(State::Rejected {
            by: staff.id.clone(),
            reason,
            at: now,
        }))
    }

    /// Both approvals count.
    fn vouched_for(&self, event: Event, circumstances: &Circumstances) -> Result<(), Refused> {
        let checked = self.checked_approvals(&circumstances.people);
        if checked.valid.len() < APPROVALS_NEEDED {
            return Err(self.refused(event, Reason::ApprovalLapsed));
        }
        Ok(())
    }

    /// Whether the host may load it, as far as approvals decide.
    ///
    /// # Errors
    /// [`Refused`]: two officers have not approved it, or an approval does not count any more.
    pub fn may_load(&self, circumstances: &Circumstances) -> Result<(), Refused> {
        if self.state.live().is_none() {
            return Err(self.refused(Event::Deploy, Reason::State));
        }
        self.vouched_for(Event::Deploy, circumstances)
    }

    /// Somebody of the staff lets the host run it.
    ///
    /// # Errors
    /// [`Refused`]: two officers have not approved it, or one approval does not count any more; `staff` is tied
    /// to the publisher; the service's name is suspended.
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

    /// Another version, let in by `staff`, takes its place. Not while it is suspended: the suspension of the
    /// name comes first.
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

    /// Anybody of the staff stops it.
    ///
    /// # Errors
    /// [`Refused`]: not deployed, no words for the staff.
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
    /// again; any other stays as it is.
    ///
    /// # Errors
    /// [`Refused`]: the name is not suspended, `staff` is not a director or is tied to the publisher, no
    /// words, or an approval of the suspended version does not count any more.
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
