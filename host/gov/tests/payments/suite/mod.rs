//! What must hold on every database.

mod amounts;
mod bills;
mod books;
mod checkout;
mod faulty;
mod issuer;
mod provider;
mod receipts;
mod records;
mod retries;
mod time;

use aim_gov::payments::ledger::{Account, sums};

pub use self::amounts::*;
pub use self::bills::*;
pub use self::books::*;
pub use self::checkout::*;
#[allow(unused_imports, reason = "the tests of the pages use it too")]
pub use self::faulty::{Faulty, How};
pub use self::issuer::*;
pub use self::provider::*;
pub use self::receipts::*;
pub use self::records::*;
pub use self::retries::*;
pub use self::time::*;
use super::scene::{self, Scene};

/// Hands the names of all checks to a macro.
macro_rules! every_check {
    ($run:ident) => {
        $run! {
            thousand_retries_move_money_once,
            key_with_another_request_is_a_conflict,
            racing_payments_never_pass_the_boundary,
            amounts_are_reserved_committed_and_released,
            bill_is_settled_once_for_the_household,
            bill_says_nothing_without_consent,
            bills_of_a_broken_issuer_are_unavailable_and_come_back,
            issuer_is_not_asked_about_a_citizen_who_did_not_agree,
            bills_are_not_handed_out_when_the_consent_ends_meanwhile,
            faults_of_the_provider_are_found_out,
            payment_whose_outcome_is_unknown_stays_as_it_is,
            charge_that_is_given_up_is_released_at_the_provider,
            refusals_of_the_provider_end_what_was_asked,
            bill_is_kept_for_the_payment_that_the_provider_works_on,
            answer_is_recorded_once_whoever_hears_it,
            answer_is_recorded_when_the_citizen_has_gone,
            answer_that_cannot_be_recorded_is_an_unknown_outcome,
            paying_a_bill_and_asking_for_it_again_do_not_wait_for_each_other,
            one_of_many_racing_refunds_wins,
            money_that_a_card_holds_is_captured_or_goes_back,
            what_a_service_abandons_is_free_again,
            unpaid_payments_expire_by_the_clock,
            one_payment_that_cannot_end_stands_in_nobodys_way,
            every_test_card_ends_as_the_table_says,
            refused_card_leaves_room_for_another,
            cards_are_not_guessed_for_ever,
            changed_payment_is_not_confirmed,
            receipt_says_what_it_said_when_the_money_moved,
            changed_receipt_is_not_shown,
            suspended_service_takes_no_money,
            suspension_acts_on_a_payment_that_waits_for_the_database,
            every_step_is_in_the_audit_log,
            audit_log_says_what_came_of_a_step,
            no_text_is_an_id_that_only_one_engine_takes,
            full_page_leads_on_only_where_there_is_more,
            broken_ledger_is_found,
        }
    };
}
pub(crate) use every_check;

/// Debits and credits of an account, in qəpik.
async fn account(scene: &Scene, account: Account<'_>) -> (u64, u64) {
    let sums = sums(&scene.platform.db, account).await.unwrap();
    (sums.debit.minor_units(), sums.credit.minor_units())
}
