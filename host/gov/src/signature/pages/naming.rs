//! Naming another signer by FIN.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Redirect;
use tower_sessions::Session;

use super::{LIST, Pages, refusal};
use crate::signature::naming::Naming;
use crate::signature::words::SignatureText;
use crate::web::{Banner, OrMissing as _, OrPage as _, PageContext, PageError, SignedIn};

#[derive(serde::Deserialize)]
pub(super) struct NameForm {
    #[serde(default)]
    fin: String,
}

/// `POST /{lang}/my/signatures/{id}/people/{place}`.
pub(super) async fn name(
    State(pages): State<Pages>,
    session: Session,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id, place)): Path<(String, String, String)>,
    Form(form): Form<NameForm>,
) -> Result<Redirect, PageError> {
    let citizen = &citizen.citizen;
    let place = place.parse::<i64>().ok().or_missing(&context)?;
    let found = pages.signatures.of_signer(citizen, &id).await;
    let (mine, _, _) = found.or_page(&context)?.or_missing(&context)?;
    let text = SignatureText::of(context.lang);
    if pages.is_stopped(&mine.signing) {
        let words = (text.stopped_title.as_str(), text.stopped_text.as_str());
        return Err(refusal(context, StatusCode::FORBIDDEN, words, &id));
    }
    let lang = context.lang;
    let named = pages.signatures.name(citizen, &id, place, &form.fin, lang).await;
    let (status, words) = match named.or_page(&context)?.or_missing(&context)? {
        Naming::Named => {
            Banner::success(lang, &text.done_named).keep(&session).await;
            return Ok(Redirect::to(&format!("/{lang}{LIST}/{id}")));
        }
        Naming::Malformed => (StatusCode::UNPROCESSABLE_ENTITY, &text.fin_malformed),
        Naming::Yourself => (StatusCode::UNPROCESSABLE_ENTITY, &text.fin_yours),
        Naming::Twice => (StatusCode::UNPROCESSABLE_ENTITY, &text.fin_twice),
        Naming::TooOften => (StatusCode::TOO_MANY_REQUESTS, &text.named_too_often),
        Naming::Over => (StatusCode::CONFLICT, &text.naming_over),
    };
    Err(refusal(context, status, (&text.not_named_title, words), &id))
}

/// `GET /{lang}/my/signatures/{id}/people/{place}`, after a log-in or a change of language: leads to the signing.
pub(super) async fn back(context: PageContext, Path((_, id, _)): Path<(String, String, String)>) -> Redirect {
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    Redirect::to(&format!("/{}{LIST}/{id}", context.lang))
}
