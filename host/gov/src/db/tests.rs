use super::*;

async fn scratch() -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&format!("sqlite:{}", dir.path().join("aim.db").display()))
        .await
        .unwrap();
    db.write(|tx| {
        async move {
            tx.execute("CREATE TABLE t (k TEXT NOT NULL PRIMARY KEY, v BIGINT NOT NULL)")
                .await?;
            Ok::<_, DbError>(())
        }
        .boxed()
    })
    .await
    .unwrap();
    (dir, db)
}

async fn put(db: &Db, key: String, value: i64) -> Result<(), DbError> {
    db.write(move |tx| {
        async move {
            sqlx::query("INSERT INTO t (k, v) VALUES ($1, $2)")
                .bind(key)
                .bind(value)
                .execute(tx)
                .await?;
            Ok(())
        }
        .boxed()
    })
    .await
}

async fn count(db: &Db) -> i64 {
    let mut reader = db.reader().await.unwrap();
    sqlx::query_scalar("SELECT COUNT(*) FROM t")
        .fetch_one(&mut *reader)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_failed_job_takes_nothing_of_its_neighbours_in_the_group() {
    let (_dir, db) = scratch().await;
    put(&db, "taken".into(), 1).await.unwrap();
    let jobs = (0..300).map(|n| {
        let db = db.clone();
        // Every third key exists already and fails; the others share its group and stay.
        async move {
            put(
                &db,
                if n % 3 == 0 {
                    "taken".into()
                } else {
                    format!("k{n}")
                },
                n,
            )
            .await
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
async fn a_panicking_job_is_rolled_back_and_the_writer_goes_on() {
    let (_dir, db) = scratch().await;
    let outcome: Result<(), DbError> = db
        .write(|tx| {
            async move {
                sqlx::query("INSERT INTO t (k, v) VALUES ('x', 1)")
                    .execute(tx)
                    .await?;
                panic!("a defect in a job")
            }
            .boxed()
        })
        .await;
    assert!(matches!(outcome, Err(DbError::Panicked)), "{outcome:?}");
    put(&db, "y".into(), 2).await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn a_reader_cannot_write_and_keeps_its_promise_of_full_synchronisation() {
    let (_dir, db) = scratch().await;
    let mut reader = db.reader().await.unwrap();
    assert!(
        sqlx::query("INSERT INTO t (k, v) VALUES ('x', 1)")
            .execute(&mut *reader)
            .await
            .is_err()
    );
    let (journal, synchronous) = db
        .write(|tx| {
            async move {
                let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
                    .fetch_one(&mut *tx)
                    .await?;
                let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
                    .fetch_one(&mut *tx)
                    .await?;
                Ok::<_, DbError>((journal, synchronous))
            }
            .boxed()
        })
        .await
        .unwrap();
    assert_eq!((journal.as_str(), synchronous), ("wal", 2));
}

#[tokio::test]
async fn an_address_of_neither_engine_is_named() {
    let error = Db::open("mysql://x").await.unwrap_err();
    assert!(
        matches!(&error, DbError::Address(address) if address == "mysql://x"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("aim.db");
    std::fs::write(&file, b"not a database, but long enough to be read as one").unwrap();
    let error = Db::open(&format!("sqlite:{}", file.display())).await.unwrap_err();
    assert!(matches!(error, DbError::Open(_) | DbError::Migrate(_)), "{error}");
}
