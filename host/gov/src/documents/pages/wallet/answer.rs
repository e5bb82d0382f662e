//! The citizen's answer to a web site: documents, or nothing.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::{PRESENT, said};
use crate::documents::Documents;
use crate::documents::wallet::{AnswerError, Answered};
use crate::documents::words::WalletText;
use crate::web::{OrMissing as _, OrPage as _, PageContext, PageError, SignedIn, away};

/// The field with the place of the combination; absent where nothing is shown.
const OPTION: &str = "option";
/// What the names of the other fields begin with, before the id of a document in the request.
const DOCUMENT: &str = "document-";
/// The field with the decision, and its values.
const DECISION: &str = "decision";
const SHOW: &str = "show";
const REFUSE: &str = "refuse";

/// `POST /{lang}/my/documents/present/{id}`.
pub(in crate::documents::pages) async fn answer(
    State(documents): State<Documents>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
    form: Result<Form<BTreeMap<String, String>>, FormRejection>,
) -> Result<Response, PageError> {
    let context = context.at(format!("{PRESENT}/{id}"));
    let bad = || PageError::new(context.clone(), StatusCode::BAD_REQUEST);
    let Form(fields) = form.map_err(|_| bad())?;
    let citizen = &citizen.citizen;
    let answered = match fields.get(DECISION).map(String::as_str) {
        Some(REFUSE) => documents.refuse_site(citizen, &id).await.or_page(&context)?,
        Some(SHOW) => {
            let option = fields.get(OPTION).and_then(|option| option.parse().ok());
            let option: usize = option.ok_or_else(bad)?;
            let chosen = fields
                .into_iter()
                .filter_map(|(name, document)| Some((name.strip_prefix(DOCUMENT)?.to_owned(), document)));
            let shown = documents
                .show_to_site(citizen, &id, option, &chosen.collect())
                .await;
            shown.map_err(|error| match error {
                AnswerError::Db(error) => PageError::internal(context.clone(), &error),
                error => PageError::internal(context.clone(), &error),
            })?
        }
        _ => return Err(bad()),
    };
    led_on(context.clone(), &id, answered.or_missing(&context)?)
}

fn led_on(context: PageContext, id: &str, answered: Answered) -> Result<Response, PageError> {
    let text = WalletText::of(context.lang);
    let here = format!("/{}{PRESENT}/{id}", context.lang);
    let (status, message) = match answered {
        Answered::Done {
            way_back: Some(address),
        } => return Ok(away(&address)),
        // The page says how it stands.
        Answered::Done { way_back: None } | Answered::Unanswered => {
            return Ok(Redirect::to(&here).into_response());
        }
        Answered::Over => (StatusCode::CONFLICT, (&text.over_title, &text.over_text)),
        Answered::NotFitting => (
            StatusCode::CONFLICT,
            (&text.not_fitting_title, &text.not_fitting_text),
        ),
        Answered::TooMany => (
            StatusCode::TOO_MANY_REQUESTS,
            (&text.too_many_title, &text.shown_too_often),
        ),
        Answered::Stopped => (StatusCode::CONFLICT, (&text.stopped_title, &text.stopped_text)),
    };
    let label = text.back_to_request.clone();
    Err(said(context, status, (message.0, message.1)).with_link(here, label))
}
