//! The pages about consent: the screen that asks, a citizen's consents, the access log.

mod ask;
mod change;
mod log;
mod mine;
mod question;
mod receipts;
mod signed;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::question::Agreement;
pub use self::signed::SignedAgreement;
use super::Consent;
use super::words::ConsentText;
use crate::directory::Directory;
use crate::error::{GovError, LimitKind};
use crate::identity::Identity;
use crate::invocation::{CitizenId, ServiceId};
use crate::signature::Signatures;
use crate::web::{PageContext, PageError, described, refuse_cross_site, refuse_unknown_language};

/// The name of the keys of receipts in the description.
pub const TAG: &str = "keys";

#[derive(Clone, Debug)]
pub struct Pages {
    pub consent: Consent,
    pub identity: Identity,
    /// Who makes the signatures under agreements.
    pub signatures: Signatures,
    pub services: Directory,
    /// The platform's address without a path.
    pub platform: url::Url,
}

/// The pages. They need the session layer ([`crate::sessions::layer`]) around them.
pub fn routes<S: Clone + Send + Sync + 'static>(pages: Pages) -> Router<S> {
    Router::new()
        .route("/{lang}/consent/{service}", get(ask::show).post(ask::decide))
        .route("/{lang}/my/consents", get(mine::show))
        .route("/{lang}/my/consents/{id}", post(change::change).get(change::back))
        .route("/{lang}/my/consents/{id}/revoke", get(change::ask_revoke))
        .route("/{lang}/my/consents/{id}/receipt.json", get(receipts::plain))
        .route("/{lang}/my/consents/{id}/receipt.jws", get(receipts::signed))
        .route(
            "/{lang}/my/tests/{service}/leave",
            get(change::ask_leave).post(change::leave),
        )
        .route("/{lang}/my/log", get(log::show))
        .layer(from_fn(refuse_cross_site))
        .route_layer(from_fn(refuse_unknown_language))
        .with_state(pages)
}

/// What programs read to verify a receipt, which needs no session.
pub fn open<S: Clone + Send + Sync + 'static>(identity: Identity) -> OpenApiRouter<S> {
    OpenApiRouter::default()
        .routes(described(TAG, &[], routes!(receipts::keys)))
        .with_state(identity)
}

/// The way to the portal's page of a service, which says what became of one that is gone or stopped.
pub fn service_page(context: PageContext, service: &ServiceId) -> Response {
    if is_name(&service.0) {
        Redirect::to(&format!("/{}/services/{}", context.lang, service.0)).into_response()
    } else {
        PageError::new(context, StatusCode::NOT_FOUND).into_response()
    }
}

/// Whether a text from an address can be a service's name: only that goes into another address.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A refusal as a page, in the citizen's words.
pub fn refused(context: PageContext, error: &GovError) -> PageError {
    let text = ConsentText::of(context.lang);
    let (status, title, message) = match error {
        GovError::LimitExceeded(LimitKind::Citizens) => {
            (StatusCode::FORBIDDEN, &text.full_title, &text.full_text)
        }
        GovError::Suspended | GovError::LimitExceeded(_) => {
            (StatusCode::FORBIDDEN, &text.stopped_title, &text.stopped_text)
        }
        GovError::AccessDenied(_) | GovError::InvalidRequest(_) => {
            return PageError::new(context, StatusCode::BAD_REQUEST);
        }
        GovError::NotFound => return PageError::new(context, StatusCode::NOT_FOUND),
        GovError::Conflict(_) => (StatusCode::CONFLICT, &text.changed_title, &text.moved_text),
        GovError::TooManyRequests(_) | GovError::Unavailable(_) | GovError::UnknownOutcome(_) => {
            return PageError::new(context, StatusCode::SERVICE_UNAVAILABLE);
        }
        GovError::LoginRequired(_)
        | GovError::StepUpRequired(_)
        | GovError::ConsentRequired(_)
        | GovError::ConsentPaused(_)
        | GovError::ConsentRevoked(_)
        | GovError::ConsentExpired(_) => return PageError::new(context, StatusCode::FORBIDDEN),
    };
    PageError::with_text(context, status, title.clone(), message.clone())
}

/// Lets an adult on to the page of this context: a minor does not take part in tests.
///
/// # Errors
/// The page that says so, or that the register of the population does not answer.
pub async fn adult(
    context: PageContext,
    identity: &Identity,
    citizen: &CitizenId,
) -> Result<PageContext, PageError> {
    match identity.is_minor(citizen).await {
        Ok(false) => Ok(context),
        Ok(true) => {
            let text = ConsentText::of(context.lang);
            let (title, message) = (text.minor_title.clone(), text.minor_text.clone());
            Err(PageError::with_text(
                context,
                StatusCode::FORBIDDEN,
                title,
                message,
            ))
        }
        Err(fault) => Err(PageError::internal(context, &fault)),
    }
}
