//! The payments API on a real database: `cargo nextest run -p aim-gov --test payments`.
//!
//! [`suite`] takes the database as an argument, so that the same checks run on PostgreSQL too.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what went wrong by failing"
)]

mod model;
mod pages;
mod refusals;
mod reserve;
mod scene;
mod suite;

use scene::Sqlite;

/// Runs each check of [`suite`] on a fresh SQLite file.
macro_rules! on_sqlite {
    ($($check:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                let file = Sqlite::new();
                suite::$check(file.open().await).await;
            }
        )*
    };
}

suite::every_check!(on_sqlite);
