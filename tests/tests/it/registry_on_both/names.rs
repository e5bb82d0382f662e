//! Names of services: suspensions and lapses.

use aim_gov::clock::DAY_MS;
use aim_gov::db::{Conn, Db, DbError};
use aim_gov::invocation::ServiceId;
use aim_registry::domain::public_reason::PublicReason;
use aim_registry::domain::suspension::{Grounds, Suspension};
use aim_registry::domain::{OrganisationId, StaffId};
use aim_registry::store;
use aim_registry::store::service::Claim;
use futures::future::join_all;

use super::{NOW, organisation, submission, write};

/// A name has one suspension at a time, and a lifted one makes room for the next.
pub(super) async fn names_are_suspended_once(db: &Db) {
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
pub(super) async fn unused_names_lapse(db: &Db) {
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
