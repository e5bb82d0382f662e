//! The host's own payment pages: pay, the bank's question, waiting for the bank, the outcome, the receipt and
//! its check, my payments.

mod challenge;
mod check;
mod mine;
mod outcome;
mod pay;
mod receipt;
mod visitor;
mod waiting;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::Redirect;
use axum::routing::{get, post};

use self::visitor::{Outcome, Visitor};
use super::Payments;
use super::checkout::CheckoutError;
use super::payment::Payment;
use super::state::State as PaymentState;
use super::words::PayText;
use crate::directory::Directory;
use crate::text::Locale;
use crate::web::{PageContext, PageError, refuse_cross_site, refuse_unknown_language};

/// The dependencies of the pages.
#[derive(Clone, Debug)]
pub struct Pages {
    /// The payments.
    pub payments: Payments,
    /// The deployed services: a suspended one may not take money.
    pub services: Directory,
}

/// The pages. They need the session layer ([`crate::sessions::layer`]) around them.
pub fn routes<S: Clone + Send + Sync + 'static>(pages: Pages) -> Router<S> {
    Router::new()
        .route("/{lang}/pay/{id}", get(pay::show).post(pay::submit))
        .route(
            "/{lang}/pay/{id}/turn-back",
            post(pay::turn_back).get(pay::back_to_page),
        )
        .route(
            "/{lang}/pay/{id}/bank",
            get(challenge::show).post(challenge::answer),
        )
        .route("/{lang}/pay/{id}/waiting", get(waiting::show))
        .route("/{lang}/pay/{id}/outcome", get(outcome::show))
        .route("/{lang}/receipts", get(check::show).post(check::answer))
        .route("/{lang}/receipts/{id}", get(receipt::show))
        .route("/{lang}/my/payments", get(mine::show))
        .layer(from_fn(refuse_cross_site))
        .route_layer(from_fn(refuse_unknown_language))
        .with_state(pages)
}

impl Pages {
    /// The return address at the service, while the service is deployed.
    fn way_back(&self, payment: &Payment) -> Option<String> {
        let service = self.services.find(&payment.service)?;
        Some(format!("{}{}", service.origin, payment.return_path))
    }
}

/// The next page for the citizen, by the state of the payment.
fn onward(lang: Locale, payment: &Payment) -> Redirect {
    let id = &payment.id;
    Redirect::to(&match payment.state {
        PaymentState::Created | PaymentState::Started => format!("/{lang}/pay/{id}"),
        PaymentState::Challenged => format!("/{lang}/pay/{id}/bank"),
        PaymentState::Authorising | PaymentState::Approving | PaymentState::Refusing => {
            format!("/{lang}/pay/{id}/waiting")
        }
        PaymentState::Capturable
        | PaymentState::Capturing
        | PaymentState::Success
        | PaymentState::Failed(_)
        | PaymentState::Cancelled
        | PaymentState::Error => format!("/{lang}/pay/{id}/outcome"),
    })
}

/// A refusal as a page.
fn refused(context: PageContext, error: &CheckoutError) -> PageError {
    let text = PayText::of(context.lang);
    let (status, title, message) = match error {
        CheckoutError::NotFound => return PageError::new(context, StatusCode::NOT_FOUND),
        CheckoutError::Stopped => (StatusCode::FORBIDDEN, &text.stopped_title, &text.stopped_text),
        CheckoutError::Unconfirmed => (
            StatusCode::CONFLICT,
            &text.unconfirmed_title,
            &text.unconfirmed_text,
        ),
        CheckoutError::Refused(_) | CheckoutError::Moved { .. } => {
            return PageError::new(context, StatusCode::CONFLICT);
        }
        CheckoutError::Db(error) => return PageError::internal(context, error),
    };
    PageError::with_text(context, status, title.clone(), message.clone())
}
