//! The public check of a receipt: for a counter, a landlord, an auditor. Needs no log-in.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{Pages, refused};
use crate::payments::Receipt;
use crate::payments::payment::Payment;
use crate::payments::words::PayText;
use crate::text::Locale;
use crate::typed;
use crate::web::{Html, PageContext, PageError, date_time};

#[derive(Template)]
#[template(path = "payments/check.html")]
struct CheckPage {
    context: PageContext,
    text: &'static PayText,
    number: String,
    /// The receipt that was found.
    found: Option<(Receipt, Payment)>,
    asked: bool,
}

impl CheckPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    /// Whether a receipt was searched for and not found.
    fn is_wrong(&self) -> bool {
        self.asked && self.found.is_none()
    }

    fn time(&self, receipt: &Receipt) -> String {
        date_time(receipt.at)
    }
}

/// `GET /{lang}/receipts`.
pub(super) async fn show(context: PageContext) -> Response {
    Html(CheckPage {
        text: PayText::of(context.lang),
        context,
        number: String::new(),
        found: None,
        asked: false,
    })
    .into_response()
}

/// The number and the code on the receipt.
#[derive(Debug, serde::Deserialize)]
pub(super) struct CheckForm {
    #[serde(default)]
    number: String,
    #[serde(default)]
    code: String,
}

/// `POST /{lang}/receipts`.
pub(super) async fn answer(
    State(pages): State<Pages>,
    context: PageContext,
    form: Result<Form<CheckForm>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else {
        return PageError::new(context, StatusCode::BAD_REQUEST).into_response();
    };
    let platform = &pages.payments.platform;
    let request_id = platform.random.id("req", platform.clock.now());
    let number = typed::code(&form.number);
    let found = match pages
        .payments
        .check_receipt(request_id, number.clone(), form.code)
        .await
    {
        Ok(found) => found,
        Err(error) => return refused(context, &error).into_response(),
    };
    let status = match found {
        Some(_) => StatusCode::OK,
        None => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = CheckPage {
        text: PayText::of(context.lang),
        context,
        number,
        found,
        asked: true,
    };
    (status, Html(page)).into_response()
}
