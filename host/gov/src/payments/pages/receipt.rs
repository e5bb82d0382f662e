//! The receipt: the citizen's record, also for printing.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::{Pages, Visitor};
use crate::payments::money::Money;
use crate::payments::payment::Payment;
use crate::payments::receipt::{Facts, Receipt};
use crate::payments::words::PayText;
use crate::text::Locale;
use crate::web::{Html, PageContext, PageError, date_time};

#[derive(Template)]
#[template(path = "payments/receipt.html")]
struct ReceiptPage {
    context: PageContext,
    text: &'static PayText,
    receipt: Receipt,
    facts: Facts,
    payment: Payment,
    /// The service's address; `None` if it is no longer deployed.
    way_back: Option<String>,
}

impl ReceiptPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn time(&self) -> String {
        date_time(self.receipt.at)
    }

    fn refunded(&self) -> Option<String> {
        (self.payment.refunded > Money::ZERO).then(|| self.payment.refunded.display(self.lang()).to_string())
    }
}

/// `GET /{lang}/receipts/{id}`.
pub(super) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (receipt, payment) = pages
        .payments
        .receipt(&visitor.payer, &id)
        .await
        .map_err(|error| visitor.refused(&error))?;
    Ok(Html(ReceiptPage {
        text: PayText::of(visitor.context.lang),
        context: visitor.context,
        facts: receipt.facts.clone(),
        receipt,
        way_back: pages.way_back(&payment),
        payment,
    })
    .into_response())
}
