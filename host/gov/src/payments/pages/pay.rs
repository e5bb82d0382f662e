//! The pay page: payee, amount, description, and the card.

use std::fmt;

use askama::Template;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::SecretString;

use super::{Pages, Visitor, onward};
use crate::invocation::Availability;
use crate::payments::card::{Card, CardError, CardForm, TEST_CARDS, TestCard};
use crate::payments::checkout::CheckoutError;
use crate::payments::payment::Payment;
use crate::payments::receipt::Facts;
use crate::payments::rejection::Rejection;
use crate::payments::state::State as PaymentState;
use crate::payments::words::PayText;
use crate::text::Locale;
use crate::web::{Html, PageContext, PageError, date_time};

#[derive(Template)]
#[template(path = "payments/pay.html")]
struct PayPage {
    context: PageContext,
    text: &'static PayText,
    payment: Payment,
    facts: Facts,
    confirmation: String,
    /// The test card of the last attempt, for another try with a corrected date or code; never another number.
    card_number: String,
    expiry_month: String,
    expiry_year: String,
    errors: Vec<CardError>,
}

impl PayPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn test_cards(&self) -> [TestCard; TEST_CARDS.len()] {
        TEST_CARDS
    }

    fn expires(&self) -> String {
        date_time(self.payment.expires)
    }

    /// The errors with their fields: of the submitted form, or of the card that was tried before.
    fn mistakes(&self) -> Vec<(&'static str, String)> {
        if let (true, Some(rejection)) = (self.errors.is_empty(), self.payment.rejection) {
            let field = match rejection {
                Rejection::Declined | Rejection::RefusedAtBank => "card-number",
                Rejection::ExpiredCard => "expiry-month",
                Rejection::WrongCvc => "cvc",
            };
            let (why, advice) = (self.text.rejection(rejection), &self.text.rejection_advice);
            return vec![(field, format!("{why} {advice}"))];
        }
        if self.errors.is_empty() && self.payment.lost_a_card() {
            return vec![("card-number", self.text.card_lost.clone())];
        }
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
                (field, self.text.card_error(*error).to_owned())
            })
            .collect()
    }

    fn mistake(&self, field: &str) -> Option<String> {
        self.mistakes()
            .into_iter()
            .find_map(|(of, message)| (of == field).then_some(message))
    }
}

/// The form of the pay page. Its `Debug` output has no content.
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

impl PayPage {
    /// The page with an empty form.
    fn empty(pages: &Pages, context: PageContext, payment: Payment) -> Self {
        Self {
            text: PayText::of(context.lang),
            confirmation: pages.payments.confirmation(&payment),
            facts: Facts::of(&payment),
            context,
            payment,
            card_number: String::new(),
            expiry_month: String::new(),
            expiry_year: String::new(),
            errors: Vec::new(),
        }
    }
}

/// `GET /{lang}/pay/{id}`.
pub(super) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let payment = start(&pages, &visitor, &id).await?;
    if payment.state != PaymentState::Started {
        return Ok(onward(visitor.context.lang, &payment).into_response());
    }
    let service = pages.services.find(&payment.service);
    let now = pages.payments.platform.clock.now();
    if Availability::of(service.as_deref(), now) == Availability::Suspended {
        return Err(visitor.refused(&CheckoutError::Stopped));
    }
    Ok(Html(PayPage::empty(&pages, visitor.context, payment)).into_response())
}

async fn start(pages: &Pages, visitor: &Visitor, id: &str) -> Result<Payment, PageError> {
    let started = pages.payments.start(&visitor.payer, id).await;
    started.map_err(|error| visitor.refused(&error))
}

/// `POST /{lang}/pay/{id}`.
pub(super) async fn submit(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((_, id)): Path<(String, String)>,
    form: Result<Form<PayForm>, FormRejection>,
) -> Result<Response, PageError> {
    let Ok(Form(form)) = form else {
        return Err(PageError::new(visitor.context, StatusCode::BAD_REQUEST));
    };
    let payment = start(&pages, &visitor, &id).await?;
    if payment.state != PaymentState::Started {
        return Ok(onward(visitor.context.lang, &payment).into_response());
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
                expiry_month: typed.expiry_month,
                expiry_year: typed.expiry_year,
                errors,
                ..PayPage::empty(&pages, visitor.context, payment)
            };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page)).into_response());
        }
    };
    let payment = pages
        .payments
        .pay(&visitor.payer, &id, &pages.services, form.confirmation, card)
        .await
        .map_err(|error| visitor.refused(&error))?;
    if payment.state == PaymentState::Started {
        let tried = TEST_CARDS
            .iter()
            .find(|known| known.behaviour == card.behaviour());
        let page = PayPage {
            card_number: tried.map(TestCard::grouped).unwrap_or_default(),
            expiry_month: typed.expiry_month,
            expiry_year: typed.expiry_year,
            ..PayPage::empty(&pages, visitor.context, payment)
        };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(page)).into_response());
    }
    Ok(onward(visitor.context.lang, &payment).into_response())
}

/// `POST /{lang}/pay/{id}/turn-back`.
pub(super) async fn turn_back(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let payment = pages
        .payments
        .turn_back(&visitor.payer, &id)
        .await
        .map_err(|error| visitor.refused(&error))?;
    Ok(onward(visitor.context.lang, &payment).into_response())
}

/// `GET /{lang}/pay/{id}/turn-back`, after a log-in or a change of language: leads to the pay page.
pub(super) async fn back_to_page(context: PageContext, Path((_, id)): Path<(String, String)>) -> Redirect {
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    Redirect::to(&format!("/{}/pay/{id}", context.lang))
}
