//! The signer's pages, and what programs read to verify a signature.

mod agreeing;
mod answer;
mod authority;
mod check;
mod device;
mod file;
mod list;
mod naming;
mod one;
mod pairing;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Signatures;
use super::signing::Stored;
use super::words::SignatureText;
use crate::consent::Consent;
use crate::directory::Directory;
use crate::invocation::Availability;
use crate::text::Locale;
use crate::web::{PageContext, PageError, described, refuse_cross_site, refuse_unknown_language};

/// The name of these interfaces in the description.
pub const TAG: &str = "signatures";

/// The list's path after the language.
const LIST: &str = "/my/signatures";
/// Bytes of a form with a file to check and the files beside it.
const CHECK_BYTES_MAX: usize = 10 << 20;
/// Bytes of a question about certificates.
const QUESTION_BYTES_MAX: usize = 4 * 1024;

/// The dependencies of the pages.
#[derive(Clone, Debug)]
pub struct Pages {
    pub signatures: Signatures,
    pub consent: Consent,
    /// The deployed services: nobody signs for a suspended one.
    pub services: Directory,
}

/// The pages for people. They need the session layer ([`crate::sessions::layer`]) around them.
pub fn routes<S: Clone + Send + Sync + 'static>(pages: Pages) -> Router<S> {
    Router::new()
        .route("/{lang}/my/signatures", get(list::show))
        .route(
            "/{lang}/my/signatures/check",
            get(check::ask)
                .post(check::check)
                .layer(DefaultBodyLimit::max(CHECK_BYTES_MAX)),
        )
        .route("/{lang}/my/signatures/{id}", get(one::show))
        .route(
            "/{lang}/my/signatures/{id}/device",
            post(device::begin).get(device::show),
        )
        .route(
            "/{lang}/my/signatures/{id}/choice",
            post(device::choose).get(device::back),
        )
        .route(
            "/{lang}/my/signatures/{id}/refuse",
            get(answer::ask_refuse).post(answer::refuse),
        )
        .route(
            "/{lang}/my/signatures/{id}/unable",
            get(answer::ask_unable).post(answer::unable),
        )
        .route(
            "/{lang}/my/signatures/{id}/people/{place}",
            post(naming::name).get(naming::back),
        )
        .route(
            "/{lang}/my/signatures/{id}/pair",
            post(pairing::pair).get(device::back),
        )
        .route(
            "/{lang}/my/signatures/{id}/agree",
            post(agreeing::agree).get(device::back),
        )
        .route("/{lang}/my/signatures/{id}/documents/{place}", get(file::to_sign))
        .route("/{lang}/my/signatures/{id}/files/{file}", get(file::signed))
        .layer(from_fn(refuse_cross_site))
        .route_layer(from_fn(refuse_unknown_language))
        .with_state(pages)
}

/// What verifiers' programs read, which needs no session.
pub fn open<S: Clone + Send + Sync + 'static>(signatures: Signatures) -> OpenApiRouter<S> {
    const QUESTION: &[(u16, &str)] = &[(413, "a page: the question is longer than 4 KiB")];
    OpenApiRouter::default()
        .routes(described(TAG, &[], routes!(authority::root)))
        .routes(described(TAG, &[], routes!(authority::issuer)))
        .routes(described(TAG, QUESTION, routes!(authority::status)))
        .layer(DefaultBodyLimit::max(QUESTION_BYTES_MAX))
        .with_state(signatures)
}

impl Pages {
    /// The return address at the service, while the service is deployed; of an agreement, the page that asked for it.
    fn way_back(&self, stored: &Stored, lang: Locale) -> Option<String> {
        if stored.is_agreement() {
            return Some(format!("/{lang}{}", stored.return_path));
        }
        let service = self.services.find(&stored.service)?;
        Some(format!("{}{}", service.origin, stored.return_path))
    }

    /// Whether citizens may sign for the service.
    fn is_stopped(&self, stored: &Stored) -> bool {
        let service = self.services.find(&stored.about());
        let now = self.signatures.platform.clock.now();
        Availability::of(service.as_deref(), now) == Availability::Suspended
    }
}

/// An error page about a signing, with the way back to it.
fn refusal(context: PageContext, status: StatusCode, (title, text): (&str, &str), id: &str) -> PageError {
    let back = format!("/{}{LIST}/{id}", context.lang);
    let label = SignatureText::of(context.lang).back_to_signing.clone();
    PageError::with_text(context, status, title.to_owned(), text.to_owned()).with_link(back, label)
}
