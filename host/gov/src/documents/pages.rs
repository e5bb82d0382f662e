//! The citizen's box, the pages for whoever is shown a document, and what programs read to verify one.

mod answer;
mod list;
mod one;
mod presentation;
mod seen;
mod show;
mod verify;
mod wallet;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Documents;
use super::document::Document;
use super::presentation::Stored;
use super::words::DocumentText;
use crate::directory::Directory;
use crate::document_kind::{ClaimKind, ClaimRule};
use crate::text::Locale;
use crate::web::{PageContext, PageError, date, described, refuse_cross_site, refuse_unknown_language};

/// The name of these interfaces in the description.
pub const TAG: &str = "documents";
/// The box's path after the language.
const BOX: &str = "/my/documents";

/// The pages for people. They need the session layer ([`crate::sessions::layer`]) around them.
pub fn routes<S: Clone + Send + Sync + 'static>(documents: Documents) -> Router<S> {
    Router::new()
        .route("/{lang}/my/documents", get(list::show))
        .route(
            "/{lang}/my/documents/present",
            get(wallet::start::ask).post(wallet::start::open),
        )
        .route(
            "/{lang}/my/documents/present/{id}",
            get(wallet::one::show).post(wallet::answer::answer),
        )
        .route("/{lang}/my/documents/{id}", get(one::show).post(answer::accept))
        .route(
            "/{lang}/my/documents/{id}/decline",
            get(answer::ask).post(answer::decline),
        )
        .route(
            "/{lang}/my/documents/{id}/showings",
            post(show::make).get(show::back),
        )
        .route("/{lang}/my/documents/{id}/showings/{showing}", get(show::code))
        .route("/{lang}/shown/{id}/{code}", get(seen::ask).post(seen::open))
        .route("/{lang}/shown/{id}/{code}/document", get(seen::show))
        .route("/{lang}/shown/{id}/{code}/proof", get(seen::proof))
        .layer(from_fn(refuse_cross_site))
        .route_layer(from_fn(refuse_unknown_language))
        .with_state(documents)
}

/// The dependencies of the pages about presentations.
#[derive(Clone, Debug)]
pub struct Pages {
    pub documents: Documents,
    /// The deployed services: nobody shows documents to a suspended one, and they know what kinds are called.
    pub services: Directory,
}

impl Pages {
    /// The return address at the service, while it is deployed.
    fn way_back(&self, stored: &Stored) -> Option<String> {
        let service = self.services.find(&stored.service)?;
        Some(format!("{}{}", service.origin, stored.return_path))
    }
}

/// The pages on which citizens show documents to services. They need the session layer ([`crate::sessions::layer`])
/// around them.
pub fn presentations<S: Clone + Send + Sync + 'static>(pages: Pages) -> Router<S> {
    Router::new()
        .route("/{lang}/my/presentations", get(presentation::list::show))
        .route(
            "/{lang}/my/presentations/{id}",
            get(presentation::one::show).post(presentation::answer::present),
        )
        .route(
            "/{lang}/my/presentations/{id}/refuse",
            get(presentation::answer::ask).post(presentation::answer::refuse),
        )
        .route(
            "/{lang}/present/{id}/{code}",
            get(presentation::take::ask).post(presentation::take::take),
        )
        .route(
            "/{lang}/presentations/{id}/{code}",
            get(presentation::counter::show),
        )
        .layer(from_fn(refuse_cross_site))
        .route_layer(from_fn(refuse_unknown_language))
        .with_state(pages)
}

/// What verifiers' programs read, which needs no session.
pub fn open<S: Clone + Send + Sync + 'static>(documents: Documents) -> OpenApiRouter<S> {
    const GONE: &[(u16, &str)] = &[
        (404, "a page: there is none"),
        (503, "a page: the database does not answer"),
    ];
    OpenApiRouter::default()
        .routes(described(TAG, &[], routes!(verify::issuer)))
        .routes(described(TAG, GONE, routes!(verify::kind)))
        .routes(described(TAG, GONE, routes!(verify::list)))
        .routes(described(TAG, &[], routes!(wallet::metadata::metadata)))
        .routes(described(TAG, &[], routes!(wallet::metadata::endpoint)))
        .with_state(documents)
}

/// A claim as people read it.
struct Line {
    name: String,
    title: String,
    /// The language of the title.
    lang: Locale,
    value: String,
}

/// The claims of a document that are among `shown`, in the order of its kind.
fn lines(document: &Document, lang: Locale, shown: impl Fn(&str) -> bool) -> Vec<Line> {
    let text = DocumentText::of(lang);
    let rules = document.kind.claims.iter().filter(|rule| shown(&rule.name));
    rules
        .map(|rule| Line {
            name: rule.name.clone(),
            title: rule.title.get(lang).to_owned(),
            lang: rule.title.lang(lang),
            value: document
                .claims
                .get(&rule.name)
                .map_or_else(|| text.not_given.clone(), |value| value_of(rule, value, text)),
        })
        .collect()
}

fn value_of(rule: &ClaimRule, value: &serde_json::Value, text: &DocumentText) -> String {
    match (rule.kind, value) {
        (ClaimKind::YesNo, serde_json::Value::Bool(true)) => text.yes.clone(),
        (ClaimKind::YesNo, serde_json::Value::Bool(false)) => text.no.clone(),
        (ClaimKind::Date, serde_json::Value::String(day)) => day
            .parse::<jiff::civil::Date>()
            .map_or_else(|_| day.clone(), |day| day.strftime("%d.%m.%Y").to_string()),
        (_, serde_json::Value::String(value)) => value.clone(),
        (_, value) => value.to_string(),
    }
}

/// The last day of a document.
fn last_day(document: &Document) -> String {
    date(document.expires.plus_ms(-1))
}

/// An error page about a document, with the way back to it.
fn refusal(context: PageContext, status: StatusCode, (title, text): (&str, &str), id: &str) -> PageError {
    let back = format!("/{}{BOX}/{id}", context.lang);
    let label = DocumentText::of(context.lang).back_to_document.clone();
    PageError::with_text(context, status, title.to_owned(), text.to_owned()).with_link(back, label)
}
