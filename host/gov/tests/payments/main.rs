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

mod crash;
mod model;
mod pages;
mod refusals;
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

on_sqlite! {
    a_thousand_retries_move_money_once,
    a_key_with_another_request_is_a_conflict,
    racing_payments_never_pass_the_boundary,
    amounts_are_reserved_committed_and_released,
    a_bill_is_settled_once_for_the_household,
    one_of_many_racing_refunds_wins,
    money_that_a_card_holds_is_captured_or_goes_back,
    unpaid_payments_expire_by_the_clock,
    every_test_card_ends_as_the_table_says,
    a_changed_amount_is_not_confirmed,
    a_changed_receipt_is_not_shown,
    a_suspended_service_takes_no_money,
    every_step_is_in_the_audit_log,
    a_broken_ledger_is_found,
}
