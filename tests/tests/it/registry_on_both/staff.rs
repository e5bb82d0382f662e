//! The staff: log-ins, events, proposals.

use aim_gov::clock::Timestamp;
use aim_gov::db::{Conn, Db, DbError};
use aim_registry::domain::proposal::{Proposal, ProposalKind};
use aim_registry::domain::staff::{Staff, StaffRole};
use aim_registry::domain::staff_event::StaffEvent;
use aim_registry::domain::{ProposalId, StaffId};
use aim_registry::store;
use aim_registry::store::staff::NewCredentials;
use futures::future::join_all;

use super::{NOW, organisation, write};

pub(super) async fn concurrent_password_attempts_are_counted(db: &Db) {
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

pub(super) async fn staff_events_are_kept(db: &Db) {
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
pub(super) async fn links_codes_and_proposals_are_spent_once(db: &Db) {
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
