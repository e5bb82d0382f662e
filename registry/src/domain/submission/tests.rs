use aim_gov::random::Random;

use super::*;
use crate::domain::StaffId;
use crate::domain::public_reason::PublicReason;
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::suspension::Grounds;

const NOW: Timestamp = Timestamp(1_760_000_000_000);
const MANIFEST: &str = r#"
name = "water-meter"
version = "1.0.0"
contact = "help@meter.example"
title = { az = "Su sayğacı" }
summary = { az = "Göstəricini göndərin." }
"#;

fn draft() -> Submission {
    Submission {
        id: SubmissionId("sub_1".to_owned()),
        organisation: OrganisationId("org_1".to_owned()),
        created_by: CitizenId("cit_1".to_owned()),
        created_at: NOW,
        manifest: Manifest::parse(MANIFEST).unwrap(),
        manifest_text: MANIFEST.to_owned(),
        digest: format!("sha256:{}", "a".repeat(64)),
        size_bytes: 100,
        state: State::Draft,
        revision: 0,
    }
}

fn staff(id: &str, role: StaffRole) -> Staff {
    Staff {
        id: StaffId(id.to_owned()),
        email: format!("{id}@aim.example"),
        name: id.to_owned(),
        role,
        organisation: None,
        active: true,
    }
}

fn yes(submission: &Submission) -> Approve {
    Approve {
        digest: submission.digest.clone(),
        evidence: submission.state.evidence().unwrap_or("none").to_owned(),
        limits: submission.manifest.limits.clone(),
        note: "fits the test plan".to_owned(),
    }
}

/// The staff, a verified publisher, and a name that is suspended where the submission is.
fn around(submission: &Submission) -> Circumstances {
    Circumstances {
        people: vec![
            staff("aysel", StaffRole::Officer),
            staff("rashad", StaffRole::Officer),
            staff("leyla", StaffRole::Officer),
            staff("nigar", StaffRole::Director),
        ],
        publisher_verified: true,
        name_suspended: matches!(submission.state, State::Suspended { .. }),
    }
}

/// The same, after one of the staff changed.
fn after_change(submission: &Submission, change: impl Fn(&mut Staff)) -> Circumstances {
    let mut around = around(submission);
    around.people.iter_mut().for_each(change);
    around
}

fn grounds() -> Grounds {
    Grounds {
        internal: "complaints".to_owned(),
        public: PublicReason::parse("It showed wrong amounts.").unwrap(),
    }
}

fn next(version: &str) -> Submission {
    let manifest = MANIFEST.replace("1.0.0", version);
    Submission {
        id: SubmissionId("sub_2".to_owned()),
        manifest: Manifest::parse(&manifest).unwrap(),
        ..draft()
    }
}

fn approve(submission: Submission, by: &Staff) -> Result<Submission, Refused> {
    let (yes, around) = (yes(&submission), around(&submission));
    submission.approve(by, yes, &around, NOW)
}

/// Applies an event the way the right person would.
fn apply(submission: Submission, event: Event) -> Result<Submission, Refused> {
    let officer = match &submission.state {
        State::FirstApproved { .. } => staff("rashad", StaffRole::Officer),
        _ => staff("aysel", StaffRole::Officer),
    };
    let director = staff("nigar", StaffRole::Director);
    let around = around(&submission);
    match event {
        Event::Receive => submission.receive(NOW),
        Event::Pass => submission.pass("report".to_owned()),
        Event::Fail => submission.fail("report".to_owned()),
        Event::Approve => approve(submission, &officer),
        Event::Reject => submission.reject(&officer, "unclear purpose", NOW),
        Event::Deploy => submission.deploy(&officer, &around, NOW),
        Event::Supersede => submission.supersede(&director, &next("1.1.0"), NOW),
        Event::Suspend => submission.suspend(&officer, &grounds(), NOW),
        Event::Resume => submission.resume(&director, "fixed", &around, NOW),
        Event::Withdraw => submission.withdraw(NOW),
    }
}

fn after(events: &[Event]) -> Submission {
    events
        .iter()
        .fold(draft(), |submission, event| apply(submission, *event).unwrap())
}

#[test]
fn what_every_event_does_in_every_state() {
    use Event::*;
    let states: [&[Event]; 11] = [
        &[],
        &[Receive],
        &[Receive, Fail],
        &[Receive, Pass],
        &[Receive, Pass, Approve],
        &[Receive, Pass, Approve, Approve],
        &[Receive, Pass, Approve, Approve, Deploy],
        &[Receive, Pass, Approve, Approve, Deploy, Supersede],
        &[Receive, Pass, Approve, Approve, Deploy, Suspend],
        &[Receive, Withdraw],
        &[Receive, Pass, Reject],
    ];
    let mut table = String::new();
    for history in states {
        let from = after(history);
        table.push_str(&format!("{}:", from.state.code()));
        for event in Event::ALL.iter().copied() {
            match apply(from.clone(), event) {
                Ok(to) => table.push_str(&format!(" {}→{}", event.code(), to.state.code())),
                Err(refused) => assert_eq!(refused.reason, Reason::State, "{refused}"),
            }
        }
        table.push('\n');
    }
    let expected = "\
draft: receive→vetting withdraw→withdrawn
vetting: pass→vetted fail→vetting-failed withdraw→withdrawn
vetting-failed:
vetted: approve→first-approved reject→rejected withdraw→withdrawn
first-approved: approve→approved reject→rejected withdraw→withdrawn
approved: reject→rejected deploy→deployed withdraw→withdrawn
deployed: supersede→superseded suspend→suspended withdraw→withdrawn
superseded:
suspended: resume→deployed withdraw→withdrawn
withdrawn:
rejected:
";
    assert_eq!(table, expected);
}

#[test]
fn the_second_yes_must_be_another_officers() {
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
fn nobody_decides_about_their_own_organisation() {
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
fn a_yes_holds_for_the_bytes_and_the_report_that_were_seen() {
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
fn the_narrower_limits_of_both_officers_apply() {
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
fn words_of_a_decision_hide_nothing() {
    for hidden in ["\u{200b}", "fine\u{202e}enif", "\u{3164}", "one\n\u{2028}two"] {
        assert_eq!(parse_grounds(hidden), Err(Reason::HiddenText), "{hidden:?}");
    }
    assert_eq!(parse_grounds(" \r\n\t "), Err(Reason::NoReason));
    let lines = "Oxundu:\r\n\thesabat, manifest.";
    assert_eq!(parse_grounds(lines).as_deref(), Ok(lines));
    let (vetted, officer) = (
        after(&[Event::Receive, Event::Pass]),
        staff("aysel", StaffRole::Officer),
    );
    let now = around(&vetted);
    let hidden = Approve {
        note: "\u{200b}".to_owned(),
        ..yes(&vetted)
    };
    let refused = vetted.clone().approve(&officer, hidden, &now, NOW).unwrap_err();
    assert_eq!(refused.reason, Reason::HiddenText);
    let refused = vetted.reject(&officer, "\u{200b}", NOW).unwrap_err();
    assert_eq!(refused.reason, Reason::HiddenText);
    let deployed = after(&TO_CITIZENS);
    let hidden = Grounds {
        internal: "\u{200b}".to_owned(),
        ..grounds()
    };
    let refused = deployed.suspend(&officer, &hidden, NOW).unwrap_err();
    assert_eq!(refused.reason, Reason::HiddenText);
}

#[test]
fn decisions_need_words() {
    let vetted = after(&[Event::Receive, Event::Pass]);
    let (officer, now) = (staff("aysel", StaffRole::Officer), around(&vetted));
    let silent = Approve {
        note: "  ".to_owned(),
        ..yes(&vetted)
    };
    assert_eq!(
        vetted
            .clone()
            .approve(&officer, silent, &now, NOW)
            .unwrap_err()
            .reason,
        Reason::NoReason
    );
    let deployed = after(&TO_CITIZENS);
    let silent = Grounds {
        internal: " ".to_owned(),
        ..grounds()
    };
    let refused = deployed.clone().suspend(&officer, &silent, NOW).unwrap_err();
    assert_eq!(refused.reason, Reason::NoReason);
    assert_eq!(
        vetted.reject(&officer, "", NOW).unwrap_err().reason,
        Reason::NoReason
    );
}

/// The first four eyes and the host.
const TO_CITIZENS: [Event; 5] = [
    Event::Receive,
    Event::Pass,
    Event::Approve,
    Event::Approve,
    Event::Deploy,
];

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
fn nothing_of_a_suspended_name_deploys() {
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

#[test]
fn only_a_newer_version_is_said_to_be_newer() {
    for (version, newer) in [
        ("1.0.1", true),
        ("0.9.0", false),
        ("1.0.0-rc.1", false),
        ("1.0.0+2", false),
    ] {
        let replaced = after(&TO_CITIZENS)
            .supersede(&staff("aysel", StaffRole::Officer), &next(version), NOW)
            .unwrap();
        assert!(
            matches!(&replaced.state, State::Superseded { newer: found, .. } if *found == newer),
            "{version}: {:?}",
            replaced.state
        );
    }
}

/// However often and in whatever order anybody does anything, what is deployed has two approvals of
/// two officers, neither tied to the publisher, for its bytes and its report.
#[test]
fn no_walk_reaches_citizens_without_two_officers() {
    const STEPS: usize = 100_000;
    let tied = OrganisationId("org_1".to_owned());
    let people = [
        staff("aysel", StaffRole::Officer),
        staff("rashad", StaffRole::Officer),
        Staff {
            organisation: Some(tied.clone()),
            ..staff("orkhan", StaffRole::Officer)
        },
        staff("nigar", StaffRole::Director),
        Staff {
            organisation: Some(tied),
            ..staff("kamran", StaffRole::Director)
        },
    ];
    let random = Random::seeded(60);
    let mut submission = draft();
    let mut deployed = 0;
    for step in 0..STEPS {
        let mut dice = [0; 4];
        random.fill(&mut dice);
        let who = &people[usize::from(dice[0]) % people.len()];
        let event = Event::ALL[usize::from(dice[1]) % Event::ALL.len()];
        let before = submission.clone();
        let stale = dice[2] < 64;
        let result = match event {
            Event::Approve => {
                let mut yes = yes(&submission);
                if stale && dice[3] < 128 {
                    yes.digest = "sha256:swapped".to_owned();
                } else if stale {
                    yes.evidence = "another report".to_owned();
                }
                let around = around(&submission);
                let result = submission.approve(who, yes, &around, NOW);
                assert!(!(stale && result.is_ok()), "step {step}");
                result
            }
            Event::Pass => submission.pass(format!("report {}", dice[3])),
            Event::Reject => submission.reject(who, "no", NOW),
            Event::Suspend => submission.suspend(who, &grounds(), NOW),
            Event::Resume => {
                let around = around(&submission);
                submission.resume(who, "go", &around, NOW)
            }
            Event::Supersede => submission.supersede(who, &next("1.1.0"), NOW),
            Event::Deploy => {
                let around = around(&submission);
                submission.deploy(who, &around, NOW)
            }
            // Rare, so that walks reach the far states.
            Event::Withdraw | Event::Fail if dice[2] > 8 => Ok(submission),
            event => apply(submission, event),
        };
        let decided = matches!(
            event,
            Event::Approve | Event::Reject | Event::Deploy | Event::Supersede | Event::Resume
        );
        if decided && result.is_ok() {
            assert_eq!(who.organisation, None, "step {step}: {}", event.code());
        }
        submission = result.unwrap_or(before);
        if let State::Deployed { live, .. } | State::Approved { live } = &submission.state {
            deployed += 1;
            let (first, second) = (&live.first, &live.second);
            assert_ne!(first.by, second.by, "step {step}");
            for approval in [first, second] {
                let by = people.iter().find(|person| person.id == approval.by).unwrap();
                assert_eq!(by.role, StaffRole::Officer);
                assert_ne!(by.organisation.as_ref(), Some(&submission.organisation));
                assert_eq!(approval.digest, submission.digest);
                assert_eq!(approval.evidence, live.evidence);
            }
        }
        if matches!(
            submission.state.code(),
            "vetting-failed" | "superseded" | "withdrawn" | "rejected"
        ) {
            submission = draft();
        }
    }
    assert!(deployed > 1_000, "the walk got there {deployed} times");
}

#[test]
fn states_of_before_the_grant_was_computed_are_read() {
    let approval = |by: &str, at: i64| {
        serde_json::json!({
            "by": by, "digest": "sha256:a", "evidence": "e", "note": "n", "at": at,
            "limits": draft().manifest.limits,
        })
    };
    let live = serde_json::json!({
        "evidence": "e", "first": approval("aysel", 1), "second": approval("rashad", 2),
        "grant": { "capabilities": [] },
    });
    let read = |state: serde_json::Value| serde_json::from_value::<State>(state).unwrap();
    let approved = read(serde_json::json!({ "state": "approved", "live": live }));
    assert_eq!(approved.live().unwrap().start, Timestamp(2));
    let suspended = serde_json::json!({
        "state": "suspended", "live": live, "by": "aysel", "reason": "complaints", "at": 3,
    });
    let State::Suspended {
        grounds,
        public_reason,
        ..
    } = read(suspended)
    else {
        panic!("not suspended");
    };
    assert_eq!((grounds.as_str(), public_reason), ("complaints", None));
    let superseded = read(serde_json::json!({ "state": "superseded", "by": "sub_2", "at": 3 }));
    let expected = State::Superseded {
        by: SubmissionId("sub_2".to_owned()),
        newer: false,
        at: Timestamp(3),
    };
    assert_eq!(superseded, expected);
}
