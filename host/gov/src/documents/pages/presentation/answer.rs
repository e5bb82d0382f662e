//! The citizen's answer: documents, or nothing.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use tower_sessions::Session;

use super::{LIST, Pages, refusal};
use crate::documents::presentation::Answered;
use crate::documents::words::PresentationText;
use crate::web::{Banner, Confirm, OrMissing as _, OrPage as _, PageContext, PageError, SignedIn};

/// The field with the place of the option.
const OPTION: &str = "option";
/// What the names of the other fields begin with, before the id of a wanted document.
const WANTED: &str = "document-";

/// `POST /{lang}/my/presentations/{id}`: shows the documents that were chosen.
pub(in crate::documents::pages) async fn present(
    State(pages): State<Pages>,
    session: Session,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
    form: Result<Form<BTreeMap<String, String>>, FormRejection>,
) -> Result<Redirect, PageError> {
    let context = context.at(format!("{LIST}/{id}"));
    let Ok(Form(fields)) = form else {
        return Err(PageError::new(context, StatusCode::BAD_REQUEST));
    };
    let option = fields.get(OPTION).and_then(|option| option.parse::<usize>().ok());
    let Some(option) = option else {
        return Err(PageError::new(context, StatusCode::BAD_REQUEST));
    };
    let chosen = fields
        .into_iter()
        .filter_map(|(name, document)| Some((name.strip_prefix(WANTED)?.to_owned(), document)));
    let chosen: BTreeMap<String, String> = chosen.collect();
    let citizen = &citizen.citizen;
    let answered = pages
        .documents
        .present(citizen, &id, option, &chosen, &pages.services)
        .await;
    let answered = answered.or_page(&context)?.or_missing(&context)?;
    let text = PresentationText::of(context.lang);
    answer(&session, context, &id, answered, &text.done_shown).await
}

/// `GET /{lang}/my/presentations/{id}/refuse`: asks once more.
pub(in crate::documents::pages) async fn ask(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let stored = pages.documents.presentation_of(&citizen.citizen, &id).await;
    let stored = stored.or_page(&context)?.or_missing(&context)?;
    let text = PresentationText::of(context.lang);
    Ok(Confirm {
        title: text.refuse_title.clone(),
        facts: vec![
            (text.who.clone(), stored.controller),
            (text.why.clone(), stored.terms.text.get(context.lang).to_owned()),
        ],
        consequences: vec![text.refuse_text.clone(), text.refuse_final.clone()],
        action: format!("/{}{LIST}/{id}/refuse", context.lang),
        fields: Vec::new(),
        button: text.refuse_button.clone(),
        class: "danger",
        back: format!("/{}{LIST}/{id}", context.lang),
        cancel: text.keep.clone(),
        context,
    }
    .answer())
}

/// `POST /{lang}/my/presentations/{id}/refuse`.
pub(in crate::documents::pages) async fn refuse(
    State(pages): State<Pages>,
    session: Session,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let answered = pages.documents.refuse_presentation(&citizen.citizen, &id).await;
    let answered = answered.or_page(&context)?.or_missing(&context)?;
    let text = PresentationText::of(context.lang);
    answer(&session, context, &id, answered, &text.done_refused).await
}

async fn answer(
    session: &Session,
    context: PageContext,
    id: &str,
    answered: Answered,
    done: &str,
) -> Result<Redirect, PageError> {
    let text = PresentationText::of(context.lang);
    let said = match answered {
        Answered::Done => {
            Banner::success(context.lang, done).keep(session).await;
            return Ok(Redirect::to(&format!("/{}{LIST}/{id}", context.lang)));
        }
        Answered::Over => (&text.over_title, &text.over_text),
        Answered::NotFitting => (&text.not_fitting_title, &text.not_fitting_text),
        Answered::Stopped => (&text.stopped_title, &text.stopped_text),
    };
    Err(refusal(context, StatusCode::CONFLICT, (said.0, said.1), id))
}
