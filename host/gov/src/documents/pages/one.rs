//! One document: its claims, an offer to answer, and whom it was shown to.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::{Line, last_day, lines};
use crate::clock::Timestamp;
use crate::documents::Documents;
use crate::documents::document::{Acceptance, Document, State as Standing};
use crate::documents::show::Showing;
use crate::documents::words::DocumentText;
use crate::text::Locale;
use crate::web::{Html, OrMissing as _, OrPage as _, PageContext, PageError, SignedIn, date, date_time};

#[derive(Template)]
#[template(path = "documents/one.html")]
struct DocumentPage {
    context: PageContext,
    text: &'static DocumentText,
    document: Document,
    lines: Vec<Line>,
    showings: Vec<Showing>,
    now: Timestamp,
    is_mistaken: bool,
}

impl DocumentPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn last_day(&self, document: &Document) -> String {
        last_day(document)
    }

    fn is_offered(&self) -> bool {
        self.document.is_offered(self.now)
    }

    fn can_be_shown(&self) -> bool {
        self.document.acceptance(self.now) == Acceptance::Accepted && self.is_good()
    }

    fn is_good(&self) -> bool {
        self.document.state(self.now) == Standing::Valid
    }

    fn state(&self) -> &str {
        match self.is_offered() {
            true => self.text.acceptances.get(&Acceptance::Offered),
            false => self.text.states.get(&self.document.state(self.now)),
        }
    }

    fn from(&self) -> String {
        date(self.document.valid_from)
    }

    fn offer_ends(&self) -> String {
        date_time(self.document.offer_ends())
    }

    fn made(&self, showing: &Showing) -> String {
        date_time(showing.created)
    }

    fn seen(&self, showing: &Showing) -> String {
        match (showing.seen, &showing.shown_to) {
            (Some(_), Some(site)) => format!("{} {site}", self.text.seen_by),
            (Some(at), None) => date_time(at),
            (None, _) if self.now < showing.until => self.text.seen_not_yet.clone(),
            (None, _) => self.text.seen_never.clone(),
        }
    }

    fn titles(&self, showing: &Showing) -> String {
        let titles = showing
            .claims
            .iter()
            .filter_map(|name| self.document.kind.claim(name));
        let titles: Vec<&str> = titles.map(|rule| rule.title.get(self.lang())).collect();
        titles.join(", ")
    }

    /// Whether the document has this claim.
    fn has(&self, line: &Line) -> bool {
        self.document.claims.contains_key(&line.name)
    }
}

/// `GET /{lang}/my/documents/{id}`.
pub(super) async fn show(
    State(documents): State<Documents>,
    person: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    page(&documents, person, &id, false).await
}

/// The page; `is_mistaken` after a form in which nothing was chosen.
pub(super) async fn page(
    documents: &Documents,
    SignedIn { context, citizen }: SignedIn,
    id: &str,
    is_mistaken: bool,
) -> Result<Response, PageError> {
    let document = documents.held(&citizen.citizen, id).await;
    let document = document.or_page(&context)?.or_missing(&context)?;
    let showings = documents.showings(&document.id).await.or_page(&context)?;
    let page = Html(DocumentPage {
        text: DocumentText::of(context.lang),
        lines: lines(&document, context.lang, |_| true),
        showings,
        document,
        now: documents.platform.clock.now(),
        is_mistaken,
        context,
    });
    let status = match is_mistaken {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false => StatusCode::OK,
    };
    Ok((status, page).into_response())
}
