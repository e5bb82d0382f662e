//! What somebody sees who is shown a document.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};

use super::{Line, last_day, lines};
use crate::documents::Documents;
use crate::documents::document::{Document, State as Standing};
use crate::documents::show::{Look, OpenError};
use crate::documents::words::DocumentText;
use crate::text::Locale;
use crate::web::{Html, OrPage as _, PageContext, PageError, date_time};

#[derive(Template)]
#[template(path = "documents/open.html")]
struct OpenPage {
    context: PageContext,
    text: &'static DocumentText,
    action: String,
}

#[derive(Template)]
#[template(path = "documents/seen.html")]
struct SeenPage {
    context: PageContext,
    text: &'static DocumentText,
    look: Look,
    lines: Vec<Line>,
    checked: String,
    proof: String,
}

impl SeenPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn last_day(&self, document: &Document) -> String {
        last_day(document)
    }

    fn is_good(&self) -> bool {
        self.look.state == Standing::Valid
    }
}

fn over(context: PageContext) -> PageError {
    let text = DocumentText::of(context.lang);
    PageError::with_text(
        context,
        StatusCode::GONE,
        text.over_title.clone(),
        text.over_text.clone(),
    )
}

/// `GET /{lang}/shown/{id}/{code}`: nothing happens before the button is pressed, so that the preview of a link does not
/// use it up.
pub(super) async fn ask(
    State(documents): State<Documents>,
    context: PageContext,
    Path((_, id, code)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    if !documents.can_be_opened(&id, &code).await.or_page(&context)? {
        return Err(over(context));
    }
    Ok(Html(OpenPage {
        text: DocumentText::of(context.lang),
        action: format!("/{}/shown/{id}/{code}", context.lang),
        context,
    })
    .into_response())
}

/// `POST /{lang}/shown/{id}/{code}`.
pub(super) async fn open(
    State(documents): State<Documents>,
    context: PageContext,
    Path((_, id, code)): Path<(String, String, String)>,
) -> Result<Redirect, PageError> {
    match documents.open_showing(&id, &code).await {
        Ok(look) => Ok(Redirect::to(&format!(
            "/{}/shown/{id}/{look}/document",
            context.lang
        ))),
        Err(OpenError::Over) => Err(over(context)),
        Err(OpenError::Db(error)) => Err(PageError::internal(context, &error)),
        Err(OpenError::Sign(error)) => Err(PageError::internal(context, &error)),
    }
}

/// `GET /{lang}/shown/{id}/{code}/document`.
pub(super) async fn show(
    State(documents): State<Documents>,
    context: PageContext,
    Path((_, id, code)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let look = documents.look(&id, &code).await.or_page(&context)?;
    let look = look.ok_or_else(|| over(context.clone()))?;
    Ok(Html(SeenPage {
        text: DocumentText::of(context.lang),
        lines: lines(&look.document, context.lang, |name| {
            look.claims.iter().any(|shown| shown == name)
        }),
        checked: date_time(documents.platform.clock.now()),
        proof: format!("/{}/shown/{id}/{code}/proof", context.lang),
        look,
        context,
    })
    .into_response())
}

/// `GET /{lang}/shown/{id}/{code}/proof`: the signed copy, as a download.
pub(super) async fn proof(
    State(documents): State<Documents>,
    context: PageContext,
    Path((_, id, code)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let look = documents.look(&id, &code).await.or_page(&context)?;
    let look = look.ok_or_else(|| over(context))?;
    let headers = [
        (header::CONTENT_TYPE, "application/dc+sd-jwt"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"document.sd-jwt\"",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, look.presented).into_response())
}
