//! Who may approve what.

use super::*;

#[test]
fn second_yes_must_be_another_officers() {
    let first = after(&[Event::Receive, Event::Pass, Event::Approve]);
    let again = approve(first.clone(), &staff("aysel", StaffRole::Officer)).unwrap_err();
    assert_eq!(again.reason, Reason::SameOfficer);
    assert_eq!(
        again.to_string(),
        "`approve` is refused in state `first-approved`: same-officer"
    );
    assert!(approve(first, &staff("rashad", StaffRole::Officer)).is_ok());
}

#[test]
fn officers_are_refused_for_their_own_organisation() {
    let tied = Staff {
        organisation: Some(OrganisationId("org_1".to_owned())),
        ..staff("orkhan", StaffRole::Officer)
    };
    let vetted = after(&[Event::Receive, Event::Pass]);
    assert_eq!(
        approve(vetted.clone(), &tied).unwrap_err().reason,
        Reason::ConflictOfInterest
    );
    assert_eq!(
        vetted.reject(&tied, "no", NOW).unwrap_err().reason,
        Reason::ConflictOfInterest
    );
    let tied_director = Staff {
        role: StaffRole::Director,
        ..tied
    };
    let suspended = after(&[
        Event::Receive,
        Event::Pass,
        Event::Approve,
        Event::Approve,
        Event::Deploy,
        Event::Suspend,
    ]);
    let now = around(&suspended);
    assert_eq!(
        suspended
            .resume(&tied_director, "fine", &now, NOW)
            .unwrap_err()
            .reason,
        Reason::ConflictOfInterest
    );
    // Nor by letting a new version take a running one's place.
    let deployed = after(&TO_CITIZENS);
    assert_eq!(
        deployed
            .supersede(&tied_director, &next("1.1.0"), NOW)
            .unwrap_err()
            .reason,
        Reason::ConflictOfInterest
    );
    let approved = after(&[Event::Receive, Event::Pass, Event::Approve, Event::Approve]);
    let now = around(&approved);
    assert_eq!(
        approved.deploy(&tied_director, &now, NOW).unwrap_err().reason,
        Reason::ConflictOfInterest
    );
}

#[test]
fn roles_are_kept_apart() {
    let vetted = after(&[Event::Receive, Event::Pass]);
    assert_eq!(
        approve(vetted, &staff("nigar", StaffRole::Director))
            .unwrap_err()
            .reason,
        Reason::Role
    );
    let suspended = after(&[
        Event::Receive,
        Event::Pass,
        Event::Approve,
        Event::Approve,
        Event::Deploy,
        Event::Suspend,
    ]);
    let (officer, now) = (staff("aysel", StaffRole::Officer), around(&suspended));
    assert_eq!(
        suspended.resume(&officer, "fine", &now, NOW).unwrap_err().reason,
        Reason::Role
    );
}

#[test]
fn yes_holds_for_the_bytes_and_the_report_that_were_seen() {
    let vetted = after(&[Event::Receive, Event::Pass]);
    let (officer, now) = (staff("aysel", StaffRole::Officer), around(&vetted));
    let other_bytes = Approve {
        digest: "sha256:other".to_owned(),
        ..yes(&vetted)
    };
    assert_eq!(
        vetted
            .clone()
            .approve(&officer, other_bytes, &now, NOW)
            .unwrap_err()
            .reason,
        Reason::StaleEvidence
    );
    let other_report = Approve {
        evidence: "other".to_owned(),
        ..yes(&vetted)
    };
    assert_eq!(
        vetted
            .approve(&officer, other_report, &now, NOW)
            .unwrap_err()
            .reason,
        Reason::StaleEvidence
    );
}

#[test]
fn narrower_limits_of_both_officers_apply() {
    let vetted = after(&[Event::Receive, Event::Pass]);
    let mut wide = yes(&vetted);
    wide.limits.days = vetted.manifest.limits.days + 1;
    let (officer, now) = (staff("aysel", StaffRole::Officer), around(&vetted));
    let refused = vetted.clone().approve(&officer, wide, &now, NOW).unwrap_err();
    assert_eq!(
        refused.reason,
        Reason::BeyondAsked(vec![crate::manifest::LimitField::Days])
    );
    let mut few_days = yes(&vetted);
    few_days.limits.days = 10;
    let first = vetted.approve(&officer, few_days, &now, NOW).unwrap();
    let mut few_citizens = yes(&first);
    few_citizens.limits.citizens_max = 5;
    let both = first
        .approve(&staff("rashad", StaffRole::Officer), few_citizens, &now, NOW)
        .unwrap();
    let boundary = both.grant().unwrap().boundary;
    assert_eq!((boundary.ends_at, boundary.citizens_max), (NOW.plus_days(10), 5));
}

#[test]
fn unverified_publisher_is_not_approved() {
    let vetted = after(&[Event::Receive, Event::Pass]);
    let now = Circumstances {
        publisher_verified: false,
        ..around(&vetted)
    };
    let refused = vetted
        .clone()
        .approve(&staff("aysel", StaffRole::Officer), yes(&vetted), &now, NOW)
        .unwrap_err();
    assert_eq!(refused.reason, Reason::PublisherUnverified);
}
