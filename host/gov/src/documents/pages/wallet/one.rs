//! The request of a web site: who asks, what of the citizen's box fits, what the site would learn and what stays hidden.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};

use crate::clock::Timestamp;
use crate::documents::Documents;
use crate::documents::document::Document;
use crate::documents::pages::{Line, last_day, lines};
use crate::documents::wallet::{Choice, Offer, Status, Stored};
use crate::documents::words::WalletText;
use crate::identity::sites::Site;
use crate::text::Locale;
use crate::web::{
    Html, OrMissing as _, OrPage as _, PageContext, PageError, SignedIn, date_time, form_leads_to,
};

#[derive(Template)]
#[template(path = "wallet/one.html")]
struct RequestPage {
    context: PageContext,
    text: &'static WalletText,
    stored: Stored,
    site: Site,
    /// Empty where nothing can be answered.
    choices: Vec<Choice>,
    now: Timestamp,
}

impl RequestPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn can_answer(&self) -> bool {
        self.stored.can_answer(self.now)
    }

    fn is_stopped(&self) -> bool {
        !self.site.is_in_force(self.now)
    }

    fn until(&self) -> String {
        date_time(self.stored.expires)
    }

    fn is_shown(&self) -> bool {
        self.stored.status == Status::Shown
    }

    fn status(&self) -> &str {
        match self.stored.status {
            Status::Waiting if !self.can_answer() => &self.text.over_text,
            status => self.text.statuses.get(&status),
        }
    }

    fn last_day(&self, document: &Document) -> String {
        last_day(document)
    }

    /// What the site would learn of a document.
    fn disclosed(&self, offer: &Offer) -> Vec<Line> {
        lines(&offer.document, self.lang(), |name| {
            offer.claims.iter().any(|claim| claim == name)
        })
    }

    /// What the document says beside it.
    fn hidden(&self, offer: &Offer) -> Vec<Line> {
        lines(&offer.document, self.lang(), |name| {
            offer.document.claims.contains_key(name) && offer.claims.iter().all(|claim| claim != name)
        })
    }
}

/// `GET /{lang}/my/documents/present/{id}`.
pub(in crate::documents::pages) async fn show(
    State(documents): State<Documents>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let stored = documents.request_of(&citizen.citizen, &id).await;
    let stored = stored.or_page(&context)?.or_missing(&context)?;
    let site = documents.site_of(&stored).await;
    let site = site.or_page(&context)?.or_missing(&context)?;
    let now = documents.platform.clock.now();
    let choices = match stored.can_answer(now) && site.is_in_force(now) {
        true => documents.choices_for_site(&stored).await.or_page(&context)?,
        false => Vec::new(),
    };
    let origin = site.content.origin.clone();
    let page = Html(RequestPage {
        text: WalletText::of(context.lang),
        stored,
        site,
        choices,
        now,
        context,
    });
    Ok(form_leads_to(page.into_response(), &origin))
}
