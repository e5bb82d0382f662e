//! Organisations and their tokens.

use aim_gov::db::{Conn, Db, DbError};
use aim_gov::invocation::CitizenId;
use aim_registry::domain::organisation::Organisation;
use aim_registry::domain::token::{ApiToken, LastUse, TOKENS_MAX};
use aim_registry::domain::{OrganisationId, StaffId, TokenId};
use aim_registry::store;
use aim_registry::store::organisation::Registered;
use aim_registry::store::token::Created;
use futures::future::join_all;

use super::{NOW, organisation, write};

/// A citizen who asks twice at once has one organisation.
pub(super) async fn citizen_speaks_for_one_organisation(db: &Db) {
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

pub(super) async fn concurrent_tokens_stay_within_the_limit(db: &Db) {
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
pub(super) async fn valid_tokens_have_unique_labels(db: &Db) {
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

pub(super) async fn organisations_are_verified_once(db: &Db) {
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
