//! Submissions: transitions and vetting.

use aim_gov::clock::DAY_MS;
use aim_gov::db::{Conn, Db, DbError};
use aim_gov::random::Random;
use aim_registry::domain::report::{Check, POLICY_VERSION, Report, Severity};
use aim_registry::store;
use aim_registry::store::decision::{self, Actor, Decision};
use aim_registry::vetting;
use futures::future::join_all;

use super::{NOW, organisation, submission, write};

pub(super) async fn concurrent_transition_has_one_winner(db: &Db) {
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

pub(super) async fn organisations_are_vetted_in_turn(db: &Db) {
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
