//! What the registry's store promises, on SQLite and on PostgreSQL.

use std::sync::Arc;

use aim_gov::clock::{DAY_MS, Timestamp};
use aim_gov::db::{Conn, Db, DbError, sqlite_address};
use aim_gov::invocation::{CitizenId, ServiceId};
use aim_gov::random::Random;
use aim_registry::domain::organisation::Organisation;
use aim_registry::domain::proposal::{Proposal, ProposalKind};
use aim_registry::domain::public_reason::PublicReason;
use aim_registry::domain::report::{Check, POLICY_VERSION, Report, Severity};
use aim_registry::domain::staff::{Staff, StaffRole};
use aim_registry::domain::staff_event::StaffEvent;
use aim_registry::domain::submission::{State, Submission};
use aim_registry::domain::suspension::{Grounds, Suspension};
use aim_registry::domain::token::{ApiToken, LastUse, TOKENS_MAX};
use aim_registry::domain::{OrganisationId, ProposalId, StaffId, SubmissionId, TokenId};
use aim_registry::manifest::Manifest;
use aim_registry::store;
use aim_registry::store::decision::{self, Actor, Decision};
use aim_registry::store::organisation::Registered;
use aim_registry::store::service::Claim;
use aim_registry::store::staff::NewCredentials;
use aim_registry::store::token::Created;
use aim_registry::vetting;
use aim_runtime::{Asked, Level, LogLine, Source};
use aim_tests::postgres::Postgres;
use futures::future::join_all;

use crate::stage::manifest;

const NOW: Timestamp = Timestamp(1_795_000_000_000);

/// Runs a store's function in a transaction.
macro_rules! write {
    ($db:expr, |$tx:ident| $job:expr) => {
        async move {
            let mut transaction = $db.begin().await?;
            let $tx: &mut Conn = &mut transaction;
            let done: Result<_, DbError> = $job.await;
            let value = done?;
            transaction.commit().await?;
            Ok::<_, DbError>(value)
        }
    };
}

async fn organisation(db: &Db, number: u32) -> OrganisationId {
    let organisation = Organisation {
        id: OrganisationId(format!("org_{number}")),
        name: "Xəzər MMC".to_owned(),
        tax_id: format!("{:010}", 1_400_000_000 + number),
        created_at: NOW,
    };
    let (id, citizen) = (organisation.id.clone(), CitizenId(format!("cit_{number}")));
    let registered: Result<_, DbError> = write!(db, |tx| store::organisation::register(
        tx,
        &organisation,
        &citizen
    ))
    .await;
    assert_eq!(registered.unwrap(), Registered::Yes);
    id
}

async fn submission(db: &Db, of: &OrganisationId, service: &str, version: &str, at: Timestamp) -> Submission {
    let text = manifest(service, version, "[]");
    let draft = Submission {
        id: SubmissionId(format!("sub_{service}_{version}")),
        organisation: of.clone(),
        created_by: CitizenId("cit_1".to_owned()),
        created_at: at,
        manifest: Manifest::parse(&text).unwrap(),
        manifest_text: text,
        digest: format!("sha256:{}", "a".repeat(64)),
        size_bytes: 8,
        state: State::Draft,
        revision: 0,
    };
    let (kept, owner) = (draft.clone(), of.clone());
    let inserted: Result<_, DbError> = write!(db, |tx| async {
        store::service::claim(tx, kept.service(), &owner, at, at.plus_ms(-DAY_MS)).await?;
        let inserted = store::submission::insert(tx, &kept).await?;
        let vetting = Submission {
            state: State::Vetting { since: at },
            ..kept
        };
        store::submission::save_state(tx, &vetting, at).await?;
        Ok(inserted)
    })
    .await;
    assert!(inserted.unwrap());
    let mut reader = db.reader().await.unwrap();
    store::submission::get(&mut reader, &draft.id)
        .await
        .unwrap()
        .unwrap()
}

fn said(number: u32, at: Timestamp) -> LogLine {
    LogLine {
        at,
        request: Arc::new(Asked::new(
            format!("req_{number}"),
            "1.0.0".to_owned(),
            "GET /tariffs",
            number.is_multiple_of(2),
        )),
        level: Level::ALL[usize::try_from(number).unwrap() % Level::ALL.len()],
        source: Source::ALL[usize::try_from(number).unwrap() % Source::ALL.len()],
        context: "tariffs".to_owned(),
        message: format!("Traceback:\n\tline {number} 'Xəzər'"),
    }
}

async fn newest_lines(db: &Db, service: &ServiceId, limit: u32) -> Vec<LogLine> {
    let mut reader = db.reader().await.unwrap();
    store::log::newest(&mut reader, service, limit).await.unwrap()
}

/// What was written comes back in its order, and each service has its own bytes; the oldest lines go.
async fn logs_keep_their_order_and_their_bounds(db: &Db) {
    const BYTES_MAX: i64 = 4_096;
    let owner = organisation(db, 70).await;
    let mut services = Vec::new();
    for name in ["log-loud", "log-quiet"] {
        services.push(submission(db, &owner, name, "1.0.0", NOW).await.service().clone());
    }
    let [loud, quiet] = &services[..] else {
        unreachable!("two were made")
    };
    let append = |service: &ServiceId, lines: Vec<LogLine>| {
        let service = service.clone();
        write!(db, |tx| store::log::append(tx, &service, &lines, BYTES_MAX))
    };
    let one_day = NOW.plus_ms(DAY_MS);
    let few: Vec<_> = (0..3).map(|number| said(number, NOW)).collect();
    let kept: Result<(), DbError> = append(quiet, few.clone()).await;
    kept.unwrap();
    assert_eq!(newest_lines(db, quiet, 10).await, few);
    assert_eq!(newest_lines(db, quiet, 2).await, few[1..]);
    for batch in 0..20 {
        let lines = (batch * 10..batch * 10 + 10)
            .map(|number| said(number, one_day))
            .collect();
        let kept: Result<(), DbError> = append(loud, lines).await;
        kept.unwrap();
    }
    let lines = newest_lines(db, loud, 1_000).await;
    assert!(
        (10..40).contains(&lines.len()),
        "{} lines in {BYTES_MAX} bytes",
        lines.len()
    );
    let oldest = 200 - u32::try_from(lines.len()).unwrap();
    assert_eq!(
        lines,
        (oldest..200)
            .map(|number| said(number, one_day))
            .collect::<Vec<_>>()
    );
    assert_eq!(newest_lines(db, quiet, 10).await, few);

    let expired: Result<(), DbError> = write!(db, |tx| store::log::expire(tx, one_day)).await;
    expired.unwrap();
    assert_eq!(newest_lines(db, quiet, 10).await, []);
    assert_eq!(newest_lines(db, loud, 1_000).await, lines);
}

/// A citizen who asks twice at once has one organisation.
async fn citizen_speaks_for_one_organisation(db: &Db) {
    let citizen = CitizenId("cit_busy".to_owned());
    let asked = join_all((0..8_u32).map(|number| {
        let organisation = Organisation {
            id: OrganisationId(format!("org_busy_{number}")),
            name: "Kür MMC".to_owned(),
            tax_id: format!("{:010}", 1_500_000_000 + number),
            created_at: NOW,
        };
        let citizen = citizen.clone();
        write!(db, |tx| async {
            match store::organisation::register(tx, &organisation, &citizen).await? {
                Registered::Yes => Ok(()),
                // An error rolls the organisation back.
                _ => Err(DbError::Closed),
            }
        })
    }))
    .await;
    assert_eq!(asked.iter().filter(|asked| asked.is_ok()).count(), 1);
    let mut reader = db.reader().await.unwrap();
    let all = store::organisation::of_citizen(&mut reader, &citizen)
        .await
        .unwrap();
    assert_eq!(all.len(), 1);
    let kept: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM organisation WHERE id LIKE 'org_busy_%'")
        .fetch_one(&mut *reader)
        .await
        .unwrap();
    assert_eq!(kept, 1);
}

async fn tokens_that_are_made_at_once_do_not_pass_the_limit(db: &Db) {
    let of = organisation(db, 2).await;
    let made = join_all((0..TOKENS_MAX + 10).map(|number| {
        let token = ApiToken {
            id: TokenId(format!("tok_{number}")),
            organisation: of.clone(),
            label: format!("laptop {number}"),
            created_by: CitizenId("cit_2".to_owned()),
            created_by_name: "Elçin".to_owned(),
            created_at: NOW,
            expires_at: NOW.plus_days(1),
            revoked_at: None,
            last_used: None,
        };
        let secret = format!("aim_{number}");
        write!(db, |tx| store::token::create(tx, &token, &secret))
    }))
    .await;
    let made: Result<Vec<Created>, DbError> = made.into_iter().collect();
    let made = made.unwrap();
    assert_eq!(
        made.iter().filter(|made| **made == Created::Yes).count(),
        TOKENS_MAX
    );
    assert!(made.iter().all(|made| *made != Created::LabelTaken));
}

/// Of two valid tokens that are given one label at once, one is made; a use is noted.
async fn valid_tokens_have_labels_of_their_own(db: &Db) {
    let of = organisation(db, 7).await;
    let made = join_all((0..4).map(|number| {
        let token = ApiToken {
            id: TokenId(format!("tok_same_{number}")),
            organisation: of.clone(),
            label: "laptop".to_owned(),
            created_by: CitizenId("cit_7".to_owned()),
            created_by_name: "Elçin".to_owned(),
            created_at: NOW,
            expires_at: NOW.plus_days(1),
            revoked_at: None,
            last_used: None,
        };
        let secret = format!("aim_same_{number}");
        write!(db, |tx| store::token::create(tx, &token, &secret))
    }))
    .await;
    let made: Result<Vec<Created>, DbError> = made.into_iter().collect();
    let made = made.unwrap();
    assert_eq!(made.iter().filter(|made| **made == Created::Yes).count(), 1);
    assert_eq!(
        made.iter().filter(|made| **made == Created::LabelTaken).count(),
        3
    );
    let list = |db: Db, of: OrganisationId| async move {
        let mut reader = db.reader().await.unwrap();
        store::token::of_organisation(&mut reader, &of).await.unwrap()
    };
    let token = list(db.clone(), of.clone()).await.remove(0);
    assert_eq!(token.last_used, None);
    let last = LastUse {
        at: NOW.plus_ms(1),
        from: "192.0.2.0/24".to_owned(),
    };
    let (id, noted) = (token.id, last.clone());
    let used: Result<(), DbError> = write!(db, |tx| store::token::used(tx, &id, &noted)).await;
    used.unwrap();
    assert_eq!(list(db.clone(), of).await.remove(0).last_used, Some(last));
}

async fn passwords_that_are_tried_at_once_are_counted(db: &Db) {
    const MAX: i64 = 5;
    let id = "c".repeat(64);
    let attempt = |now: Timestamp| {
        let id = id.clone();
        write!(db, |tx| store::staff::attempt(
            tx,
            &id,
            now,
            now.plus_ms(1_000),
            MAX
        ))
    };
    let tried = join_all((0..20).map(|_| attempt(NOW))).await;
    let tried: Result<Vec<Option<Timestamp>>, DbError> = tried.into_iter().collect();
    let tried = tried.unwrap();
    assert_eq!(tried.iter().filter(|locked| locked.is_none()).count(), 5);
    assert!(tried.iter().flatten().all(|until| *until == NOW.plus_ms(1_000)));
    let later: Result<_, DbError> = attempt(NOW.plus_ms(1_000)).await;
    assert_eq!(later.unwrap(), None);
}

async fn concurrent_transition_has_one_winner(db: &Db) {
    let of = organisation(db, 3).await;
    let known = submission(db, &of, "water-meter", "1.0.0", NOW).await;
    let withdrawn = known.clone().withdraw(NOW).unwrap();
    let failed = known.clone().fail("0".repeat(64)).unwrap();
    let moved = join_all(
        [withdrawn, failed].map(|moved| write!(db, |tx| store::submission::save_state(tx, &moved, NOW))),
    )
    .await;
    let moved: Result<Vec<bool>, DbError> = moved.into_iter().collect();
    assert_eq!(moved.unwrap().into_iter().filter(|moved| *moved).count(), 1);
}

async fn organisations_are_vetted_in_turn(db: &Db) {
    let (busy, patient) = (organisation(db, 4).await, organisation(db, 5).await);
    let first = submission(db, &busy, "bus-stop", "1.0.0", NOW).await;
    let second = submission(db, &busy, "bus-stop", "1.0.1", NOW.plus_ms(1)).await;
    let other = submission(db, &patient, "tea-house", "1.0.0", NOW.plus_ms(2)).await;
    let mut order = Vec::new();
    for step in 3..6 {
        let now = NOW.plus_ms(step);
        let waiting = {
            let mut reader = db.reader().await.unwrap();
            store::submission::waiting(&mut reader).await.unwrap()
        };
        let next = vetting::in_order(&waiting, &[], now)[0];
        assert_eq!(next.crashes, 0);
        let id = next.id.clone();
        let known = {
            let mut reader = db.reader().await.unwrap();
            store::submission::get(&mut reader, &id).await.unwrap().unwrap()
        };
        order.push(id.clone());
        let report = Report {
            digest: known.digest.clone(),
            manifest_sha256: known.manifest_sha256(),
            kept_manifest_sha256: Some(known.kept_manifest_sha256()),
            policy: POLICY_VERSION.to_owned(),
            tools: Default::default(),
            at: now,
            capabilities: Default::default(),
            imports: Vec::new(),
            exports: Vec::new(),
            size_bytes: known.size_bytes,
            checks: vec![Check::passed("valid-component", Severity::Block, Vec::new())],
        };
        let passed: Result<(), DbError> = write!(db, |tx| async {
            store::submission::begin_vetting(tx, &known.id, now.plus_ms(60_000)).await?;
            let evidence = store::report::insert(tx, &known.id, &report, now).await?;
            let id = known.id.clone();
            let passed = known.pass(evidence).map_err(|_| DbError::Closed)?;
            store::submission::save_state(tx, &passed, now).await?;
            let entry = Decision {
                at: now,
                actor: Actor::platform(),
                event: "pass".to_owned(),
                outcome: decision::ALLOWED.to_owned(),
                state_before: "vetting".to_owned(),
                state_after: "vetted".to_owned(),
                digest: passed.digest.clone(),
                evidence: None,
                reason: String::new(),
                limits: None,
            };
            decision::append(tx, &Random::seeded(1), &id, &entry).await
        })
        .await;
        passed.unwrap();
    }
    assert_eq!(order, [first.id.clone(), other.id, second.id]);
    let mut reader = db.reader().await.unwrap();
    let log = decision::of_submission(&mut reader, &first.id).await.unwrap();
    assert_eq!(log.len(), 1);
    let stored = store::report::latest(&mut reader, &first.id).await.unwrap();
    assert_eq!(stored.unwrap().report.digest, first.digest);
    assert_eq!(store::submission::queue(&mut reader, 0).await.unwrap().len(), 3);
    assert_eq!(store::submission::queue(&mut reader, 1).await.unwrap(), []);
    assert_eq!(store::submission::live(&mut reader).await.unwrap(), []);
    let counts = store::submission::counts(&mut reader, &busy, NOW.plus_ms(-DAY_MS))
        .await
        .unwrap();
    assert_eq!((counts.undecided, counts.recent, counts.names), (2, 2, 1));
    assert_eq!(
        store::submission::digests_needed(&mut reader)
            .await
            .unwrap()
            .len(),
        1
    );
}

async fn what_happens_to_the_staff_is_kept(db: &Db) {
    let of = organisation(db, 6).await;
    let person = |id: &str| Staff {
        id: StaffId(format!("stf_{id}")),
        email: format!("{id}@aim.example"),
        name: id.to_owned(),
        role: StaffRole::Director,
        organisation: None,
        active: true,
    };
    let (nigar, aysel) = (person("nigar"), person("aysel"));
    let tied = Staff {
        organisation: Some(of),
        active: false,
        ..aysel.clone()
    };
    let kept = tied.clone();
    let changed: Result<bool, DbError> = write!(db, |tx| async {
        store::staff::add(tx, &nigar, "hash").await?;
        store::staff::add(tx, &aysel, "hash").await?;
        store::staff::append_event(tx, "sev_1", NOW, &nigar.name, StaffEvent::Narrowed, &kept).await?;
        store::staff::update(tx, &kept).await
    })
    .await;
    assert!(changed.unwrap());
    let mut reader = db.reader().await.unwrap();
    assert_eq!(
        store::staff::get(&mut reader, &tied.id).await.unwrap(),
        Some(tied.clone())
    );
    assert_eq!(store::staff::all(&mut reader).await.unwrap().last(), Some(&tied));
    let events = store::staff::events(&mut reader).await.unwrap();
    let event = events.first().unwrap();
    assert_eq!((event.by.as_str(), event.person.as_str()), ("nigar", "aysel"));
    assert_eq!(event.organisation.as_deref(), Some("Xəzər MMC"));
    assert_eq!(event.what, StaffEvent::Narrowed);
}

/// A link is used once, a code is spent once, and what waits counts once, however many ask at once.
async fn what_counts_once_counts_once(db: &Db) {
    let nigar = StaffId("stf_nigar".to_owned());
    let proposal = Proposal {
        id: ProposalId("prp_1".to_owned()),
        created_at: NOW,
        by: nigar.clone(),
        by_name: "nigar".to_owned(),
        kind: ProposalKind::Invite,
        person: StaffId("stf_leyla".to_owned()),
        email: "leyla@aim.example".to_owned(),
        name: "leyla".to_owned(),
        role: StaffRole::Officer,
        organisation: None,
        active: true,
        due_at: NOW.plus_ms(10),
        link_ends_at: Some(NOW.plus_ms(20)),
        accepted_at: None,
    };
    let kept = proposal.clone();
    let inserted: Result<bool, DbError> =
        write!(db, |tx| store::staff_proposal::insert(tx, &kept, Some("link"))).await;
    assert!(inserted.unwrap());
    let other = Proposal {
        id: ProposalId("prp_2".to_owned()),
        ..proposal.clone()
    };
    let inserted: Result<bool, DbError> =
        write!(db, |tx| store::staff_proposal::insert(tx, &other, Some("other"))).await;
    assert!(!inserted.unwrap());
    let accept = |at: Timestamp| {
        let id = proposal.id.clone();
        write!(db, |tx| async {
            let new = NewCredentials {
                password_hash: "hash".to_owned(),
                totp_secret: "SECRET".to_owned(),
                totp_step: 5,
                recovery_codes: vec!["code".to_owned()],
            };
            store::staff_proposal::accept(tx, &id, at, &new).await
        })
    };
    let late: Result<bool, DbError> = accept(NOW.plus_ms(20)).await;
    assert!(!late.unwrap());
    let accepted: Result<Vec<bool>, DbError> =
        join_all((0..4).map(|_| accept(NOW))).await.into_iter().collect();
    assert_eq!(accepted.unwrap().into_iter().filter(|done| *done).count(), 1);
    let due = |at: Timestamp| async move {
        let mut reader = db.reader().await.unwrap();
        store::staff_proposal::due(&mut reader, at).await.unwrap()
    };
    assert_eq!(due(NOW.plus_ms(9)).await, []);
    let ready = due(NOW.plus_ms(10)).await.remove(0);
    let carried = join_all((0..4).map(|_| {
        let ready = ready.clone();
        write!(db, |tx| store::staff_proposal::carry_out(tx, &ready))
    }))
    .await;
    let carried: Result<Vec<bool>, DbError> = carried.into_iter().collect();
    assert_eq!(carried.unwrap().into_iter().filter(|done| *done).count(), 1);
    let leyla = proposal.person.clone();
    let spend = |step: i64| {
        let leyla = leyla.clone();
        write!(db, |tx| store::staff::spend_step(tx, &leyla, step))
    };
    // The code that was shown at the acceptance is spent.
    let spent: Result<Vec<bool>, DbError> = join_all([5, 6, 6, 4].map(spend)).await.into_iter().collect();
    assert_eq!(spent.unwrap().into_iter().filter(|done| *done).count(), 1);
    let recover = || {
        let leyla = leyla.clone();
        write!(db, |tx| store::staff::spend_recovery_code(tx, &leyla, "code"))
    };
    let spent: Result<Vec<bool>, DbError> = join_all((0..3).map(|_| recover())).await.into_iter().collect();
    assert_eq!(spent.unwrap().into_iter().filter(|done| *done).count(), 1);
}

/// A name has one suspension at a time, and a lifted one makes room for the next.
async fn names_are_suspended_once(db: &Db) {
    let of = organisation(db, 8).await;
    submission(db, &of, "ferry-times", "1.0.0", NOW).await;
    let name = ServiceId("ferry-times".to_owned());
    let nigar = StaffId("stf_nigar".to_owned());
    let begin = |number: u32| {
        let suspension = Suspension {
            id: format!("sus_{number}"),
            service: name.clone(),
            at: NOW,
            by: nigar.clone(),
            grounds: Grounds {
                internal: "complaints".to_owned(),
                public: PublicReason::parse("It showed wrong amounts.").unwrap(),
            },
        };
        write!(db, |tx| async {
            // As every decision about a name does.
            store::service::lock(tx, &suspension.service).await?;
            if store::suspension::of_service(tx, &suspension.service)
                .await?
                .is_some()
            {
                return Ok(false);
            }
            store::suspension::begin(tx, &suspension).await?;
            Ok::<_, DbError>(true)
        })
    };
    let begun: Result<Vec<bool>, DbError> = join_all((0..4).map(begin)).await.into_iter().collect();
    assert_eq!(begun.unwrap().into_iter().filter(|begun| *begun).count(), 1);
    let lift = || {
        let (name, nigar) = (name.clone(), nigar.clone());
        write!(db, |tx| store::suspension::lift(
            tx,
            &name,
            NOW.plus_ms(1),
            &nigar
        ))
    };
    let lifted: Result<Vec<bool>, DbError> = join_all((0..2).map(|_| lift())).await.into_iter().collect();
    assert_eq!(lifted.unwrap().into_iter().filter(|lifted| *lifted).count(), 1);
    assert!(begin(9).await.unwrap());
    let mut reader = db.reader().await.unwrap();
    let all = store::suspension::all(&mut reader).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(
        store::suspension::of_service(&mut reader, &name).await.unwrap(),
        all.into_iter().next()
    );
}

/// A name that nothing was deployed under lapses; one that citizens used does not.
async fn unused_names_lapse(db: &Db) {
    let (old, new) = (organisation(db, 9).await, organisation(db, 10).await);
    let later = NOW.plus_days(100);
    let claim = |name: &str, of: &OrganisationId| {
        let (name, of) = (ServiceId(name.to_owned()), of.clone());
        write!(db, |tx| store::service::claim(
            tx,
            &name,
            &of,
            later,
            later.plus_ms(-DAY_MS)
        ))
    };
    for (name, deployed, end) in [
        ("unused-name", false, true),
        ("used-name", true, true),
        ("waiting-name", false, false),
    ] {
        let known = submission(db, &old, name, "1.0.0", NOW).await;
        let changed: Result<(), DbError> = write!(db, |tx| async {
            if deployed {
                store::service::deployed(tx, known.service(), NOW).await?;
            }
            if end {
                let ended = known.withdraw(NOW).map_err(|_| DbError::Closed)?;
                store::submission::save_state(tx, &ended, NOW).await?;
            }
            Ok(())
        })
        .await;
        changed.unwrap();
    }
    for (name, expected) in [
        ("unused-name", Claim::Lapsed),
        ("unused-name", Claim::Ours),
        ("used-name", Claim::Taken),
        ("waiting-name", Claim::Taken),
    ] {
        let claimed: Result<Claim, DbError> = claim(name, &new).await;
        assert_eq!(claimed.unwrap(), expected, "{name}");
    }
    let back: Result<Claim, DbError> = claim("unused-name", &old).await;
    assert_eq!(back.unwrap(), Claim::Taken);
    let mut reader = db.reader().await.unwrap();
    let versions = store::submission::versions(&mut reader, &ServiceId("used-name".to_owned())).await;
    assert_eq!(versions.unwrap()[0].state, "withdrawn");
}

async fn organisations_are_verified_once(db: &Db) {
    let of = organisation(db, 11).await;
    let nigar = StaffId("stf_nigar".to_owned());
    let verify = || {
        let (of, nigar) = (of.clone(), nigar.clone());
        write!(db, |tx| store::verification::insert(
            tx, &of, NOW, &nigar, "extract"
        ))
    };
    let kept: Result<Vec<bool>, DbError> = join_all((0..3).map(|_| verify())).await.into_iter().collect();
    assert_eq!(kept.unwrap().into_iter().filter(|kept| *kept).count(), 1);
    let mut reader = db.reader().await.unwrap();
    let known = store::verification::of(&mut reader, &of).await.unwrap().unwrap();
    assert_eq!((known.by.as_str(), known.evidence.as_str()), ("nigar", "extract"));
}

#[tokio::test(flavor = "multi_thread")]
async fn registrys_store_keeps_its_promises_on_both_engines() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = sqlite_address(&folder.path().join("aim.db"));
    let postgres = Postgres::start().await.unwrap();
    for address in [sqlite, postgres.database().await.unwrap()] {
        let db = Db::open(&address).await.unwrap();
        citizen_speaks_for_one_organisation(&db).await;
        tokens_that_are_made_at_once_do_not_pass_the_limit(&db).await;
        valid_tokens_have_labels_of_their_own(&db).await;
        passwords_that_are_tried_at_once_are_counted(&db).await;
        organisations_are_vetted_in_turn(&db).await;
        concurrent_transition_has_one_winner(&db).await;
        logs_keep_their_order_and_their_bounds(&db).await;
        what_happens_to_the_staff_is_kept(&db).await;
        what_counts_once_counts_once(&db).await;
        names_are_suspended_once(&db).await;
        unused_names_lapse(&db).await;
        organisations_are_verified_once(&db).await;
    }
}
