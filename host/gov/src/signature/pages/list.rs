//! The list of what a citizen was asked to sign.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use super::Pages;
use crate::clock::Timestamp;
use crate::signature::signing::{Status, Stored};
use crate::signature::words::SignatureText;
use crate::text::Locale;
use crate::web::{Html, OrPage as _, PageContext, PageError, SignedIn, date_time};

#[derive(Template)]
#[template(path = "signatures/list.html")]
struct ListPage {
    context: PageContext,
    text: &'static SignatureText,
    signings: Vec<Stored>,
    now: Timestamp,
}

impl ListPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn until(&self, signing: &Stored) -> String {
        date_time(signing.expires)
    }

    fn is_open(&self, signing: &Stored) -> bool {
        signing.status(self.now).is_open()
    }

    fn is_bad(&self, signing: &Stored) -> bool {
        let status = signing.status(self.now);
        status.is_final() && status != Status::Success
    }

    fn status(&self, signing: &Stored) -> &str {
        self.text.statuses.get(&signing.status(self.now))
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
