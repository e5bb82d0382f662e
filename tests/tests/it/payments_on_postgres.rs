//! The payments' own suite, which their crate runs on SQLite, on PostgreSQL.

#[path = "../../../host/gov/tests/payments/suite/mod.rs"]
mod suite;

use aim_gov::db::Db;
use aim_tests::postgres::Postgres;
use futures::future::BoxFuture;

use crate::scene;

/// Runs each check of [`suite`] on a fresh database of one cluster.
macro_rules! on_postgres {
    ($($check:ident),* $(,)?) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn every_check_of_the_payments_holds() {
            let postgres = Postgres::start().await.unwrap();
            // Behind pointers: the futures of all checks in one stack frame do not fit a test's stack.
            let checks: &[fn(Db) -> BoxFuture<'static, ()>] = &[$(|db| Box::pin(suite::$check(db))),*];
            for check in checks {
                let address = postgres.database().await.unwrap();
                check(Db::open(&address).await.unwrap()).await;
            }
        }
    };
}

suite::every_check!(on_postgres);
