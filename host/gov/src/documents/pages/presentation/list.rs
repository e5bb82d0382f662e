//! The list of what a citizen was asked to show.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use super::Pages;
use crate::clock::Timestamp;
use crate::documents::presentation::{Status, Stored};
use crate::documents::words::PresentationText;
use crate::text::Locale;
use crate::web::{Html, OrPage as _, PageContext, PageError, SignedIn, date_time};

#[derive(Template)]
#[template(path = "presentations/list.html")]
struct ListPage {
    context: PageContext,
    text: &'static PresentationText,
    presentations: Vec<Stored>,
    now: Timestamp,
}

impl ListPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn asked_at(&self, stored: &Stored) -> String {
        date_time(stored.created)
    }

    fn status(&self, stored: &Stored) -> &str {
        self.text.statuses.get(&stored.status(self.now))
    }

    fn is_open(&self, stored: &Stored) -> bool {
        stored.can_answer(self.now)
    }

    fn is_shown(&self, stored: &Stored) -> bool {
        stored.status(self.now) == Status::Success
    }
}

/// `GET /{lang}/my/presentations`.
pub(in crate::documents::pages) async fn show(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
) -> Result<Response, PageError> {
    let presentations = pages.documents.presentations_of(&citizen.citizen).await;
    Ok(Html(ListPage {
        text: PresentationText::of(context.lang),
        presentations: presentations.or_page(&context)?,
        now: pages.documents.platform.clock.now(),
        context,
    })
    .into_response())
}
