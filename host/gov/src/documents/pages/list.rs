//! The list of a citizen's documents.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use super::last_day;
use crate::clock::Timestamp;
use crate::documents::Documents;
use crate::documents::document::{Acceptance, Document, State as Standing};
use crate::documents::words::DocumentText;
use crate::text::Locale;
use crate::web::{Html, OrPage as _, PageContext, PageError, SignedIn};

#[derive(Template)]
#[template(path = "documents/list.html")]
struct ListPage {
    context: PageContext,
    text: &'static DocumentText,
    documents: Vec<Document>,
    now: Timestamp,
}

impl ListPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn last_day(&self, document: &Document) -> String {
        last_day(document)
    }

    fn is_offered(&self, document: &Document) -> bool {
        document.is_offered(self.now)
    }

    fn is_good(&self, document: &Document) -> bool {
        document.state(self.now) == Standing::Valid
    }

    fn state(&self, document: &Document) -> &str {
        match self.is_offered(document) {
            true => self.text.acceptances.get(&Acceptance::Offered),
            false => self.text.states.get(&document.state(self.now)),
        }
    }
}

/// `GET /{lang}/my/documents`.
pub(super) async fn show(
    State(documents): State<Documents>,
    SignedIn { context, citizen }: SignedIn,
) -> Result<Response, PageError> {
    let held = documents.of_holder(&citizen.citizen).await.or_page(&context)?;
    Ok(Html(ListPage {
        text: DocumentText::of(context.lang),
        documents: held,
        now: documents.platform.clock.now(),
        context,
    })
    .into_response())
}
