use super::*;

async fn scratch() -> (tempfile::TempDir, Db) {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&sqlite_address(&dir.path().join("aim.db")))
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
async fn a_database_of_a_newer_version_is_refused_and_left_alone() {
    let (dir, db) = scratch().await;
    db.write(|tx| {
        async move {
            tx.execute(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9000, 'of the future', 1, x'00', 0)",
            )
            .await?;
            Ok::<_, DbError>(())
        }
        .boxed()
    })
    .await
    .unwrap();
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

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("aim.db");
    std::fs::write(&file, b"not a database, but long enough to be read as one").unwrap();
    let error = Db::open(&sqlite_address(&file)).await.unwrap_err();
    assert!(matches!(error, DbError::Open(_) | DbError::Migrate(_)), "{error}");
}

/// A change that fails at its commit: what it wrote refers to a row that is not there.
async fn fail_at_commit(db: &Db) -> Result<(), DbError> {
    db.write(|tx| {
        async move {
            tx.execute("PRAGMA defer_foreign_keys = ON").await?;
            tx.execute("INSERT INTO payment_event (payment, state, at_ms) VALUES ('none', 'created', 0)")
                .await?;
            Ok(())
        }
        .boxed()
    })
    .await
}

#[tokio::test]
async fn a_commit_that_fails_says_so_and_the_writer_goes_on() {
    let (_dir, db) = scratch().await;
    let outcome = fail_at_commit(&db).await;
    assert!(matches!(outcome, Err(DbError::Commit(_))), "{outcome:?}");
    put(&db, "after".into(), 1).await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn a_full_disk_undoes_the_group_and_stops_no_later_change() {
    let (_dir, db) = scratch().await;
    put(&db, "before".into(), 1).await.unwrap();
    // In one group with the change that fails, because both wait for this one.
    let (go, wait) = oneshot::channel::<()>();
    let first = db.write(move |_| {
        async move {
            let _ = wait.await;
            Ok::<_, DbError>(())
        }
        .boxed()
    });
    let neighbour = put(&db, "neighbour".into(), 2);
    let too_much = db.write(|tx| {
        async move {
            tx.execute("PRAGMA max_page_count = 1").await?;
            // SQLite ends the whole transaction by itself: there is no room for another page.
            tx.execute("INSERT INTO t (k, v) VALUES (zeroblob(100000), 3)")
                .await?;
            Ok::<_, DbError>(())
        }
        .boxed()
    });
    let release = async { go.send(()).unwrap() };
    let (first, neighbour, too_much, ()) = tokio::join!(first, neighbour, too_much, release);
    assert!(matches!(first, Err(DbError::Undone(_))), "{first:?}");
    assert!(matches!(neighbour, Err(DbError::Undone(_))), "{neighbour:?}");
    assert!(matches!(too_much, Err(DbError::Statement(_))), "{too_much:?}");
    put(&db, "after".into(), 4).await.unwrap();
    assert_eq!(count(&db).await, 2);
}
