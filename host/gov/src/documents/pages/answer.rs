//! The holder's answer to an offer, and the end of a document that was accepted.

use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use tower_sessions::Session;

use super::BOX;
use crate::documents::Documents;
use crate::documents::document::Acceptance;
use crate::documents::holder::Answer;
use crate::documents::words::DocumentText;
use crate::web::{Banner, Confirm, OrMissing as _, OrPage as _, PageError, SignedIn};

/// `POST /{lang}/my/documents/{id}`: accepts.
pub(super) async fn accept(
    State(documents): State<Documents>,
    session: Session,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let answered = documents.answer(&citizen.citizen, &id, Answer::Accept).await;
    let document = answered.or_page(&context)?.or_missing(&context)?;
    let text = DocumentText::of(context.lang);
    Banner::success(context.lang, &text.done_accepted)
        .keep(&session)
        .await;
    Ok(Redirect::to(&format!("/{}{BOX}/{}", context.lang, document.id)))
}

/// `GET /{lang}/my/documents/{id}/decline`: asks once more.
pub(super) async fn ask(
    State(documents): State<Documents>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let document = documents.held(&citizen.citizen, &id).await;
    let document = document.or_page(&context)?.or_missing(&context)?;
    let text = DocumentText::of(context.lang);
    let (title, consequence) = match document.acceptance(documents.platform.clock.now()) {
        Acceptance::Accepted => (&text.delete_title, &text.delete_text),
        Acceptance::Offered | Acceptance::Declined => (&text.decline_title, &text.decline_text),
    };
    Ok(Confirm {
        title: title.clone(),
        facts: vec![
            (
                text.document.clone(),
                document.kind.title.get(context.lang).to_owned(),
            ),
            (text.issuer.clone(), document.controller.clone()),
        ],
        consequences: vec![consequence.clone(), text.decline_final.clone()],
        action: format!("/{}{BOX}/{id}/decline", context.lang),
        fields: Vec::new(),
        button: text.decline_button.clone(),
        class: "danger",
        back: format!("/{}{BOX}/{id}", context.lang),
        cancel: text.keep.clone(),
        context,
    }
    .answer())
}

/// `POST /{lang}/my/documents/{id}/decline`.
pub(super) async fn decline(
    State(documents): State<Documents>,
    session: Session,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let answered = documents.answer(&citizen.citizen, &id, Answer::Decline).await;
    // The second click of two finds nothing to decline, and the list says how it stands.
    if answered.or_page(&context)?.is_some() {
        let text = DocumentText::of(context.lang);
        Banner::success(context.lang, &text.done_declined)
            .keep(&session)
            .await;
    }
    Ok(Redirect::to(&format!("/{}{BOX}", context.lang)))
}
