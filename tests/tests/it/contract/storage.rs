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

/// Runs the migrations of these versions, as the files are.
async fn migrate(conn: &mut sqlx::AnyConnection, versions: std::ops::RangeInclusive<u32>) {
    let folder = aim_tests::paths::project().join("migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.ends_with(".sql") && versions.contains(&name.get(..4).unwrap().parse().unwrap())
        })
        .collect();
    files.sort();
    for file in files {
        let sql = std::fs::read_to_string(&file).unwrap();
        let run = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *conn).await;
        run.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}

/// The migration that makes the tables of consents anew.
const DEATHS: u32 = 50;

#[tokio::test(flavor = "multi_thread")]
async fn consents_of_before_deaths_stay_what_they_were() {
    sqlx::any::install_default_drivers();
    let folder = tempfile::tempdir().unwrap();
    let server = Postgres::start().await.unwrap();
    let file = folder.path().join("aim.db");
    let sqlite = format!("{}?mode=rwc", aim_gov::db::sqlite_address(&file));
    for address in [sqlite, server.database().await.unwrap()] {
        let mut conn = sqlx::AnyConnection::connect(&address).await.unwrap();
        migrate(&mut conn, 1..=DEATHS - 1).await;
        let before = "INSERT INTO consent_record (id, service, citizen, purpose, revision, agreement, terms, attributes, \
             fetch_type, state, decided_ms, expires_ms, first_read_ms, changed_ms, ended_by, signing) VALUES \
             ('cns_1', 's', 'c', 'p', 1, 'a', '{}', 'name', 'periodic', 'revoked', 1, 2, NULL, 3, 'left', 'sig_1'), \
             ('cns_2', 's', 'c', 'p', 2, 'a', '{}', 'name', 'one-time', 'active', 4, 9, 5, 5, NULL, NULL); \
             INSERT INTO consent_enrolment (service, citizen, enrolled_ms, terms, ended_ms, ended_by, sub) VALUES \
             ('s', 'c', 1, 'told', NULL, NULL, 'sub_1'), ('t', 'c', 2, '', 3, 'withdrawn', NULL)";
        sqlx::raw_sql(before).execute(&mut conn).await.unwrap();
        migrate(&mut conn, DEATHS..=DEATHS).await;
        type Row = (String, i64, String, Option<i64>, Option<String>, Option<String>);
        let query =
            "SELECT id, revision, state, first_read_ms, ended_by, signing FROM consent_record ORDER BY id";
        let records: Vec<Row> = sqlx::query_as(query).fetch_all(&mut conn).await.unwrap();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            records,
            [
                (
                    "cns_1".to_owned(),
                    1,
                    "revoked".to_owned(),
                    None,
                    text("left"),
                    text("sig_1")
                ),
                ("cns_2".to_owned(), 2, "active".to_owned(), Some(5), None, None),
            ]
        );
        type Enrolment = (String, i64, String, Option<i64>, Option<String>, Option<String>);
        let query = "SELECT service, enrolled_ms, terms, ended_ms, ended_by, sub FROM consent_enrolment ORDER BY service";
        let enrolments: Vec<Enrolment> = sqlx::query_as(query).fetch_all(&mut conn).await.unwrap();
        assert_eq!(
            enrolments,
            [
                ("s".to_owned(), 1, "told".to_owned(), None, None, text("sub_1")),
                ("t".to_owned(), 2, String::new(), Some(3), text("withdrawn"), None),
            ]
        );
        // One live consent for a purpose still, and one name at a service.
        let second = "INSERT INTO consent_record (id, service, citizen, purpose, revision, agreement, terms, attributes, \
             fetch_type, state, decided_ms, expires_ms, changed_ms) VALUES \
             ('cns_3', 's', 'c', 'p', 3, 'a', '{}', 'name', 'periodic', 'active', 1, 2, 1)";
        sqlx::raw_sql(second).execute(&mut conn).await.unwrap_err();
        let unknown = "UPDATE consent_enrolment SET ended_by = 'boredom', ended_ms = 5 WHERE service = 's'";
        sqlx::raw_sql(unknown).execute(&mut conn).await.unwrap_err();
    }
}
