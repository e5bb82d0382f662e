//! The page of a payment that waits for the bank: the citizen should not pay a second time.

use askama::Template;
use axum::response::Response;

use super::Outcome;
use crate::payments::receipt::Facts;
use crate::payments::state::State as PaymentState;
use crate::payments::words::PayText;
use crate::text::Locale;
use crate::web::PageContext;

#[derive(Template)]
#[template(path = "payments/waiting.html")]
struct WaitingPage {
    context: PageContext,
    text: &'static PayText,
    facts: Facts,
}

impl WaitingPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }
}

/// `GET /{lang}/pay/{id}/waiting`.
pub(super) async fn show(outcome: Outcome) -> Response {
    let states = [
        PaymentState::Authorising,
        PaymentState::Approving,
        PaymentState::Refusing,
    ];
    outcome.page_in(&states, |context, text, facts| WaitingPage {
        context,
        text,
        facts,
    })
}
