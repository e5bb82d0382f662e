//! A citizen's payments.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{Pages, Visitor};
use crate::payments::payment::Payment;
use crate::payments::words::PayText;
use crate::text::Locale;
use crate::web::{Html, PageContext, PageError, date_time};

#[derive(Template)]
#[template(path = "payments/mine.html")]
struct MinePage {
    context: PageContext,
    text: &'static PayText,
    payments: Vec<Payment>,
    older: Option<String>,
}

impl MinePage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn when(&self, payment: &Payment) -> String {
        date_time(payment.created)
    }

    fn can_go_on(&self, payment: &Payment) -> bool {
        payment.waits_for_citizen()
    }
}

/// The page of the list.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Older {
    before: Option<String>,
}

/// `GET /{lang}/my/payments?before=…`.
pub(super) async fn show(
    State(pages): State<Pages>,
    visitor: Visitor,
    older: Result<Query<Older>, QueryRejection>,
) -> Result<Response, PageError> {
    let Ok(Query(older)) = older else {
        return Err(PageError::new(visitor.context, StatusCode::BAD_REQUEST));
    };
    let (payments, older) = pages
        .payments
        .payments_of(&visitor.payer, older.before)
        .await
        .map_err(|error| visitor.refused(&error))?;
    Ok(Html(MinePage {
        text: PayText::of(visitor.context.lang),
        context: visitor.context,
        older,
        payments,
    })
    .into_response())
}
