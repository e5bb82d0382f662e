//! The signer's refusal.

use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use tower_sessions::Session;

use super::{LIST, Pages};
use crate::signature::signer::Refusal;
use crate::signature::words::SignatureText;
use crate::web::{Banner, Confirm, OrMissing as _, OrPage as _, PageError, SignedIn};

/// `GET /{lang}/my/signatures/{id}/refuse`: asks once more.
pub(super) async fn ask_refuse(
    pages: State<Pages>,
    person: SignedIn,
    id: Path<(String, String)>,
) -> Result<Response, PageError> {
    ask(pages, person, id, Refusal::Refused).await
}

/// `GET /{lang}/my/signatures/{id}/unable`: asks once more.
pub(super) async fn ask_unable(
    pages: State<Pages>,
    person: SignedIn,
    id: Path<(String, String)>,
) -> Result<Response, PageError> {
    ask(pages, person, id, Refusal::Unable).await
}

/// `POST /{lang}/my/signatures/{id}/refuse`.
pub(super) async fn refuse(
    pages: State<Pages>,
    session: Session,
    person: SignedIn,
    id: Path<(String, String)>,
) -> Result<Redirect, PageError> {
    answer(pages, session, person, id, Refusal::Refused).await
}

/// `POST /{lang}/my/signatures/{id}/unable`.
pub(super) async fn unable(
    pages: State<Pages>,
    session: Session,
    person: SignedIn,
    id: Path<(String, String)>,
) -> Result<Redirect, PageError> {
    answer(pages, session, person, id, Refusal::Unable).await
}

async fn ask(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
    refusal: Refusal,
) -> Result<Response, PageError> {
    let found = pages.signatures.of_signer(&citizen.citizen, &id).await;
    let (mine, _, _) = found.or_page(&context)?.or_missing(&context)?;
    let signing = mine.signing;
    let text = SignatureText::of(context.lang);
    let refuse_text = match signing.is_agreement() {
        true => &text.agreement_refuse_text,
        false => &text.refuse_text,
    };
    let (title, consequence, button, path) = match refusal {
        Refusal::Refused => (&text.refuse_title, refuse_text, &text.refuse_button, "refuse"),
        Refusal::Unable => (
            &text.unable_title,
            &text.unable_text,
            &text.unable_button,
            "unable",
        ),
    };
    Ok(Confirm {
        title: title.clone(),
        facts: vec![
            (
                text.what.clone(),
                signing.description.get(context.lang).to_owned(),
            ),
            (text.who.clone(), signing.controller),
        ],
        consequences: vec![consequence.clone(), text.final_text.clone()],
        action: format!("/{}{LIST}/{id}/{path}", context.lang),
        fields: Vec::new(),
        button: button.clone(),
        class: "danger",
        back: format!("/{}{LIST}/{id}", context.lang),
        cancel: text.keep.clone(),
        context,
    }
    .answer())
}

async fn answer(
    State(pages): State<Pages>,
    session: Session,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
    refusal: Refusal,
) -> Result<Redirect, PageError> {
    let refused = pages.signatures.refuse(&citizen.citizen, &id, refusal).await;
    // The second click of two finds nothing to refuse, and the page says how it stands.
    if refused.or_page(&context)?.or_missing(&context)? {
        let text = SignatureText::of(context.lang);
        let done = match refusal {
            Refusal::Refused => &text.done_refused,
            Refusal::Unable => &text.done_unable,
        };
        Banner::success(context.lang, done).keep(&session).await;
    }
    Ok(Redirect::to(&format!("/{}{LIST}/{id}", context.lang)))
}
