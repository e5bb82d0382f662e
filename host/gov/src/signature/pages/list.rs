//! The list of what a citizen was asked to sign.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use super::Pages;
use crate::clock::Timestamp;
use crate::signature::signer::Mine;
use crate::signature::signing::Status;
use crate::signature::words::SignatureText;
use crate::text::{Locale, Localised};
use crate::web::{Html, OrPage as _, PageContext, PageError, SignedIn, date_time};

#[derive(Template)]
#[template(path = "signatures/list.html")]
struct ListPage {
    context: PageContext,
    text: &'static SignatureText,
    signings: Vec<Mine>,
    now: Timestamp,
}

impl ListPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    /// What is to be signed; of who was named and has not entered the code, only as whom.
    fn what<'a>(&self, mine: &'a Mine) -> &'a Localised {
        match &mine.me.label {
            Some(label) if !mine.me.may_read() => label,
            _ => &mine.signing.description,
        }
    }

    fn until(&self, mine: &Mine) -> String {
        date_time(mine.signing.expires)
    }

    fn is_open(&self, mine: &Mine) -> bool {
        mine.can_answer(self.now)
    }

    fn is_bad(&self, mine: &Mine) -> bool {
        let status = mine.signing.status(self.now);
        status.is_final() && status != Status::Success
    }

    fn status(&self, mine: &Mine) -> &str {
        self.text.standing(mine, self.now)
    }
}

/// `GET /{lang}/my/signatures`.
pub(super) async fn show(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
) -> Result<Response, PageError> {
    let signings = pages.signatures.of_citizen(&citizen.citizen).await;
    Ok(Html(ListPage {
        text: SignatureText::of(context.lang),
        signings: signings.or_page(&context)?,
        now: pages.signatures.platform.clock.now(),
        context,
    })
    .into_response())
}
