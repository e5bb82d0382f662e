use futures::FutureExt as _;
use sqlx::migrate::Migrator;
use sqlx::{AnyPool, Executor as _};

use super::migrations::migrations;
use super::*;
use crate::invocation::{Acr, CitizenId};

async fn scratch() -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&sqlite_address(&dir.path().join("aim.db")))
        .await
        .unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.execute("CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY, v BIGINT NOT NULL)")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (dir, db)
}

async fn insert(tx: &mut Conn, key: &str, value: i64) -> Result<(), DbError> {
    sqlx::query("INSERT INTO t (k, v) VALUES ($1, $2)")
        .bind(key)
        .bind(value)
        .execute(tx)
        .await?;
    Ok(())
}

async fn put(db: &Db, key: &str, value: i64) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    insert(&mut tx, key, value).await?;
    tx.commit().await
}

async fn count(db: &Db) -> i64 {
    let mut reader = db.reader().await.unwrap();
    sqlx::query_scalar("SELECT COUNT(*) FROM t")
        .fetch_one(&mut *reader)
        .await
        .unwrap()
}

#[tokio::test]
async fn failed_change_undoes_nothing_of_its_group() {
    let (_dir, db) = scratch().await;
    put(&db, "taken", 1).await.unwrap();
    let jobs = (0..300).map(|n| {
        let db = db.clone();
        // Every third key exists already and fails; the others share its group and stay.
        async move {
            let key = if n % 3 == 0 {
                "taken".to_owned()
            } else {
                format!("k{n}")
            };
            put(&db, &key, n).await
        }
    });
    let results = futures::future::join_all(jobs).await;
    let failed = results.iter().filter(|result| result.is_err()).count();
    assert_eq!(failed, 100);
    assert!(
        results
            .iter()
            .flat_map(|result| result.as_ref().err())
            .all(DbError::is_unique_violation)
    );
    assert_eq!(count(&db).await, 201);
}

#[tokio::test]
async fn dropped_change_is_rolled_back_and_the_writer_goes_on() {
    let (_dir, db) = scratch().await;
    let mut tx = db.begin().await.unwrap();
    insert(&mut tx, "dropped", 1).await.unwrap();
    drop(tx);
    let panicking = tokio::spawn({
        let db = db.clone();
        async move {
            let mut tx = db.begin().await.unwrap();
            insert(&mut tx, "panicked", 2).await.unwrap();
            panic!("a defect in a change")
        }
    });
    assert!(panicking.await.unwrap_err().is_panic());
    let mut cut_off = db.begin().await.unwrap();
    // Dropped in the middle of its statement, unless the database is faster.
    let _ = insert(&mut cut_off, "cut off", 3).now_or_never();
    drop(cut_off);
    put(&db, "kept", 4).await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn abandoned_wait_leaves_the_writer_free() {
    let (_dir, db) = scratch().await;
    let first = db.begin().await.unwrap();
    for _ in 0..10 {
        assert!(db.begin().now_or_never().is_none(), "somebody has the writer");
    }
    drop(first);
    put(&db, "kept", 1).await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn change_that_waits_too_long_is_refused() {
    let (_dir, mut db) = scratch().await;
    let held = db.begin().await.unwrap();
    db.writer.as_mut().unwrap().wait = Duration::ZERO;
    let refused = db.begin().await;
    db.writer.as_mut().unwrap().wait = LOCK_WAIT;
    assert!(matches!(refused, Err(DbError::Busy)), "{refused:?}");
    held.commit().await.unwrap();
    put(&db, "kept", 1).await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn reader_cannot_write_and_keeps_its_promise_of_full_synchronisation() {
    let (_dir, db) = scratch().await;
    let mut reader = db.reader().await.unwrap();
    assert!(
        sqlx::query("INSERT INTO t (k, v) VALUES ('x', 1)")
            .execute(&mut *reader)
            .await
            .is_err()
    );
    let mut tx = db.begin().await.unwrap();
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    assert_eq!((journal.as_str(), synchronous), ("wal", 2));
}

#[tokio::test]
async fn address_of_neither_engine_is_named() {
    let error = Db::open("mysql://x").await.unwrap_err();
    assert!(
        matches!(&error, DbError::Address(address) if address == "mysql://x"),
        "{error}"
    );
}

#[tokio::test]
async fn database_of_a_newer_version_is_refused_and_left_alone() {
    let (dir, db) = scratch().await;
    let mut tx = db.begin().await.unwrap();
    tx.execute(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9000, 'of the future', 1, x'00', 0)",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    drop(db);
    let error = Db::open(&sqlite_address(&dir.path().join("aim.db")))
        .await
        .unwrap_err();
    assert!(
        matches!(error, DbError::OtherVersion { change: 9000 }),
        "{error:?}"
    );
    assert!(error.to_string().contains("start that version"), "{error}");
}

/// What a platform of before staff had credentials of their own left: a suspended service, one that was
/// withdrawn after citizens had it, one that was never deployed, and a change among the staff.
const BEFORE_CREDENTIALS: &str = "
INSERT INTO organisation VALUES ('org_1', 'Kür MMC', '1400000001', 1);
INSERT INTO staff (id, email, name, role, password_hash) VALUES
    ('stf_1', 'a@aim.example', 'Aysel', 'officer', ''), ('stf_2', 'n@aim.example', 'Nigar', 'director', '');
INSERT INTO staff_change VALUES ('sch_1', 5, 'stf_2', 'stf_1', 'officer', NULL, 1);
INSERT INTO service_name VALUES ('meter', 'meter', 'org_1', 1), ('taxi', 'taxi', 'org_1', 1),
    ('tea', 'tea', 'org_1', 1);
INSERT INTO submission (id, service, organisation, version, digest, size_bytes, manifest, state, state_data, revision,
    created_by, created_at_ms, updated_at_ms)
SELECT 'sub_' || name, name, 'org_1', '1.0.0', 'sha256:' || printf('%064d', 0), 1, '', 'suspended', '{}', 0, 'c', 1, 1
FROM service_name;
UPDATE submission SET state = 'withdrawn' WHERE service = 'taxi';
UPDATE submission SET state = 'vetted' WHERE service = 'tea';
INSERT INTO decision (id, submission, at_ms, actor_kind, actor, actor_name, event, outcome, state_before, state_after,
    digest, reason) VALUES
    ('dec_1', 'sub_meter', 10, 'staff', 'stf_1', 'Aysel', 'deploy', 'wrong-role', 'approved', 'approved', '', ''),
    ('dec_2', 'sub_meter', 20, 'staff', 'stf_1', 'Aysel', 'deploy', 'allowed', 'approved', 'deployed', '', ''),
    ('dec_3', 'sub_meter', 30, 'staff', 'stf_2', 'Nigar', 'suspend', 'allowed', 'deployed', 'suspended', '', 'first'),
    ('dec_4', 'sub_meter', 40, 'staff', 'stf_2', 'Nigar', 'resume', 'allowed', 'suspended', 'deployed', '', ''),
    ('dec_5', 'sub_meter', 50, 'staff', 'stf_1', 'Aysel', 'suspend', 'allowed', 'deployed', 'suspended', '', 'second'),
    ('dec_6', 'sub_meter', 60, 'staff', 'stf_1', 'Aysel', 'suspend', 'wrong-state', 'suspended', 'suspended', '', 'x'),
    ('dec_7', 'sub_taxi', 70, 'staff', 'stf_1', 'Aysel', 'deploy', 'allowed', 'approved', 'deployed', '', '');
INSERT INTO service_notice VALUES ('meter', 30, 'of before'), ('meter', 50, 'wrong amounts');
";

/// A database that had `rows` before the migration `version`, brought up to date.
async fn grown_from(version: i64, rows: &'static str) -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().unwrap();
    let address = sqlite_address(&dir.path().join("aim.db"));
    sqlx::any::install_default_drivers();
    let pool = AnyPool::connect(&format!("{address}?mode=rwc")).await.unwrap();
    let earlier = migrations().into_iter().filter(|known| known.version < version);
    Migrator::with_migrations(earlier.collect())
        .run(&pool)
        .await
        .unwrap();
    pool.execute(rows).await.unwrap();
    pool.close().await;
    (dir, Db::open(&address).await.unwrap())
}

/// Payments of a time when nobody but the platform knew of their charges.
const BEFORE_PROVIDER: &str = "
INSERT INTO payment (id, service, service_az, controller, citizen, service_code, amount_minor, reference, description_az,
    return_path, delayed_capture, metadata, state, failure, created_ms, expires_ms)
SELECT 'pay_' || state, 'tea', 'Çay', 'Ev MMC', 'cit_1', 'utilities.water', 100, 'R', 'Su', '/', 0, '[]', state,
    CASE state WHEN 'failed' THEN 'expired' END, 1, 2
FROM (SELECT 'started' AS state UNION ALL SELECT 'submitted' UNION ALL SELECT 'capturable' UNION ALL SELECT 'success'
    UNION ALL SELECT 'failed');
INSERT INTO payment_refund (id, payment, amount_minor, at_ms) VALUES ('ref_1', 'pay_success', 40, 3);
";

#[tokio::test]
async fn charges_and_refunds_of_before_are_known_to_the_simulated_provider() {
    let (_dir, db) = grown_from(18, BEFORE_PROVIDER).await;
    let mut reader = db.reader().await.unwrap();
    let charges: Vec<(String, i64, String)> =
        sqlx::query_as("SELECT id, amount_minor, state FROM sim_charge ORDER BY id")
            .fetch_all(&mut *reader)
            .await
            .unwrap();
    let expected = [
        ("pay_capturable-0", "held"),
        ("pay_submitted-0", "challenge"),
        ("pay_success-0", "settled"),
    ];
    assert_eq!(
        charges,
        expected.map(|(id, state)| (id.to_owned(), 100, state.to_owned()))
    );
    let refunds: Vec<(String, String, i64, String)> = sqlx::query_as(
        "SELECT s.id, s.charge, s.amount_minor, r.state FROM sim_refund s JOIN payment_refund r ON r.id = s.id",
    )
    .fetch_all(&mut *reader)
    .await
    .unwrap();
    let expected = (
        "ref_1".to_owned(),
        "pay_success-0".to_owned(),
        40,
        "success".to_owned(),
    );
    assert_eq!(refunds, [expected]);
}

#[tokio::test]
async fn signing_key_of_before_stays_the_first_key() {
    let key = "INSERT INTO identity_secret VALUES ('id-token-key', 'pem'), ('pairwise', 'x')";
    let (_dir, db) = grown_from(22, key).await;
    let mut reader = db.reader().await.unwrap();
    let keys: Vec<(i64, i64)> = sqlx::query_as("SELECT number, made_ms FROM identity_key")
        .fetch_all(&mut *reader)
        .await
        .unwrap();
    assert_eq!(keys, [(1, 0)]);
}

#[tokio::test]
async fn suspensions_and_staff_of_before_are_carried_over() {
    let (_dir, db) = grown_from(15, BEFORE_CREDENTIALS).await;
    let mut reader = db.reader().await.unwrap();
    let suspended: Vec<(String, String, i64, String, String, String)> = sqlx::query_as(
        "SELECT id, service, at_ms, suspended_by, grounds, public_reason FROM service_suspension",
    )
    .fetch_all(&mut *reader)
    .await
    .unwrap();
    let expected = ("sus_5", "meter", 50, "stf_1", "second", "wrong amounts");
    let (id, service, at, by, grounds, public) = suspended.first().unwrap();
    assert_eq!(
        (
            id.as_str(),
            service.as_str(),
            *at,
            by.as_str(),
            grounds.as_str(),
            public.as_str()
        ),
        expected
    );
    assert_eq!(suspended.len(), 1);
    let deployed: Vec<(String, Option<i64>)> =
        sqlx::query_as("SELECT name, deployed_at_ms FROM service_name ORDER BY name")
            .fetch_all(&mut *reader)
            .await
            .unwrap();
    let expected = [("meter", Some(20)), ("taxi", Some(70)), ("tea", None)];
    assert_eq!(deployed, expected.map(|(name, at)| (name.to_owned(), at)));
    let event: (String, String, String, i64) =
        sqlx::query_as("SELECT actor_name, event, person_name, at_ms FROM staff_event")
            .fetch_one(&mut *reader)
            .await
            .unwrap();
    assert_eq!(
        event,
        ("Nigar".to_owned(), "changed".to_owned(), "Aysel".to_owned(), 5)
    );
}

#[tokio::test]
async fn file_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("aim.db");
    std::fs::write(&file, b"not a database, but long enough to be read as one").unwrap();
    let error = Db::open(&sqlite_address(&file)).await.unwrap_err();
    assert!(matches!(error, DbError::Open(_) | DbError::Migrate(_)), "{error}");
}

/// A change that fails at its commit: what it wrote refers to a row that is not there.
async fn fail_at_commit(db: &Db) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    tx.execute("PRAGMA defer_foreign_keys = ON").await?;
    tx.execute("INSERT INTO payment_event (payment, state, at_ms) VALUES ('none', 'created', 0)")
        .await?;
    tx.commit().await
}

#[tokio::test]
async fn commit_that_fails_says_so_and_the_writer_goes_on() {
    let (_dir, db) = scratch().await;
    let outcome = fail_at_commit(&db).await;
    assert!(matches!(outcome, Err(DbError::Commit(_))), "{outcome:?}");
    put(&db, "after", 1).await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn full_disk_undoes_the_group_and_stops_no_later_change() {
    let (_dir, db) = scratch().await;
    put(&db, "before", 1).await.unwrap();
    // In one group with the change that fails, because both wait for this one.
    let first = db.begin().await.unwrap();
    let neighbour = put(&db, "neighbour", 2);
    let too_much = async {
        let mut tx = db.begin().await?;
        tx.execute("PRAGMA max_page_count = 1").await?;
        // SQLite rolls the whole transaction back: the database has no room for another page.
        tx.execute("INSERT INTO t (k, v) VALUES (zeroblob(100000), 3)")
            .await?;
        tx.commit().await
    };
    let (neighbour, too_much, first) = tokio::join!(biased; neighbour, too_much, first.commit());
    assert!(matches!(first, Err(DbError::Undone(_))), "{first:?}");
    assert!(matches!(neighbour, Err(DbError::Undone(_))), "{neighbour:?}");
    assert!(matches!(too_much, Err(DbError::Statement(_))), "{too_much:?}");
    put(&db, "after", 4).await.unwrap();
    assert_eq!(count(&db).await, 2);
}

#[test]
fn sqlite_that_may_lose_data_is_refused() {
    for (found, is_good) in [
        ("3.51.3", true),
        ("3.52.0", true),
        ("4.0", true),
        ("3.51.2", false),
        ("3.51", false),
        ("3.9.99", false),
        ("", false),
        ("new", false),
    ] {
        assert_eq!(check_version(found.to_owned()).is_ok(), is_good, "{found}");
    }
}

#[derive(Debug, PartialEq)]
struct Person {
    citizen: CitizenId,
    acr: Acr,
    level: Option<Level>,
    is_here: bool,
    seen: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, strum::IntoStaticStr, strum::EnumString)]
enum Level {
    Low,
}

crate::column!(code: Level);
crate::row!(Person, "person", "id", row => Self {
    citizen: row.get("id")?,
    acr: row.parse("acr")?,
    level: row.get("level")?,
    is_here: row.flag("here")?,
    seen: row.words("seen")?,
});

#[tokio::test]
async fn value_that_breaks_its_type_names_table_and_key() {
    const GOOD: [(&str, &str); 5] = [
        ("id", "'cit_1'"),
        ("acr", "'high'"),
        ("level", "NULL"),
        ("here", "1"),
        ("seen", "'1 2'"),
    ];
    let (_dir, db) = scratch().await;
    let mut reader = db.reader().await.unwrap();
    for (column, wrong) in [
        ("", ""),
        ("acr", "'highest'"),
        ("level", "'High'"),
        ("here", "'yes'"),
        ("seen", "'1 256'"),
    ] {
        let values =
            GOOD.map(|(name, good)| format!("{} AS {name}", if name == column { wrong } else { good }));
        let select = sqlx::AssertSqlSafe(format!("SELECT {}", values.join(", ")));
        let read: Result<Person, _> = Statement::new("select", sqlx::query(select))
            .one(&mut reader)
            .await;
        match read {
            Ok(person) if column.is_empty() => assert_eq!(person.seen, [1, 2]),
            Err(DbError::Corrupt { table: "person", id }) => assert_eq!(id, "cit_1", "{column}"),
            other => panic!("{column}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn bounded_database_refuses_what_does_not_fit_and_goes_on() {
    const BYTES_MAX: u64 = 2 << 20;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("small.db");
    let db = Db::open_bounded(&file, BYTES_MAX).await.unwrap();
    let insert = |bytes: usize| {
        let insert = sqlx::query("INSERT INTO identity_secret (name, secret) VALUES ($1, $2)");
        db.run(insert.bind(format!("{bytes}")).bind("x".repeat(bytes)))
    };
    insert(1 << 10).await.unwrap();
    let full = insert(3 << 20).await.unwrap_err();
    assert!(
        full.to_string().contains("statement failed") || full.to_string().contains("undone"),
        "{full}"
    );
    // Also through the connection that the writer opens after a failure.
    assert!(insert(4 << 20).await.is_err());
    insert(2 << 10).await.unwrap();
    let copy = dir.path().join("copy.db");
    Db::copy(&file, &copy).await.unwrap();
    assert!(std::fs::metadata(&copy).unwrap().len() <= BYTES_MAX);
    // A copy does not take the place of another file.
    assert!(matches!(Db::copy(&file, &copy).await, Err(DbError::Statement(_))));
}
