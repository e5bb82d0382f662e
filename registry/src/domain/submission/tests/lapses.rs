//! Approvals that do not count any more, and what they stop.

use super::*;

type Change = fn(&mut Staff);

/// Each way in which an officer stops being one who may approve this publisher.
const LAPSES: [(Lapse, Change); 3] = [
    (Lapse::Left, |person| person.active = false),
    (Lapse::Role, |person| person.role = StaffRole::Director),
    (Lapse::Tied, |person| {
        person.organisation = Some(OrganisationId("org_1".to_owned()));
    }),
];

#[test]
fn approval_of_an_officer_who_changed_does_not_count() {
    let first = after(&[Event::Receive, Event::Pass, Event::Approve]);
    let approved = after(&[Event::Receive, Event::Pass, Event::Approve, Event::Approve]);
    for (why, change) in LAPSES {
        let now = after_change(&first, |person| {
            if person.id.0 == "aysel" {
                change(person);
            }
        });
        let lapsed = Lapsed {
            by: StaffId("aysel".to_owned()),
            why,
        };
        assert_eq!(first.checked_approvals(&now.people).lapsed, [lapsed]);
        // The second approval takes the place of the first.
        let (rashad, leyla) = (
            staff("rashad", StaffRole::Officer),
            staff("leyla", StaffRole::Officer),
        );
        let second = first.clone().approve(&rashad, yes(&first), &now, NOW).unwrap();
        assert_eq!(second.state.code(), "first-approved", "{why:?}");
        let third = second.clone().approve(&leyla, yes(&second), &now, NOW).unwrap();
        assert_eq!(third.state.code(), "approved", "{why:?}");
        assert!(third.deploy(&rashad, &now, NOW).is_ok());
        // What both had approved is not deployed.
        let refused = approved.clone().deploy(&rashad, &now, NOW).unwrap_err();
        assert_eq!(refused.reason, Reason::ApprovalLapsed, "{why:?}");
    }
    let unknown = Circumstances {
        people: Vec::new(),
        ..around(&first)
    };
    assert_eq!(
        first.checked_approvals(&unknown.people).lapsed[0].why,
        Lapse::Unknown
    );
}

#[test]
fn lapsed_approval_is_renewed_and_the_test_does_not_get_longer() {
    let later = NOW.plus_days(5);
    let leyla = staff("leyla", StaffRole::Officer);
    let (rashad, director) = (
        staff("rashad", StaffRole::Officer),
        staff("nigar", StaffRole::Director),
    );
    for history in [
        TO_CITIZENS[..4].to_vec(),
        TO_CITIZENS.to_vec(),
        [&TO_CITIZENS[..], &[Event::Suspend]].concat(),
    ] {
        let known = after(&history);
        let now = after_change(&known, |person| person.active &= person.id.0 != "aysel");
        assert_eq!(known.may_load(&now).unwrap_err().reason, Reason::ApprovalLapsed);
        // While both count there is nothing to renew.
        let early = known.may_approve(&leyla, &around(&known)).unwrap_err();
        assert_eq!(early.reason, Reason::State);
        assert_eq!(
            known.may_approve(&rashad, &now).unwrap_err().reason,
            Reason::SameOfficer
        );
        let renewed = known.clone().approve(&leyla, yes(&known), &now, later).unwrap();
        assert_eq!(renewed.state.code(), known.state.code());
        assert!(renewed.may_load(&now).is_ok());
        assert_eq!(renewed.grant(), known.grant());
        assert_eq!(renewed.approvals()[0].by, leyla.id);
        if renewed.state.code() == "suspended" {
            let refused = known.resume(&director, "fixed", &now, NOW).unwrap_err();
            assert_eq!(refused.reason, Reason::ApprovalLapsed);
            assert!(renewed.resume(&director, "fixed", &now, NOW).is_ok());
        }
    }
}

#[test]
fn two_approvals_of_one_officer_are_one() {
    let mut approved = after(&[Event::Receive, Event::Pass, Event::Approve, Event::Approve]);
    if let State::Approved { live } = &mut approved.state {
        live.second.by = live.first.by.clone();
    }
    let now = around(&approved);
    assert_eq!(
        approved.checked_approvals(&now.people).lapsed[0].why,
        Lapse::Repeated
    );
    assert_eq!(
        approved.may_load(&now).unwrap_err().reason,
        Reason::ApprovalLapsed
    );
}

#[test]
fn suspended_name_does_not_deploy() {
    let approved = after(&[Event::Receive, Event::Pass, Event::Approve, Event::Approve]);
    let now = Circumstances {
        name_suspended: true,
        ..around(&approved)
    };
    for role in [StaffRole::Officer, StaffRole::Director] {
        let refused = approved
            .clone()
            .deploy(&staff("nigar", role), &now, NOW)
            .unwrap_err();
        assert_eq!(refused.reason, Reason::NameSuspended);
    }
    // The director lifts it where no version runs, and nothing but the name changes.
    let director = staff("nigar", StaffRole::Director);
    let withdrawn = after(&[Event::Receive, Event::Withdraw]);
    let lifted = withdrawn.clone().resume(&director, "fixed", &now, NOW).unwrap();
    assert_eq!(lifted, withdrawn);
    let not = withdrawn
        .resume(&director, "fixed", &around(&lifted), NOW)
        .unwrap_err();
    assert_eq!(not.reason, Reason::State);
}
