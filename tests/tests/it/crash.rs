//! `kill -9` while the platform works: what was acknowledged is there, and nothing is there twice.

mod gaps;

use aim_gov::db::sqlite_address;
use aim_tests::crash::{LIVES_MAX, die_again_and_again};
use aim_tests::postgres::Postgres;

/// Databases of an engine, on each of which [`LIVES_MAX`] children die: 100 kills.
const DATABASES: u64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_loses_and_doubles_nothing_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    for seed in 0..DATABASES {
        let address = sqlite_address(&folder.path().join(format!("{seed}.db")));
        die_again_and_again(&address, seed, LIVES_MAX).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_loses_and_doubles_nothing_on_postgres() {
    let postgres = Postgres::start().await.unwrap();
    for seed in 100..100 + DATABASES {
        let address = postgres.database().await.unwrap();
        die_again_and_again(&address, seed, LIVES_MAX).await.unwrap();
    }
}
