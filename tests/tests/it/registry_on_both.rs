//! The registry's store, on SQLite and on PostgreSQL.

mod logs;
mod names;
mod organisations;
mod staff;
mod submissions;

use crate::stage::manifest;
use aim_gov::clock::{DAY_MS, Timestamp};
use aim_gov::db::{Conn, Db, DbError, sqlite_address};
use aim_gov::invocation::CitizenId;
use aim_registry::domain::organisation::Organisation;
use aim_registry::domain::submission::{State, Submission};
use aim_registry::domain::{OrganisationId, SubmissionId};
use aim_registry::manifest::Manifest;
use aim_registry::store;
use aim_registry::store::organisation::Registered;
use aim_tests::postgres::Postgres;

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

use write;

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

#[tokio::test(flavor = "multi_thread")]
async fn registrys_store_keeps_its_promises_on_both_engines() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = sqlite_address(&folder.path().join("aim.db"));
    let postgres = Postgres::start().await.unwrap();
    for address in [sqlite, postgres.database().await.unwrap()] {
        let db = Db::open(&address).await.unwrap();
        organisations::citizen_speaks_for_one_organisation(&db).await;
        organisations::concurrent_tokens_stay_within_the_limit(&db).await;
        organisations::valid_tokens_have_unique_labels(&db).await;
        staff::concurrent_password_attempts_are_counted(&db).await;
        submissions::organisations_are_vetted_in_turn(&db).await;
        submissions::concurrent_transition_has_one_winner(&db).await;
        logs::logs_keep_their_order_and_their_bounds(&db).await;
        staff::staff_events_are_kept(&db).await;
        staff::links_codes_and_proposals_are_spent_once(&db).await;
        names::names_are_suspended_once(&db).await;
        names::unused_names_lapse(&db).await;
        organisations::organisations_are_verified_once(&db).await;
    }
}
