//! The page of the simulated bank that asks the citizen for confirmation (3-D Secure).

use askama::Template;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{Outcome, Pages, Visitor, onward};
use crate::payments::checkout::BankAnswer;
use crate::payments::receipt::Facts;
use crate::payments::state::State as PaymentState;
use crate::payments::words::PayText;
use crate::text::Locale;
use crate::web::{PageContext, PageError};

#[derive(Template)]
#[template(path = "payments/bank.html")]
struct BankPage {
    context: PageContext,
    text: &'static PayText,
    facts: Facts,
}

impl BankPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }
}

/// `GET /{lang}/pay/{id}/bank`.
pub(super) async fn show(outcome: Outcome) -> Response {
    outcome.page_in(&[PaymentState::Challenged], |context, text, facts| BankPage {
        context,
        text,
        facts,
    })
}

/// The two buttons.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Button {
    Approve,
    Refuse,
}

/// The form of the bank's page.
#[derive(Debug, serde::Deserialize)]
pub(super) struct BankForm {
    answer: Button,
}

/// `POST /{lang}/pay/{id}/bank`.
pub(super) async fn answer(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((_, id)): Path<(String, String)>,
    form: Result<Form<BankForm>, FormRejection>,
) -> Result<Response, PageError> {
    let Ok(Form(form)) = form else {
        return Err(PageError::new(visitor.context, StatusCode::BAD_REQUEST));
    };
    let answer = match form.answer {
        Button::Approve => BankAnswer::Approve,
        Button::Refuse => BankAnswer::Refuse,
    };
    let payment = pages
        .payments
        .answer_bank(&visitor.payer, &id, &pages.services, answer)
        .await
        .map_err(|error| visitor.refused(&error))?;
    Ok(onward(visitor.context.lang, &payment).into_response())
}
