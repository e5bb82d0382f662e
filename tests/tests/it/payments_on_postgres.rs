//! The payments' own suite, which their crate runs on SQLite, on PostgreSQL.

#[allow(dead_code, reason = "the scene also knows how to make an SQLite file")]
#[path = "../../../host/gov/tests/payments/scene.rs"]
mod scene;
#[path = "../../../host/gov/tests/payments/suite.rs"]
mod suite;

use aim_gov::db::Db;
use aim_tests::postgres::Postgres;

/// Runs each check of [`suite`] on a fresh database of one cluster.
macro_rules! on_postgres {
    ($($check:ident),* $(,)?) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn every_check_of_the_payments_holds() {
            let postgres = Postgres::start().await.unwrap();
            $(
                let address = postgres.database().await.unwrap();
                suite::$check(Db::open(&address).await.unwrap()).await;
            )*
        }
    };
}

on_postgres! {
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
