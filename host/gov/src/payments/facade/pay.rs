//! The pay page: who gets how much for what, and the card.

use std::fmt;

use askama::Template;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{OriginalUri, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use tower_sessions::Session;

use super::{Pages, onward, refused};
use crate::payments::card::{Card, CardError, CardForm, TEST_CARDS, TestCard};
use crate::payments::checkout::{CheckoutError, Standing};
use crate::payments::payment::Payment;
use crate::payments::state::State as PaymentState;
use crate::payments::words::PayText;
use crate::text::Locale;
use crate::web::{Chrome, Html, PageError, PageLang, date_time};

#[derive(Template)]
#[template(path = "payments/pay.html")]
struct PayPage {
    chrome: Chrome,
    text: &'static PayText,
    payment: Payment,
    confirmation: String,
    expiry_month: String,
    expiry_year: String,
    errors: Vec<CardError>,
}

impl PayPage {
    fn lang(&self) -> Locale {
        self.chrome.lang
    }

    fn test_cards(&self) -> [TestCard; TEST_CARDS.len()] {
        TEST_CARDS
    }

    fn expires(&self) -> String {
        date_time(self.payment.expires)
    }

    /// What is wrong, with the field to go to.
    fn mistakes(&self) -> Vec<(&'static str, &'static str)> {
        self.errors
            .iter()
            .map(|error| {
                let field = match error {
                    CardError::NumberMissing | CardError::NumberInvalid | CardError::NumberNotTest => {
                        "card-number"
                    }
                    CardError::ExpiryInvalid | CardError::ExpiryPast => "expiry-month",
                    CardError::CvcInvalid => "cvc",
                };
                (field, self.text.card_error(*error))
            })
            .collect()
    }

    fn mistake(&self, field: &str) -> Option<&'static str> {
        self.mistakes()
            .into_iter()
            .find_map(|(of, message)| (of == field).then_some(message))
    }
}

/// The form of the pay page. Shows nothing of itself in a log.
#[derive(serde::Deserialize)]
pub(super) struct PayForm {
    #[serde(default)]
    confirmation: String,
    #[serde(default, rename = "card-number", deserialize_with = "secret")]
    card_number: SecretString,
    #[serde(default, rename = "expiry-month")]
    expiry_month: String,
    #[serde(default, rename = "expiry-year")]
    expiry_year: String,
    #[serde(default, deserialize_with = "secret")]
    cvc: SecretString,
}

impl fmt::Debug for PayForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PayForm")
    }
}

fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    <String as serde::Deserialize>::deserialize(deserializer).map(SecretString::from)
}

/// `GET /{lang}/pay/{id}`.
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
    let payment = match pages.payments.start(&payer, &id).await {
        Ok(payment) => payment,
        Err(error) => return refused(chrome, &error).into_response(),
    };
    if payment.state != PaymentState::Started {
        return onward(chrome.lang, &payment).into_response();
    }
    if pages.standing(&payment) == Standing::Stopped {
        return refused(chrome, &CheckoutError::Stopped).into_response();
    }
    Html(PayPage {
        text: PayText::of(chrome.lang),
        confirmation: pages.payments.confirmation(&payment),
        chrome,
        payment,
        expiry_month: String::new(),
        expiry_year: String::new(),
        errors: Vec::new(),
    })
    .into_response()
}

/// `POST /{lang}/pay/{id}`.
pub(super) async fn submit(
    State(pages): State<Pages>,
    chrome: Chrome,
    session: Session,
    uri: OriginalUri,
    Path((PageLang(_), id)): Path<(PageLang, String)>,
    form: Result<Form<PayForm>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else {
        return PageError::new(chrome, StatusCode::BAD_REQUEST).into_response();
    };
    let payer = match pages.payer(&chrome, &session, &uri).await {
        Ok(payer) => payer,
        Err(response) => return response,
    };
    let payment = match pages.payments.start(&payer, &id).await {
        Ok(payment) => payment,
        Err(error) => return refused(chrome, &error).into_response(),
    };
    if payment.state != PaymentState::Started {
        return onward(chrome.lang, &payment).into_response();
    }
    let typed = CardForm {
        number: form.card_number,
        expiry_month: form.expiry_month,
        expiry_year: form.expiry_year,
        cvc: form.cvc,
    };
    let card = match Card::parse(&typed, pages.payments.platform.clock.now()) {
        Ok(card) => card,
        Err(errors) => {
            // The number and the code are not sent back to the page.
            let page = PayPage {
                text: PayText::of(chrome.lang),
                confirmation: pages.payments.confirmation(&payment),
                chrome,
                payment,
                expiry_month: typed.expiry_month,
                expiry_year: typed.expiry_year,
                errors,
            };
            return (StatusCode::UNPROCESSABLE_ENTITY, Html(page)).into_response();
        }
    };
    let standing = pages.standing(&payment);
    match pages
        .payments
        .pay(&payer, &id, standing, form.confirmation, card)
        .await
    {
        Ok(payment) => onward(chrome.lang, &payment).into_response(),
        Err(error) => refused(chrome, &error).into_response(),
    }
}

/// `POST /{lang}/pay/{id}/turn-back`.
pub(super) async fn turn_back(
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
    match pages.payments.turn_back(&payer, &id).await {
        Ok(payment) => onward(chrome.lang, &payment).into_response(),
        Err(error) => refused(chrome, &error).into_response(),
    }
}
