//! The texts of the payment pages.

use super::card::{Behaviour, CardError};
use super::payment::Payment;
use super::rejection::Rejection;
use super::state::{Failure, State};

crate::catalogue! {
    /// The texts of the payment pages.
    pub struct PayText from ("../../text/payments.az.toml", "../../text/payments.en.toml") {
        pay_title,
        pay_intro,
        amount_label,
        payee_label,
        service_label,
        account_label,
        description_label,
        reference_label,
        pay_until_label,
        delayed_text,
        card_legend,
        number_label,
        number_hint,
        expiry_legend,
        expiry_hint,
        month_label,
        year_label,
        cvc_label,
        cvc_hint,
        pay_button,
        turn_back_button,
        test_cards_title,
        test_cards_text,
        test_cards_caption,
        test_card_number,
        test_card_behaviour,
        behaviour_approve,
        behaviour_decline,
        behaviour_expired,
        behaviour_wrong_cvc,
        behaviour_fault,
        behaviour_challenge,
        behaviour_answer_lost,
        behaviour_unreachable,
        number_missing,
        number_invalid,
        number_not_test,
        expiry_invalid,
        expiry_past,
        cvc_invalid,
        bank_title,
        bank_text,
        bank_approve,
        bank_refuse,
        waiting_title,
        waiting_text,
        waiting_check,
        success_title,
        success_text,
        held_title,
        held_text,
        not_paid_title,
        nothing_taken,
        failure_rejected,
        failure_cards,
        failure_expired,
        failure_by_user,
        failure_by_service,
        failure_provider,
        failure_limit,
        rejection_declined,
        rejection_expired,
        rejection_cvc,
        rejection_at_bank,
        card_lost,
        rejection_advice,
        see_receipt,
        back_to_service,
        stopped_title,
        stopped_text,
        unconfirmed_title,
        unconfirmed_text,
        receipt_title,
        receipt_number,
        receipt_time,
        receipt_status,
        receipt_classification,
        receipt_organisation,
        receipt_level,
        receipt_refunded,
        receipt_proof_title,
        receipt_proof_text,
        receipt_digest,
        receipt_code,
        receipt_print,
        check_title,
        check_intro,
        check_button,
        check_good,
        check_bad,
        mine_title,
        mine_intro,
        mine_none,
        mine_caption,
        mine_when,
        mine_status,
        mine_receipt,
        mine_older,
        go_on,
        status_created,
        status_started,
        status_submitted,
        status_capturable,
        status_success,
        status_failed,
        status_cancelled,
        status_error,
    }
}

impl PayText {
    /// The state of a payment, in a word or two.
    pub fn status(&self, state: &State) -> &str {
        match state {
            State::Created => &self.status_created,
            State::Started => &self.status_started,
            State::Authorising | State::Challenged | State::Approving | State::Refusing => {
                &self.status_submitted
            }
            State::Capturable | State::Capturing => &self.status_capturable,
            State::Success => &self.status_success,
            State::Failed(_) => &self.status_failed,
            State::Cancelled => &self.status_cancelled,
            State::Error => &self.status_error,
        }
    }

    /// Why a payment was not made, in a sentence.
    pub fn failure(&self, failure: Failure) -> &str {
        match failure {
            Failure::PaymentMethodRejected => &self.failure_rejected,
            Failure::Expired => &self.failure_expired,
            Failure::CancelledByUser => &self.failure_by_user,
            Failure::CancelledByService => &self.failure_by_service,
            Failure::ProviderError => &self.failure_provider,
            Failure::LimitExceeded => &self.failure_limit,
        }
    }

    /// Why a card was refused, in a sentence.
    pub fn rejection(&self, rejection: Rejection) -> &str {
        match rejection {
            Rejection::Declined => &self.rejection_declined,
            Rejection::ExpiredCard => &self.rejection_expired,
            Rejection::WrongCvc => &self.rejection_cvc,
            Rejection::RefusedAtBank => &self.rejection_at_bank,
        }
    }

    /// Why a payment is not paid, if that is known.
    pub fn reason(&self, payment: &Payment) -> Option<String> {
        let rejection = payment.rejection.map(|rejection| self.rejection(rejection));
        match (payment.state, rejection) {
            (State::Failed(Failure::PaymentMethodRejected), Some(rejection)) => {
                Some(format!("{rejection} {}", self.failure_cards))
            }
            (State::Started, rejection) => rejection.map(str::to_owned),
            (state, _) => state.failure().map(|failure| self.failure(failure).to_owned()),
        }
    }

    /// The behaviour of a test card.
    pub fn behaviour(&self, behaviour: &Behaviour) -> &str {
        match behaviour {
            Behaviour::Approve => &self.behaviour_approve,
            Behaviour::Decline => &self.behaviour_decline,
            Behaviour::Expired => &self.behaviour_expired,
            Behaviour::WrongCvc => &self.behaviour_wrong_cvc,
            Behaviour::Fault => &self.behaviour_fault,
            Behaviour::Challenge => &self.behaviour_challenge,
            Behaviour::AnswerLost => &self.behaviour_answer_lost,
            Behaviour::Unreachable => &self.behaviour_unreachable,
        }
    }

    /// The error of a field, and the remedy.
    pub fn card_error(&self, error: CardError) -> &str {
        match error {
            CardError::NumberMissing => &self.number_missing,
            CardError::NumberInvalid => &self.number_invalid,
            CardError::NumberNotTest => &self.number_not_test,
            CardError::ExpiryInvalid => &self.expiry_invalid,
            CardError::ExpiryPast => &self.expiry_past,
            CardError::CvcInvalid => &self.cvc_invalid,
        }
    }
}
