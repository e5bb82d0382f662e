//! A citizen's payments.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{OriginalUri, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tower_sessions::Session;

use super::{Pages, refused};
use crate::payments::checkout::PAGE_PAYMENTS_MAX;
use crate::payments::payment::Payment;
use crate::payments::words::PayText;
use crate::text::Locale;
use crate::web::{Chrome, Html, PageError, date_time};

#[derive(Template)]
#[template(path = "payments/mine.html")]
struct MinePage {
    chrome: Chrome,
    text: &'static PayText,
    payments: Vec<Payment>,
    older: Option<String>,
}

impl MinePage {
    fn lang(&self) -> Locale {
        self.chrome.lang
    }

    fn when(&self, payment: &Payment) -> String {
        date_time(payment.created)
    }

    fn can_go_on(&self, payment: &Payment) -> bool {
        payment.next_url(self.lang()).is_some()
    }
}

/// Which page of the list.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Older {
    before: Option<String>,
}

/// `GET /{lang}/my/payments?before=…`.
pub(super) async fn show(
    State(pages): State<Pages>,
    chrome: Chrome,
    session: Session,
    uri: OriginalUri,
    older: Result<Query<Older>, QueryRejection>,
) -> Response {
    let Ok(Query(older)) = older else {
        return PageError::new(chrome, StatusCode::BAD_REQUEST).into_response();
    };
    let payer = match pages.payer(&chrome, &session, &uri).await {
        Ok(payer) => payer,
        Err(response) => return response,
    };
    match pages.payments.payments_of(&payer, older.before).await {
        Ok(payments) => {
            let full = u32::try_from(payments.len()).is_ok_and(|count| count >= PAGE_PAYMENTS_MAX);
            Html(MinePage {
                text: PayText::of(chrome.lang),
                chrome,
                older: payments.last().filter(|_| full).map(|payment| payment.id.clone()),
                payments,
            })
            .into_response()
        }
        Err(error) => refused(chrome, &error).into_response(),
    }
}
