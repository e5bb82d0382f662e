//! An attempt to sign: the code, and the simulated device on which the signer chooses it.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::{LIST, Pages, refusal};
use crate::signature::signer::{Begun, Chosen};
use crate::signature::stored_signer::Attempt;
use crate::signature::words::SignatureText;
use crate::text::{Locale, Localised};
use crate::web::{Html, OrMissing as _, OrPage as _, PageContext, PageError, SignedIn, date_time};

#[derive(Template)]
#[template(path = "signatures/device.html")]
struct DevicePage {
    context: PageContext,
    text: &'static SignatureText,
    id: String,
    service: Localised,
    description: Localised,
    attempt: Attempt,
}

impl DevicePage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn until(&self) -> String {
        date_time(self.attempt.until)
    }
}

/// `POST /{lang}/my/signatures/{id}/device`: begins an attempt.
pub(super) async fn begin(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let citizen = &citizen.citizen;
    let found = pages.signatures.of_signer(citizen, &id).await;
    let (mine, _, _) = found.or_page(&context)?.or_missing(&context)?;
    let text = SignatureText::of(context.lang);
    if pages.is_stopped(&mine.signing) {
        let words = (text.stopped_title.as_str(), text.stopped_text.as_str());
        return Err(refusal(context, StatusCode::FORBIDDEN, words, &id));
    }
    let begun = pages.signatures.begin(citizen, &id).await;
    let (status, title, words) = match begun.or_page(&context)?.or_missing(&context)? {
        Begun::Attempt(_) => return Ok(Redirect::to(&format!("/{}{LIST}/{id}/device", context.lang))),
        Begun::Locked(until) => {
            let words = format!("{} {}", text.locked_text, date_time(until));
            (StatusCode::TOO_MANY_REQUESTS, &text.locked_title, words)
        }
        Begun::NoCertificate => (
            StatusCode::SERVICE_UNAVAILABLE,
            &text.certificate_title,
            text.certificate_text.clone(),
        ),
        Begun::NotYet => (
            StatusCode::CONFLICT,
            &text.not_yet_title,
            text.not_yet_text.clone(),
        ),
        Begun::NotAgreed => (
            StatusCode::CONFLICT,
            &text.not_agreed_title,
            text.not_agreed_text.clone(),
        ),
        Begun::Over => (StatusCode::CONFLICT, &text.over_title, text.over_text.clone()),
    };
    Err(refusal(context, status, (title, &words), &id))
}

/// `GET /{lang}/my/signatures/{id}/device`.
pub(super) async fn show(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let found = pages.signatures.of_signer(&citizen.citizen, &id).await;
    let (mine, _, _) = found.or_page(&context)?.or_missing(&context)?;
    let (signing, now) = (mine.signing, pages.signatures.platform.clock.now());
    let attempt = mine.me.attempt(now).filter(|_| signing.status(now).is_open());
    let Some(attempt) = attempt else {
        return Ok(Redirect::to(&format!("/{}{LIST}/{id}", context.lang)).into_response());
    };
    Ok(Html(DevicePage {
        text: SignatureText::of(context.lang),
        attempt: attempt.clone(),
        service: signing.service_title,
        description: signing.description,
        id,
        context,
    })
    .into_response())
}

/// What the signer chose.
#[derive(Debug, serde::Deserialize)]
pub(super) struct ChoiceForm {
    #[serde(default)]
    choice: String,
}

/// `POST /{lang}/my/signatures/{id}/choice`.
pub(super) async fn choose(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
    Form(form): Form<ChoiceForm>,
) -> Result<Redirect, PageError> {
    let citizen = &citizen.citizen;
    let found = pages.signatures.of_signer(citizen, &id).await;
    let (mine, _, _) = found.or_page(&context)?.or_missing(&context)?;
    let text = SignatureText::of(context.lang);
    if pages.is_stopped(&mine.signing) {
        let words = (text.stopped_title.as_str(), text.stopped_text.as_str());
        return Err(refusal(context, StatusCode::FORBIDDEN, words, &id));
    }
    let chosen = pages.signatures.choose(citizen, &id, &form.choice).await;
    let (status, title, words) = match chosen.or_page(&context)?.or_missing(&context)? {
        Chosen::Confirmed => {
            let concluded = pages
                .signatures
                .conclude_one(&pages.consent, &pages.services, &id);
            concluded.await.or_page(&context)?;
            return Ok(Redirect::to(&format!("/{}{LIST}/{id}", context.lang)));
        }
        Chosen::Wrong => (
            StatusCode::UNPROCESSABLE_ENTITY,
            &text.wrong_title,
            text.wrong_text.clone(),
        ),
        Chosen::Locked(until) => {
            let words = format!("{} {}", text.locked_text, date_time(until));
            (StatusCode::TOO_MANY_REQUESTS, &text.locked_title, words)
        }
        Chosen::Late => (StatusCode::CONFLICT, &text.late_title, text.late_text.clone()),
    };
    Err(refusal(context, status, (title, &words), &id))
}

/// `GET /{lang}/my/signatures/{id}/choice`, after a log-in or a change of language: leads to the signing.
pub(super) async fn back(context: PageContext, Path((_, id)): Path<(String, String)>) -> Redirect {
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    Redirect::to(&format!("/{}{LIST}/{id}", context.lang))
}
