//! How a payment ended, and the way back to the service.

use askama::Template;
use axum::extract::{OriginalUri, Path, State};
use axum::response::{IntoResponse, Response};
use tower_sessions::Session;

use super::{Pages, onward, refused};
use crate::payments::payment::Payment;
use crate::payments::state::State as PaymentState;
use crate::payments::words::PayText;
use crate::text::Locale;
use crate::web::{Chrome, Html, PageLang};

#[derive(Template)]
#[template(path = "payments/outcome.html")]
struct OutcomePage {
    chrome: Chrome,
    text: &'static PayText,
    payment: Payment,
}

impl OutcomePage {
    fn lang(&self) -> Locale {
        self.chrome.lang
    }

    fn title(&self) -> &'static str {
        match self.payment.state {
            PaymentState::Success => &self.text.success_title,
            PaymentState::Capturable => &self.text.held_title,
            PaymentState::Created
            | PaymentState::Started
            | PaymentState::Submitted
            | PaymentState::Failed(_)
            | PaymentState::Cancelled
            | PaymentState::Error => &self.text.not_paid_title,
        }
    }

    fn held(&self) -> bool {
        self.payment.state == PaymentState::Capturable
    }
}

/// `GET /{lang}/pay/{id}/outcome`.
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
        Ok(payment) if payment.next_url(chrome.lang).is_some() => {
            onward(chrome.lang, &payment).into_response()
        }
        Ok(payment) => Html(OutcomePage {
            text: PayText::of(chrome.lang),
            chrome,
            payment,
        })
        .into_response(),
        Err(error) => refused(chrome, &error).into_response(),
    }
}
