//! Who was named agrees to what the service learns, and takes part in it from then on.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Redirect;
use tower_sessions::Session;

use super::{LIST, Pages, refusal};
use crate::consent;
use crate::consent::pages::{Agreement, SignedAgreement};
use crate::signature::words::SignatureText;
use crate::web::{Banner, OrMissing as _, OrPage as _, PageError, SignedIn};

#[derive(serde::Deserialize)]
pub(super) struct AgreeForm {
    #[serde(default)]
    agreement: String,
}

/// `POST /{lang}/my/signatures/{id}/agree`.
pub(super) async fn agree(
    State(pages): State<Pages>,
    session: Session,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
    Form(form): Form<AgreeForm>,
) -> Result<Redirect, PageError> {
    let citizen = &citizen.citizen;
    let found = pages.signatures.of_signer(citizen, &id).await;
    let (mine, _, _) = found.or_page(&context)?.or_missing(&context)?;
    let text = SignatureText::of(context.lang);
    let service = pages.services.find(&mine.signing.service);
    let Some(service) = service.filter(|_| !pages.is_stopped(&mine.signing)) else {
        let words = (text.stopped_title.as_str(), text.stopped_text.as_str());
        return Err(refusal(context, StatusCode::FORBIDDEN, words, &id));
    };
    let context = consent::pages::adult(context, &pages.signatures.identity, citizen).await?;
    let here = Redirect::to(&format!("/{}{LIST}/{id}", context.lang));
    // A newer version may have taken the service's place since the page was shown: then nothing is recorded, and they read
    // the new terms.
    let now = pages.signatures.platform.clock.now();
    let granted = service.grant.purpose(&mine.signing.purpose);
    let shown = granted.is_some_and(|purpose| {
        Agreement::of(&service, purpose, now, context.lang).digest() == form.agreement
    });
    if !shown {
        return Ok(here);
    }
    if let Some(purpose) = granted.filter(|purpose| purpose.needs_signature()) {
        let agreed = pages.consent.agreed(&service, citizen, purpose).await;
        if agreed.or_page(&context)?.is_none() {
            let agreement = SignedAgreement {
                service: &service,
                purpose,
                back: format!("{LIST}/{id}"),
                leads_to: Some(&id),
            };
            return agreement.ask(&pages.signatures, citizen, &context).await;
        }
    }
    let agreed = pages
        .signatures
        .agree(&pages.consent, &service, citizen, &id)
        .await;
    match agreed {
        Ok(Some(true)) => {
            Banner::success(context.lang, &text.done_agreed)
                .keep(&session)
                .await;
            Ok(here)
        }
        Ok(_) => Ok(here),
        Err(error) => Err(consent::pages::refused(context, &error)),
    }
}
