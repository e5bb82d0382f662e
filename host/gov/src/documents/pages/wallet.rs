//! The pages on which citizens show documents to web sites of others, and what such a site reads about the wallet.

pub(super) mod answer;
pub(super) mod metadata;
pub(super) mod one;
pub(super) mod start;

use axum::http::StatusCode;

use crate::documents::wallet::Refusal;
use crate::documents::words::WalletText;
use crate::web::{PageContext, PageError};

/// The path of the pages after the language.
const PRESENT: &str = "/my/documents/present";

/// The page for a request that is wrong, with what the site's developer needs to know.
fn wrong(context: PageContext, refusal: &Refusal) -> PageError {
    let text = WalletText::of(context.lang);
    let said = format!(
        "{} {} {}: {}.",
        text.refused_text,
        text.refused_detail,
        refusal.code.code(),
        refusal.detail
    );
    PageError::with_text(context, StatusCode::BAD_REQUEST, text.refused_title.clone(), said)
}

fn said(context: PageContext, status: StatusCode, (title, text): (&str, &str)) -> PageError {
    PageError::with_text(context, status, title.to_owned(), text.to_owned())
}
