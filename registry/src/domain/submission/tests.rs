mod approvals;
mod lapses;
mod words;

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
fn submission_transitions_are_exactly_these() {
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

/// The first four eyes and the host.
const TO_CITIZENS: [Event; 5] = [
    Event::Receive,
    Event::Pass,
    Event::Approve,
    Event::Approve,
    Event::Deploy,
];

/// However often and in whatever order anybody does anything, what is deployed has two approvals of
/// two officers, neither tied to the publisher, for its bytes and its report.
#[test]
fn every_path_to_citizens_has_two_officers() {
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
