//! The outcome of a payment, and the way back to the service.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::{Outcome, Pages};
use crate::payments::payment::Payment;
use crate::payments::receipt::Facts;
use crate::payments::state::State as PaymentState;
use crate::payments::words::PayText;
use crate::text::Locale;
use crate::web::{Html, PageContext};

#[derive(Template)]
#[template(path = "payments/outcome.html")]
struct OutcomePage {
    context: PageContext,
    text: &'static PayText,
    payment: Payment,
    facts: Facts,
    /// The service's address; `None` if it is no longer deployed.
    way_back: Option<String>,
}

impl OutcomePage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn title(&self) -> &'static str {
        match self.payment.state {
            PaymentState::Success => &self.text.success_title,
            _ if self.held() => &self.text.held_title,
            _ => &self.text.not_paid_title,
        }
    }

    fn held(&self) -> bool {
        matches!(
            self.payment.state,
            PaymentState::Capturable | PaymentState::Capturing
        )
    }
}

/// `GET /{lang}/pay/{id}/outcome`.
pub(super) async fn show(State(pages): State<Pages>, outcome: Outcome) -> Response {
    if outcome.payment.waits_for_citizen() {
        return outcome.onward();
    }
    let Outcome { payment, visitor } = outcome;
    Html(OutcomePage {
        text: PayText::of(visitor.context.lang),
        context: visitor.context,
        facts: Facts::of(&payment),
        way_back: pages.way_back(&payment),
        payment,
    })
    .into_response()
}
