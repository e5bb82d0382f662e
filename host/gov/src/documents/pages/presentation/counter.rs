//! The page with the code, for whoever stands behind a counter. Its address is the key: nobody logs in there.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};

use super::Pages;
use crate::documents::presentation::{Status, Stored};
use crate::documents::words::PresentationText;
use crate::text::Locale;
use crate::web::{Html, OrMissing as _, OrPage as _, PageContext, PageError, date_time, qr_picture};

#[derive(Template)]
#[template(path = "presentations/counter.html")]
struct CounterPage {
    context: PageContext,
    text: &'static PresentationText,
    stored: Stored,
    status: Status,
    here: String,
    address: String,
    picture: Option<String>,
    way_back: Option<String>,
}

impl CounterPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn until(&self) -> String {
        date_time(self.stored.expires)
    }
}

/// `GET /{lang}/presentations/{id}/{code}`.
pub(in crate::documents::pages) async fn show(
    State(pages): State<Pages>,
    context: PageContext,
    Path((_, id, code)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let documents = &pages.documents;
    let stored = documents.at_counter(&id, &code).await.or_page(&context)?;
    let stored = stored.or_missing(&context)?;
    let lang = context.lang;
    let address = format!("{}{}", documents.issuer.address, documents.scan_path(lang, &id));
    Ok(Html(CounterPage {
        text: PresentationText::of(lang),
        status: stored.status(documents.platform.clock.now()),
        here: documents.counter_path(lang, &id),
        picture: qr_picture(&address),
        address,
        way_back: pages.way_back(&stored),
        stored,
        context,
    })
    .into_response())
}
