//! The receipt: what the citizen keeps, on paper too.

use askama::Template;
use axum::extract::{OriginalUri, Path, State};
use axum::response::{IntoResponse, Response};
use tower_sessions::Session;

use super::{Pages, refused};
use crate::payments::Receipt;
use crate::payments::money::Money;
use crate::payments::payment::Payment;
use crate::payments::words::PayText;
use crate::text::Locale;
use crate::web::{Chrome, Html, PageLang, date_time};

#[derive(Template)]
#[template(path = "payments/receipt.html")]
struct ReceiptPage {
    chrome: Chrome,
    text: &'static PayText,
    receipt: Receipt,
    payment: Payment,
}

impl ReceiptPage {
    fn lang(&self) -> Locale {
        self.chrome.lang
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
    chrome: Chrome,
    session: Session,
    uri: OriginalUri,
    Path((PageLang(_), id)): Path<(PageLang, String)>,
) -> Response {
    let payer = match pages.payer(&chrome, &session, &uri).await {
        Ok(payer) => payer,
        Err(response) => return response,
    };
    match pages.payments.receipt(&payer, &id).await {
        Ok((receipt, payment)) => Html(ReceiptPage {
            text: PayText::of(chrome.lang),
            chrome,
            receipt,
            payment,
        })
        .into_response(),
        Err(error) => refused(chrome, &error).into_response(),
    }
}
