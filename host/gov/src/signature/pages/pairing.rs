//! The page of somebody who was named: the code that the other person told them.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::{LIST, Pages, refusal};
use crate::consent;
use crate::signature::naming::Pairing;
use crate::signature::signer::Mine;
use crate::signature::words::SignatureText;
use crate::text::Locale;
use crate::web::{Html, OrMissing as _, OrPage as _, PageContext, PageError, SignedIn, date_time};

#[derive(Template)]
#[template(path = "signatures/pair.html")]
struct PairPage {
    context: PageContext,
    text: &'static SignatureText,
    mine: Mine,
    is_open: bool,
}

impl PairPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn until(&self) -> String {
        date_time(self.mine.signing.expires)
    }
}

/// The page of a signing for somebody who was named and has not entered the code.
pub(super) fn page(pages: &Pages, context: PageContext, mine: Mine) -> Response {
    let open = mine.can_answer(pages.signatures.platform.clock.now());
    Html(PairPage {
        text: SignatureText::of(context.lang),
        is_open: open && mine.me.pairing.is_some() && !pages.is_stopped(&mine.signing),
        mine,
        context,
    })
    .into_response()
}

#[derive(serde::Deserialize)]
pub(super) struct PairForm {
    #[serde(default)]
    code: String,
}

/// `POST /{lang}/my/signatures/{id}/pair`.
pub(super) async fn pair(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
    Form(form): Form<PairForm>,
) -> Result<Redirect, PageError> {
    let citizen = &citizen.citizen;
    let found = pages.signatures.mine(citizen, &id).await;
    let mine = found.or_page(&context)?.or_missing(&context)?;
    let text = SignatureText::of(context.lang);
    if pages.is_stopped(&mine.signing) {
        let words = (text.stopped_title.as_str(), text.stopped_text.as_str());
        return Err(refusal(context, StatusCode::FORBIDDEN, words, &id));
    }
    let context = consent::pages::adult(context, &pages.signatures.identity, citizen).await?;
    let paired = pages.signatures.pair(citizen, &id, &form.code).await;
    let (status, title, words) = match paired.or_page(&context)?.or_missing(&context)? {
        Pairing::Paired => return Ok(Redirect::to(&format!("/{}{LIST}/{id}", context.lang))),
        Pairing::Wrong => (
            StatusCode::UNPROCESSABLE_ENTITY,
            &text.pairing_wrong_title,
            &text.pairing_wrong_text,
        ),
        Pairing::LockedOut => (
            StatusCode::TOO_MANY_REQUESTS,
            &text.pairing_locked_title,
            &text.pairing_locked_text,
        ),
        Pairing::Over => (StatusCode::CONFLICT, &text.over_title, &text.over_text),
    };
    Err(refusal(context, status, (title, words), &id))
}
