//! One presentation: who asks for what and why, what of the citizen's box fits, and what was shown.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};

use super::{Asked, Pages, asked};
use crate::clock::Timestamp;
use crate::documents::document::Document;
use crate::documents::pages::{Line, last_day, lines};
use crate::documents::presentation::presenter::is_stopped;
use crate::documents::presentation::{Choice, Status, Stored, Wanted};
use crate::documents::words::PresentationText;
use crate::text::Locale;
use crate::web::{Html, OrMissing as _, OrPage as _, PageContext, PageError, SignedIn, date_time};

#[derive(Template)]
#[template(path = "presentations/one.html")]
struct PresentationPage {
    context: PageContext,
    text: &'static PresentationText,
    stored: Stored,
    asked: Vec<Vec<Asked>>,
    /// Empty where nothing can be answered.
    choices: Vec<Choice>,
    shown: Vec<(Document, Vec<Line>)>,
    is_stopped: bool,
    way_back: Option<String>,
    now: Timestamp,
}

impl PresentationPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn can_answer(&self) -> bool {
        self.stored.can_answer(self.now)
    }

    fn until(&self) -> String {
        date_time(self.stored.expires)
    }

    fn status(&self) -> &str {
        self.text.statuses.get(&self.stored.status(self.now))
    }

    fn failure(&self) -> Option<&str> {
        let failure = self.stored.failure(self.now)?;
        Some(self.text.failures.get(&failure))
    }

    fn is_shown(&self) -> bool {
        self.stored.status(self.now) == Status::Success
    }

    fn readable(&self) -> String {
        let Some(until) = self.stored.readable_until() else {
            return String::new();
        };
        let label = match self.now < until {
            true => &self.text.shown_until,
            false => &self.text.shown_over,
        };
        format!("{label} {}", date_time(until))
    }

    fn last_day(&self, document: &Document) -> String {
        last_day(document)
    }

    /// What the service would learn of a document.
    fn disclosed(&self, document: &Document, wanted: &Wanted) -> Vec<Line> {
        lines(document, self.lang(), |name| {
            wanted.claims.iter().any(|claim| claim == name)
        })
    }
}

/// `GET /{lang}/my/presentations/{id}`.
pub(in crate::documents::pages) async fn show(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let (documents, citizen) = (&pages.documents, citizen.citizen);
    let stored = documents.presentation_of(&citizen, &id).await;
    let stored = stored.or_page(&context)?.or_missing(&context)?;
    let now = documents.platform.clock.now();
    let is_stopped = is_stopped(&pages.services, &stored, now);
    let choices = match stored.can_answer(now) && !is_stopped {
        true => documents.choices(&citizen, &stored).await.or_page(&context)?,
        false => Vec::new(),
    };
    let mut shown = Vec::new();
    for (wanted, document) in documents.shown_of(&stored).await.or_page(&context)? {
        let lines = lines(&document, context.lang, |name| {
            wanted.claims.iter().any(|claim| claim == name)
        });
        shown.push((document, lines));
    }
    Ok(Html(PresentationPage {
        text: PresentationText::of(context.lang),
        asked: asked(&pages, &stored, context.lang),
        way_back: pages
            .way_back(&stored)
            .filter(|_| stored.presenter == crate::presentation_terms::Presenter::Current),
        choices,
        shown,
        is_stopped,
        stored,
        now,
        context,
    })
    .into_response())
}
