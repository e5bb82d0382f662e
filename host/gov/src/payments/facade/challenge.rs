//! The simulated bank that asks the citizen (3-D Secure).

use askama::Template;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tower_sessions::Session;

use super::{Pages, onward, refused};
use crate::payments::checkout::Answer;
use crate::payments::payment::Payment;
use crate::payments::state::State as PaymentState;
use crate::payments::words::PayText;
use crate::text::Locale;
use crate::web::{Chrome, Html, PageError, PageLang};

#[derive(Template)]
#[template(path = "payments/bank.html")]
struct BankPage {
    chrome: Chrome,
    text: &'static PayText,
    payment: Payment,
}

impl BankPage {
    fn lang(&self) -> Locale {
        self.chrome.lang
    }
}

/// `GET /{lang}/pay/{id}/bank`.
pub(super) async fn show(
    State(pages): State<Pages>,
    chrome: Chrome,
    session: Session,
    uri: OriginalUri,
    Path((PageLang(_), id)): Path<(PageLang, String)>,
) -> Response {
    let payer = match pages.payer(&chrome, &session, &uri).await {
        Ok(payer) => payer,
        Err(response) => return response,
    };
    match pages.payments.outcome(&payer, &id).await {
        Ok(payment) if payment.state == PaymentState::Submitted => Html(BankPage {
            text: PayText::of(chrome.lang),
            chrome,
            payment,
        })
        .into_response(),
        Ok(payment) => onward(chrome.lang, &payment).into_response(),
        Err(error) => refused(chrome, &error).into_response(),
    }
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
    chrome: Chrome,
    session: Session,
    uri: OriginalUri,
    Path((PageLang(_), id)): Path<(PageLang, String)>,
    form: Result<Form<BankForm>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else {
        return PageError::new(chrome, StatusCode::BAD_REQUEST).into_response();
    };
    let payer = match pages.payer(&chrome, &session, &uri).await {
        Ok(payer) => payer,
        Err(response) => return response,
    };
    let answer = match form.answer {
        Button::Approve => Answer::Approve,
        Button::Refuse => Answer::Refuse,
    };
    let payment = match pages.payments.outcome(&payer, &id).await {
        Ok(payment) => payment,
        Err(error) => return refused(chrome, &error).into_response(),
    };
    let standing = pages.standing(&payment);
    match pages.payments.answer_bank(&payer, &id, standing, answer).await {
        Ok(payment) => onward(chrome.lang, &payment).into_response(),
        Err(error) => refused(chrome, &error).into_response(),
    }
}
