//! A director's proposals about the staff, before they take effect.

use aim_gov::clock::{DAY_MS, Timestamp};

use super::staff::{Staff, StaffRole};
use super::{OrganisationId, ProposalId, StaffId};

/// How long a proposal waits without a confirmation by a second director: 72 hours, in which every member of
/// the staff sees it and may stop it.
pub const WAIT_MS: i64 = 3 * DAY_MS;
/// How long the one-time link of an invitation or a reset is valid: 7 days.
pub const LINK_MS: i64 = 7 * DAY_MS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum ProposalKind {
    Invite,
    /// Another role, or more rights for a member of the staff.
    Change,
    /// New credentials for a person who lost theirs.
    Reset,
}

aim_gov::coded!(ProposalKind);

impl ProposalKind {
    /// Whether the person has to open a link first.
    pub fn has_link(self) -> bool {
        self != Self::Change
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub id: ProposalId,
    pub created_at: Timestamp,
    pub by: StaffId,
    pub by_name: String,
    pub kind: ProposalKind,
    /// The person concerned; for a new one, their future id.
    pub person: StaffId,
    pub email: String,
    pub name: String,
    pub role: StaffRole,
    pub organisation: Option<OrganisationId>,
    pub active: bool,
    /// When it takes effect without a second director.
    pub due_at: Timestamp,
    pub link_ends_at: Option<Timestamp>,
    pub accepted_at: Option<Timestamp>,
}

/// Why a person may not confirm a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotYours {
    Role,
    /// The proposer cannot be the second director.
    Proposer,
    Yourself,
    NotAccepted,
}

impl Proposal {
    /// Whether `staff` may be the second director.
    pub fn may_confirm(&self, staff: &Staff) -> Result<(), NotYours> {
        if staff.role != StaffRole::Director {
            Err(NotYours::Role)
        } else if staff.id == self.by {
            Err(NotYours::Proposer)
        } else if staff.id == self.person {
            Err(NotYours::Yourself)
        } else if self.kind.has_link() && self.accepted_at.is_none() {
            Err(NotYours::NotAccepted)
        } else {
            Ok(())
        }
    }

    pub fn entry(&self) -> Staff {
        Staff {
            id: self.person.clone(),
            email: self.email.clone(),
            name: self.name.clone(),
            role: self.role,
            organisation: self.organisation.clone(),
            active: self.active,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn director(id: &str) -> Staff {
        Staff {
            id: StaffId(id.to_owned()),
            email: format!("{id}@aim.example"),
            name: id.to_owned(),
            role: StaffRole::Director,
            organisation: None,
            active: true,
        }
    }

    #[test]
    fn proposal_is_confirmed_by_a_third_director() {
        let leyla = director("leyla");
        let proposal = |kind: ProposalKind, accepted_at| Proposal {
            id: ProposalId("prp_1".to_owned()),
            created_at: Timestamp(0),
            by: StaffId("nigar".to_owned()),
            by_name: "Nigar".to_owned(),
            kind,
            person: leyla.id.clone(),
            email: leyla.email.clone(),
            name: leyla.name.clone(),
            role: leyla.role,
            organisation: None,
            active: true,
            due_at: Timestamp(WAIT_MS),
            link_ends_at: Some(Timestamp(LINK_MS)),
            accepted_at,
        };
        let reset = proposal(ProposalKind::Reset, Some(Timestamp(1)));
        let officer = Staff {
            role: StaffRole::Officer,
            ..director("aysel")
        };
        for (staff, may) in [
            (director("kamran"), Ok(())),
            (officer, Err(NotYours::Role)),
            (director("nigar"), Err(NotYours::Proposer)),
            (director("leyla"), Err(NotYours::Yourself)),
        ] {
            assert_eq!(reset.may_confirm(&staff), may, "{}", staff.name);
        }
        let early = proposal(ProposalKind::Invite, None);
        assert_eq!(early.may_confirm(&director("kamran")), Err(NotYours::NotAccepted));
        let change = proposal(ProposalKind::Change, None);
        assert_eq!(change.may_confirm(&director("kamran")), Ok(()));
    }
}
