//! One signing: who asks, what is to be signed, and the signed files.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};

use super::Pages;
use crate::clock::Timestamp;
use crate::signature::signing::{Document, File, Status, Stored};
use crate::signature::words::SignatureText;
use crate::text::Locale;
use crate::web::{Html, OrMissing as _, OrPage as _, PageContext, PageError, SignedIn, date_time};

#[derive(Template)]
#[template(path = "signatures/one.html")]
struct SigningPage {
    context: PageContext,
    text: &'static SignatureText,
    signing: Stored,
    documents: Vec<Document>,
    files: Vec<File>,
    now: Timestamp,
    is_stopped: bool,
    way_back: Option<String>,
}

impl SigningPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn status(&self) -> Status {
        self.signing.status(self.now)
    }

    fn status_text(&self) -> &str {
        self.text.statuses.get(&self.status())
    }

    fn can_answer(&self) -> bool {
        self.status().is_open() && !self.is_stopped
    }

    fn is_waiting(&self) -> bool {
        self.status() == Status::Submitted
    }

    fn is_signed(&self) -> bool {
        self.status() == Status::Success
    }

    fn failure(&self) -> Option<&str> {
        let failure = self.signing.failure(self.now)?;
        Some(self.text.failures.get(&failure))
    }

    fn until(&self) -> String {
        date_time(self.signing.expires)
    }

    fn kept(&self) -> String {
        self.signing.kept_until().map(date_time).unwrap_or_default()
    }
}

/// `GET /{lang}/my/signatures/{id}`.
pub(super) async fn show(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let found = pages.signatures.of_signer(&citizen.citizen, &id).await;
    let (signing, documents, files) = found.or_page(&context)?.or_missing(&context)?;
    Ok(Html(SigningPage {
        text: SignatureText::of(context.lang),
        now: pages.signatures.platform.clock.now(),
        is_stopped: pages.is_stopped(&signing),
        way_back: pages.way_back(&signing),
        signing,
        documents,
        files,
        context,
    })
    .into_response())
}
