use aim_gov::random::Random;

use super::*;
use crate::domain::StaffId;
use crate::domain::staff::{Staff, StaffRole};

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

fn approve(submission: Submission, by: &Staff) -> Result<Submission, Refused> {
    let yes = yes(&submission);
    submission.approve(by, yes, NOW)
}

/// Applies an event the way the right person would.
fn apply(submission: Submission, event: Event) -> Result<Submission, Refused> {
    let officer = match &submission.state {
        State::FirstApproved { .. } => staff("rashad", StaffRole::Officer),
        _ => staff("aysel", StaffRole::Officer),
    };
    let director = staff("nigar", StaffRole::Director);
    match event {
        Event::Receive => submission.receive(NOW),
        Event::Pass => submission.pass("report".to_owned()),
        Event::Fail => submission.fail("report".to_owned()),
        Event::Approve => approve(submission, &officer),
        Event::Reject => submission.reject(&officer, "unclear purpose", NOW),
        Event::Deploy => submission.deploy(&officer, NOW),
        Event::Supersede => submission.supersede(&director, SubmissionId("sub_2".to_owned()), NOW),
        Event::Suspend => submission.suspend(&officer, "complaints", NOW),
        Event::Resume => submission.resume(&director, "fixed", NOW),
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
        for event in Event::ALL {
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
suspended: supersede→superseded resume→deployed withdraw→withdrawn
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
    assert_eq!(
        suspended
            .clone()
            .resume(&tied_director, "fine", NOW)
            .unwrap_err()
            .reason,
        Reason::ConflictOfInterest
    );
    // Nor by letting a new version take the suspended one's place.
    let newer = SubmissionId("sub_2".to_owned());
    assert_eq!(
        suspended
            .supersede(&tied_director, newer, NOW)
            .unwrap_err()
            .reason,
        Reason::ConflictOfInterest
    );
    let approved = after(&[Event::Receive, Event::Pass, Event::Approve, Event::Approve]);
    assert_eq!(
        approved.deploy(&tied_director, NOW).unwrap_err().reason,
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
    let officer = staff("aysel", StaffRole::Officer);
    assert_eq!(
        suspended
            .clone()
            .resume(&officer, "fine", NOW)
            .unwrap_err()
            .reason,
        Reason::Role
    );
    let newer = SubmissionId("sub_2".to_owned());
    assert_eq!(
        suspended.supersede(&officer, newer, NOW).unwrap_err().reason,
        Reason::Role
    );
}

#[test]
fn a_yes_holds_for_the_bytes_and_the_report_that_were_seen() {
    let vetted = after(&[Event::Receive, Event::Pass]);
    let officer = staff("aysel", StaffRole::Officer);
    let other_bytes = Approve {
        digest: "sha256:other".to_owned(),
        ..yes(&vetted)
    };
    assert_eq!(
        vetted
            .clone()
            .approve(&officer, other_bytes, NOW)
            .unwrap_err()
            .reason,
        Reason::StaleEvidence
    );
    let other_report = Approve {
        evidence: "other".to_owned(),
        ..yes(&vetted)
    };
    assert_eq!(
        vetted.approve(&officer, other_report, NOW).unwrap_err().reason,
        Reason::StaleEvidence
    );
}

#[test]
fn the_narrower_limits_of_both_officers_apply() {
    let vetted = after(&[Event::Receive, Event::Pass]);
    let mut wide = yes(&vetted);
    wide.limits.days = vetted.manifest.limits.days + 1;
    let officer = staff("aysel", StaffRole::Officer);
    let refused = vetted.clone().approve(&officer, wide, NOW).unwrap_err();
    assert_eq!(
        refused.reason,
        Reason::BeyondAsked(vec![crate::manifest::LimitField::Days])
    );
    let mut few_days = yes(&vetted);
    few_days.limits.days = 10;
    let first = vetted.approve(&officer, few_days, NOW).unwrap();
    let mut few_citizens = yes(&first);
    few_citizens.limits.citizens_max = 5;
    let both = first
        .approve(&staff("rashad", StaffRole::Officer), few_citizens, NOW)
        .unwrap();
    let boundary = &both.state.live().unwrap().grant.boundary;
    assert_eq!((boundary.ends_at, boundary.citizens_max), (NOW.plus_days(10), 5));
}

#[test]
fn decisions_need_words() {
    let vetted = after(&[Event::Receive, Event::Pass]);
    let officer = staff("aysel", StaffRole::Officer);
    let silent = Approve {
        note: "  ".to_owned(),
        ..yes(&vetted)
    };
    assert_eq!(
        vetted.clone().approve(&officer, silent, NOW).unwrap_err().reason,
        Reason::NoReason
    );
    assert_eq!(
        vetted.reject(&officer, "", NOW).unwrap_err().reason,
        Reason::NoReason
    );
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
                let result = submission.approve(who, yes, NOW);
                assert!(!(stale && result.is_ok()), "step {step}");
                result
            }
            Event::Pass => submission.pass(format!("report {}", dice[3])),
            Event::Reject => submission.reject(who, "no", NOW),
            Event::Suspend => submission.suspend(who, "stop", NOW),
            Event::Resume => submission.resume(who, "go", NOW),
            Event::Supersede => submission.supersede(who, SubmissionId("sub_2".to_owned()), NOW),
            Event::Deploy => submission.deploy(who, NOW),
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
