//! The page of a payment about which the bank has not answered: nothing is to be paid a second time.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::{Pages, Visitor, onward};
use crate::payments::receipt::Facts;
use crate::payments::state::State as PaymentState;
use crate::payments::words::PayText;
use crate::text::Locale;
use crate::web::{Html, PageContext, PageError};

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
pub(super) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let payment = pages
        .payments
        .outcome(&visitor.payer, &id)
        .await
        .map_err(|error| visitor.refused(&error))?;
    if !matches!(
        payment.state,
        PaymentState::Authorising | PaymentState::Approving | PaymentState::Refusing
    ) {
        return Ok(onward(visitor.context.lang, &payment).into_response());
    }
    Ok(Html(WaitingPage {
        text: PayText::of(visitor.context.lang),
        facts: Facts::of(&payment),
        context: visitor.context,
    })
    .into_response())
}
