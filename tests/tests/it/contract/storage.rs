use aim_gov::audit;
use aim_gov::db::{Db, DbError};
use aim_gov::error::GovError;
use aim_tests::postgres::Postgres;
use sqlx::Connection as _;

use super::{PURPOSE, Rig, on_both};

/// What one engine stores and the other cannot is refused alike, and recorded alike.
#[tokio::test(flavor = "multi_thread")]
async fn unstorable_values_are_refused_and_recorded() {
    on_both(async |rig: Rig| {
        rig.agree().await;
        let strange = "\0";
        let find = rig.apis.consent.find(&rig.invocation, strange).await.unwrap_err();
        assert_eq!(find.code(), "purpose-not-approved", "on {:?}", rig.db.engine());
        let bills = rig
            .apis
            .payments
            .bills(&rig.invocation, "utilities", strange)
            .await;
        assert_eq!(bills.unwrap_err().code(), "purpose-not-approved");
        let release = rig.apis.consent.release(&rig.invocation, strange).await;
        assert_eq!(release, Err(GovError::NotFound));
        assert_eq!(
            rig.apis.consent.record(&rig.citizen, strange).await.unwrap(),
            None
        );
        let before = Some(strange);
        assert_eq!(
            rig.apis.consent.of_citizen(&rig.citizen, before).await.unwrap(),
            []
        );
        let log = audit::of_citizen(&rig.db, &rig.citizen, before, 10)
            .await
            .unwrap();
        assert_eq!(log, []);
        for (operation, decision) in [
            ("find", "purpose-not-approved"),
            ("bills", "purpose-not-approved"),
            ("release", "not-found"),
        ] {
            assert_eq!(rig.decisions(operation).await, [decision], "{operation}");
        }
        assert!(
            rig.apis
                .consent
                .find(&rig.invocation, PURPOSE)
                .await
                .unwrap()
                .is_some()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_waits_for_nothing_for_ever() {
    let server = Postgres::start().await.unwrap();
    let db = Db::open(&server.database().await.unwrap()).await.unwrap();
    let mut connection = db.reader().await.unwrap();
    for (setting, expected) in [
        ("SHOW lock_timeout", "10s"),
        ("SHOW statement_timeout", "30s"),
        ("SHOW idle_in_transaction_session_timeout", "30s"),
    ] {
        let found: String = sqlx::query_scalar(setting)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        assert_eq!(found, expected, "{setting}");
    }
}

/// In Azerbaijani `x` comes after `h` and `q` after `k`: ids would not sort by time.
#[tokio::test(flavor = "multi_thread")]
async fn database_that_sorts_by_the_rules_of_a_language_is_refused() {
    let server = Postgres::start().await.unwrap();
    let address = server.database().await.unwrap();
    let mut connection = sqlx::PgConnection::connect(&address).await.unwrap();
    for (name, locale, is_good) in [
        ("baku", "az", false),
        ("prague", "cs", false),
        ("london", "en", true),
    ] {
        let create =
            format!("CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE '{locale}'");
        sqlx::query(sqlx::AssertSqlSafe(create))
            .execute(&mut connection)
            .await
            .unwrap();
        let opened = Db::open(&server.address(name)).await;
        if is_good {
            opened.unwrap();
        } else {
            assert!(matches!(opened, Err(DbError::Collation)), "{name}: {opened:?}");
        }
    }
}
