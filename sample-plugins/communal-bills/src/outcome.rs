//! What becomes of a payment, also if the citizen never returns from the pay page: the payer is told in their inbox.

use aim_sdk::life_events::{Delivery, IntoOutcome as _, Outcome, PAYMENT_CHANGED};
use aim_sdk::notifications::NewMessage;
use aim_sdk::payments::{Money, Status};
use aim_sdk::prelude::*;

/// A payment of the service has another status. The event is a hint, so the payment is read.
#[aim_sdk::event_handler]
fn on_event(delivery: Delivery) -> Outcome {
    let event = &delivery.event;
    // Whoever has left is told nothing more.
    let (PAYMENT_CHANGED, Some(sub), Some(id)) = (event.event_type.as_str(), &event.subject, event.about())
    else {
        return Outcome::Done;
    };
    let payment = match payments::get(id) {
        Ok(payment) => payment,
        Err(error) => return Err::<(), _>(error).into_outcome(),
    };
    if payment.status != Status::Success {
        return Outcome::Done;
    }
    // The key is made of the payment: its later events send no second message.
    let key = aim_sdk::notifications::key(&["paid", id]);
    match notifications::send(&key, &message(sub, payment.amount)) {
        Ok(_) => Outcome::Done,
        // The citizen wants no messages, or has as many as a week allows: the receipt stays on the platform.
        Err(
            GovError::ConsentRequired(_)
            | GovError::ConsentPaused(_)
            | GovError::ConsentRevoked(_)
            | GovError::ConsentExpired(_)
            | GovError::TooManyRequests(_),
        ) => Outcome::Done,
        Err(error) => Err::<(), _>(error).into_outcome(),
    }
}

fn message(sub: &str, amount: Money) -> NewMessage {
    NewMessage::new(sub, "bill-paid")
        .text("amount", &amount.shown(Locale::Az))
        .link("bills", "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_names_the_amount_and_leads_to_the_bills() {
        let message = message("sub", Money::azn(1_234));
        assert_eq!(message.template_id, "bill-paid");
        assert_eq!(message.personalisation.len(), 2);
        assert_eq!(message.language, None);
    }
}
