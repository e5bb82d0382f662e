//! An organisation's application for a web site that logs citizens in.
//!
//! ```text
//! waiting → first-approved → in-force → superseded
//!    └──────────┴→ rejected      └→ stopped
//! ```
//! and `withdrawn` from every state that is not final. A change of a site is another application for it, whose approval
//! supersedes the one in force.

mod new;

use aim_gov::clock::Timestamp;
use aim_gov::identity::sites::Content;

use super::staff::{Staff, StaffRole};
use super::submission::{Circumstances, Event, Reason, parse_grounds};
use super::{ApplicationId, OrganisationId, StaffId};

pub use new::{
    ADDRESSES_MAX, FieldFault, NAME_CHARS_MAX, NewSite, PURPOSE_CHARS_MAX, SiteField, WrongField,
    asked_documents,
};

/// Applications of one organisation that wait or are in force.
pub const SITES_MAX: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum SiteState {
    Waiting,
    FirstApproved,
    /// Two officers approved it; citizens can log in there until its days are over.
    InForce,
    /// Another application for the same site came into force.
    Superseded,
    Rejected,
    Stopped,
    Withdrawn,
}

aim_gov::coded!(SiteState);

impl SiteState {
    /// Whether nothing changes it any more.
    pub fn is_final(self) -> bool {
        match self {
            Self::Waiting | Self::FirstApproved | Self::InForce => false,
            Self::Superseded | Self::Rejected | Self::Stopped | Self::Withdrawn => true,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    pub id: ApplicationId,
    /// The client's id at the provider.
    pub site: String,
    pub organisation: OrganisationId,
    pub content: Content,
    /// SHA-256 of the content.
    pub digest: String,
    pub state: SiteState,
    pub first_by: Option<StaffId>,
    pub second_by: Option<StaffId>,
    pub created_at: Timestamp,
}

impl Application {
    /// The officer of the first approval, where it counts with the staff of now.
    fn first<'a>(&self, around: &'a Circumstances) -> Option<&'a Staff> {
        let first = self.first_by.as_ref()?;
        around.people.iter().find(|person| {
            person.id == *first && person.active && person.role == StaffRole::Officer && !self.is_tied(person)
        })
    }

    fn is_tied(&self, staff: &Staff) -> bool {
        staff.organisation.as_ref() == Some(&self.organisation)
    }

    /// Whether `staff` could approve it now, regardless of the grounds.
    ///
    /// # Errors
    /// The rule that forbids it.
    pub fn may_approve(&self, staff: &Staff, around: &Circumstances) -> Result<(), Reason> {
        if !matches!(self.state, SiteState::Waiting | SiteState::FirstApproved) {
            return Err(Reason::State);
        }
        if staff.role != StaffRole::Officer {
            return Err(Reason::Role);
        }
        if self.is_tied(staff) {
            return Err(Reason::ConflictOfInterest);
        }
        if self.first(around).is_some_and(|first| first.id == staff.id) {
            return Err(Reason::SameOfficer);
        }
        if !around.publisher_verified {
            return Err(Reason::PublisherUnverified);
        }
        Ok(())
    }

    /// Approves it. A first approval that no longer counts is replaced.
    ///
    /// # Errors
    /// The rule that forbids it; [`Reason::StaleEvidence`] where the officer saw another content.
    pub fn approve(
        self,
        staff: &Staff,
        seen: &str,
        grounds: &str,
        around: &Circumstances,
    ) -> Result<Self, Reason> {
        self.may_approve(staff, around)?;
        if seen != self.digest {
            return Err(Reason::StaleEvidence);
        }
        parse_grounds(grounds)?;
        Ok(match self.first(around) {
            Some(_) => Self {
                state: SiteState::InForce,
                second_by: Some(staff.id.clone()),
                ..self
            },
            None => Self {
                state: SiteState::FirstApproved,
                first_by: Some(staff.id.clone()),
                ..self
            },
        })
    }

    /// A member of the staff rejects it before it is in force, or stops it afterwards.
    ///
    /// # Errors
    /// The rule that forbids it.
    pub fn end(self, staff: &Staff, event: Event, grounds: &str) -> Result<Self, Reason> {
        let state = match (event, self.state) {
            (Event::Reject, SiteState::Waiting | SiteState::FirstApproved) => SiteState::Rejected,
            (Event::Suspend, SiteState::InForce) => SiteState::Stopped,
            _ => return Err(Reason::State),
        };
        if self.is_tied(staff) {
            return Err(Reason::ConflictOfInterest);
        }
        parse_grounds(grounds)?;
        Ok(Self { state, ..self })
    }

    /// The organisation takes it back.
    ///
    /// # Errors
    /// [`Reason::State`] once it is final.
    pub fn withdraw(self) -> Result<Self, Reason> {
        if self.state.is_final() {
            return Err(Reason::State);
        }
        Ok(Self {
            state: SiteState::Withdrawn,
            ..self
        })
    }
}

#[cfg(test)]
mod tests;
