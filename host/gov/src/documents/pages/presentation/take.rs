//! What somebody sees who opens the code of a service that asks anyone.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::{LIST, Pages};
use crate::documents::presentation::{Stored, Taken};
use crate::documents::words::PresentationText;
use crate::text::Locale;
use crate::web::{Html, OrPage as _, PageContext, PageError, SignedIn};

#[derive(Template)]
#[template(path = "presentations/take.html")]
struct TakePage {
    context: PageContext,
    text: &'static PresentationText,
    stored: Stored,
    action: String,
}

impl TakePage {
    fn lang(&self) -> Locale {
        self.context.lang
    }
}

fn over(context: PageContext) -> PageError {
    let text = PresentationText::of(context.lang);
    PageError::with_text(
        context,
        StatusCode::GONE,
        text.taken_title.clone(),
        text.taken_text.clone(),
    )
}

/// `GET /{lang}/present/{id}/{code}`: nothing happens before the button is pressed, so that the preview of a link does not
/// use it up.
pub(in crate::documents::pages) async fn ask(
    State(pages): State<Pages>,
    SignedIn { context, citizen: _ }: SignedIn,
    Path((_, id, code)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let stored = pages.documents.to_scan(&id, &code).await.or_page(&context)?;
    let stored = stored.ok_or_else(|| over(context.clone()))?;
    Ok(Html(TakePage {
        text: PresentationText::of(context.lang),
        action: pages.documents.scan_path(context.lang, &id),
        stored,
        context,
    })
    .into_response())
}

/// `POST /{lang}/present/{id}/{code}`.
pub(in crate::documents::pages) async fn take(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id, code)): Path<(String, String, String)>,
) -> Result<Redirect, PageError> {
    let taken = pages
        .documents
        .take(&citizen.citizen, &id, &code, &pages.services)
        .await;
    match taken.or_page(&context)? {
        Taken::Mine => Ok(Redirect::to(&format!("/{}{LIST}/{id}", context.lang))),
        Taken::Over => Err(over(context)),
        Taken::Stopped => {
            let text = PresentationText::of(context.lang);
            Err(PageError::with_text(
                context,
                StatusCode::CONFLICT,
                text.stopped_title.clone(),
                text.stopped_text.clone(),
            ))
        }
    }
}
