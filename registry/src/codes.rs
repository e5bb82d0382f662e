//! The codes of closed lists are stored in databases, documents and the WIT: this test fails if a variant is
//! renamed or `strum` spells one differently.

use strum::{VariantArray, VariantNames};

use crate::domain::proposal::ProposalKind;
use crate::domain::site::SiteState;
use crate::domain::staff::StaffRole;
use crate::domain::staff_event::StaffEvent;
use crate::domain::submission::{Event, Reason, State};
use crate::domain::token::Lifetime;
use crate::manifest::LimitField;
use crate::store::decision::ActorKind;

fn codes<T: VariantArray + Copy + Into<&'static str>>() -> Vec<&'static str> {
    T::VARIANTS.iter().map(|one| (*one).into()).collect()
}

#[test]
fn codes_are_those_that_are_kept() {
    assert_eq!(
        codes::<LimitField>(),
        [
            "citizens",
            "amount-per-payment",
            "amount-per-citizen",
            "amount-total",
            "messages",
            "messages-per-citizen",
            "registry-calls",
            "signatures",
            "presentations",
            "days",
            "calls-per-minute"
        ]
    );
    assert_eq!(
        codes::<StaffEvent>(),
        [
            "changed",
            "invited",
            "change-proposed",
            "reset-proposed",
            "accepted",
            "confirmed",
            "waited",
            "stopped",
            "lapsed",
            "narrowed",
            "password-changed",
            "factor-changed",
            "codes-made",
            "code-used"
        ]
    );
    assert_eq!(codes::<ProposalKind>(), ["invite", "change", "reset"]);
    assert_eq!(
        codes::<SiteState>(),
        [
            "waiting",
            "first-approved",
            "in-force",
            "superseded",
            "rejected",
            "stopped",
            "withdrawn"
        ]
    );
    assert_eq!(codes::<StaffRole>(), ["officer", "director"]);
    assert_eq!(codes::<Lifetime>(), ["15m", "1d", "30d", "90d"]);
    assert_eq!(
        State::VARIANTS,
        [
            "draft",
            "vetting",
            "vetting-failed",
            "vetted",
            "first-approved",
            "approved",
            "deployed",
            "superseded",
            "suspended",
            "withdrawn",
            "rejected"
        ]
    );
    assert_eq!(
        codes::<Event>(),
        [
            "receive",
            "pass",
            "fail",
            "approve",
            "reject",
            "deploy",
            "supersede",
            "suspend",
            "resume",
            "withdraw"
        ]
    );
    assert_eq!(
        Reason::VARIANTS,
        [
            "wrong-state",
            "wrong-role",
            "conflict-of-interest",
            "same-officer",
            "stale-evidence",
            "beyond-asked",
            "too-small",
            "no-reason",
            "hidden-text",
            "publisher-unverified",
            "approval-lapsed",
            "name-suspended"
        ]
    );
    assert_eq!(codes::<ActorKind>(), ["staff", "developer", "platform"]);
}
