//! Showing a document: the choice of claims, and the code that the verifier scans.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::{BOX, Line, lines, one, refusal};
use crate::clock::Timestamp;
use crate::documents::Documents;
use crate::documents::document::Document;
use crate::documents::show::{ShowError, Showing};
use crate::documents::words::DocumentText;
use crate::text::Locale;
use crate::web::{
    Html, OrMissing as _, OrPage as _, PageContext, PageError, SignedIn, date_time, qr_picture,
};

#[derive(Template)]
#[template(path = "documents/code.html")]
struct CodePage {
    context: PageContext,
    text: &'static DocumentText,
    document: Document,
    showing: Showing,
    lines: Vec<Line>,
    address: String,
    picture: Option<String>,
    now: Timestamp,
}

impl CodePage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn until(&self) -> String {
        date_time(self.showing.until)
    }

    fn seen(&self) -> Option<String> {
        self.showing.seen.map(date_time)
    }

    fn is_over(&self) -> bool {
        self.now >= self.showing.until
    }
}

/// `POST /{lang}/my/documents/{id}/showings`. Each field is the name of a claim.
pub(super) async fn make(
    State(documents): State<Documents>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
    form: Result<Form<BTreeMap<String, String>>, FormRejection>,
) -> Result<Response, PageError> {
    let context = context.at(format!("{BOX}/{id}"));
    let Ok(Form(chosen)) = form else {
        return Err(PageError::new(context, StatusCode::BAD_REQUEST));
    };
    let chosen: BTreeSet<String> = chosen.into_keys().collect();
    let text = DocumentText::of(context.lang);
    let (status, said) = match documents.show(&citizen.citizen, &id, &chosen).await {
        Ok(showing) => {
            let here = format!("/{}{BOX}/{id}/showings/{}", context.lang, showing.id);
            return Ok(Redirect::to(&here).into_response());
        }
        Err(ShowError::Missing) => return Err(PageError::new(context, StatusCode::NOT_FOUND)),
        Err(ShowError::Db(error)) => return Err(PageError::internal(context, &error)),
        Err(ShowError::Claims) => {
            return one::page(&documents, SignedIn { context, citizen }, &id, true).await;
        }
        Err(ShowError::NotValid) => (
            StatusCode::CONFLICT,
            (&text.not_valid_title, &text.not_valid_text),
        ),
        Err(ShowError::TooMany) => (
            StatusCode::TOO_MANY_REQUESTS,
            (&text.too_many_title, &text.too_many_text),
        ),
    };
    Err(refusal(context, status, (said.0, said.1), &id))
}

/// `GET /{lang}/my/documents/{id}/showings`, after a log-in that interrupted the form.
pub(super) async fn back(context: PageContext, Path((_, id)): Path<(String, String)>) -> Redirect {
    Redirect::to(&format!("/{}{BOX}/{id}", context.lang))
}

/// `GET /{lang}/my/documents/{id}/showings/{showing}`.
pub(super) async fn code(
    State(documents): State<Documents>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id, showing)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let document = documents.held(&citizen.citizen, &id).await;
    let document = document.or_page(&context)?.or_missing(&context)?;
    let showings = documents.showings(&id).await.or_page(&context)?;
    let showing = showings
        .into_iter()
        .find(|one| one.id == showing)
        .or_missing(&context)?;
    let lang = context.lang;
    let address = format!(
        "{}/{lang}/shown/{}/{}",
        documents.issuer.address,
        showing.id,
        documents.open_code(&showing.id)
    );
    Ok(Html(CodePage {
        text: DocumentText::of(lang),
        lines: lines(&document, lang, |name| {
            showing.claims.iter().any(|shown| shown == name)
        }),
        picture: qr_picture(&address),
        address,
        document,
        showing,
        now: documents.platform.clock.now(),
        context,
    })
    .into_response())
}
