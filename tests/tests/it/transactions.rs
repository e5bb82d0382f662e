//! What a transaction promises on SQLite and on PostgreSQL.

use std::sync::mpsc;
use std::thread;

use aim_gov::db::{Conn, Db, Engine, sqlite_address};
use aim_tests::postgres::Postgres;
use futures::future::try_join_all;
use sqlx::{Connection as _, Executor as _};

/// How often a caller that then goes away looks for its transaction at most.
const LOOKS_MAX: usize = 20;
/// Callers that go away.
const CALLERS: usize = 100;
/// The transaction that a statement runs in: outside `BEGIN`, each has one of its own.
const TRANSACTION: &str = "SELECT CAST(pg_current_xact_id() AS TEXT)";

/// Begins a change and goes away after some looks at it.
async fn go_away(db: &Db, looks: usize) {
    let mut begun = db.begin();
    for _ in 0..looks {
        if futures::poll!(&mut begun).is_ready() {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn caller_that_goes_away_leaves_no_transaction_behind_on_both_engines() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = sqlite_address(&folder.path().join("aim.db"));
    let postgres = Postgres::start().await.unwrap();
    for address in [sqlite, postgres.database().await.unwrap()] {
        let db = Db::open(&address).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        tx.execute("CREATE TABLE kept (n BIGINT NOT NULL)").await.unwrap();
        tx.commit().await.unwrap();
        for n in 0..CALLERS {
            go_away(&db, n % LOOKS_MAX).await;
            let mut tx = db.begin().await.unwrap();
            tx.execute("INSERT INTO kept (n) VALUES (1)").await.unwrap();
            tx.commit().await.unwrap();
        }
        // Of another client, which sees what was committed and nothing else.
        let mut other = Conn::connect(&address).await.unwrap();
        let kept: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM kept")
            .fetch_one(&mut other)
            .await
            .unwrap();
        assert_eq!(kept, i64::try_from(CALLERS).unwrap(), "{:?}", db.engine());
        if db.engine() == Engine::Postgres {
            for looks in 0..LOOKS_MAX {
                go_away(&db, looks).await;
            }
            // All connections of the pool at once.
            let all = (0..db.connections_max()).map(|_| db.reader());
            for mut conn in try_join_all(all).await.unwrap() {
                let first: String = sqlx::query_scalar(TRANSACTION)
                    .fetch_one(&mut *conn)
                    .await
                    .unwrap();
                let second: String = sqlx::query_scalar(TRANSACTION)
                    .fetch_one(&mut *conn)
                    .await
                    .unwrap();
                assert_ne!(first, second, "a transaction is open");
            }
        }
    }
}

/// A guest holds its thread, and with it the runtime that the thread's connections belong to.
#[tokio::test]
async fn thread_that_is_busy_holds_up_no_statement_of_another() {
    let server = Postgres::start().await.unwrap();
    let db = Db::open(&server.database().await.unwrap()).await.unwrap();
    let (busy, is_busy) = tokio::sync::oneshot::channel();
    let (free, until) = mpsc::channel::<()>();
    let other = db.clone();
    let thread = thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        runtime.block_on(async move {
            let all = (0..other.connections_max()).map(|_| other.reader());
            for mut conn in try_join_all(all).await.unwrap() {
                conn.return_to_pool().await;
            }
            busy.send(()).unwrap();
            until.recv().unwrap();
        });
    });
    is_busy.await.unwrap();
    let all = (0..db.connections_max()).map(|_| db.reader());
    for mut conn in try_join_all(all).await.unwrap() {
        conn.execute("SELECT 1").await.unwrap();
    }
    free.send(()).unwrap();
    thread.join().unwrap();
}
