//! Who looks at a payment page.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use tower_sessions::Session;

use super::{Pages, refused};
use crate::payments::checkout::{CheckoutError, Payer};
use crate::web::{Chrome, PageError, citizen, login_address};

/// A citizen who is logged in. Anybody else is led to the log-in page and back here.
pub(super) struct Visitor {
    /// The frame of the page.
    pub(super) chrome: Chrome,
    /// The citizen.
    pub(super) payer: Payer,
}

impl Visitor {
    /// A refusal as a page.
    pub(super) fn refused(&self, error: &CheckoutError) -> PageError {
        refused(self.chrome.clone(), error)
    }
}

impl FromRequestParts<Pages> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Self, Response> {
        let Ok(chrome) = Chrome::from_request_parts(parts, pages).await;
        let Ok(OriginalUri(uri)) = OriginalUri::from_request_parts(parts, pages).await;
        let session = Session::from_request_parts(parts, pages)
            .await
            .map_err(|error| error.into_response())?;
        match citizen(&session).await {
            Ok(Some(citizen)) => {
                let platform = &pages.payments.platform;
                let payer = Payer {
                    citizen: citizen.citizen,
                    request_id: platform.random.id("req", platform.clock.now()),
                };
                Ok(Self { chrome, payer })
            }
            Ok(None) => {
                let here = uri.path_and_query().map_or("/", |path| path.as_str());
                Err(Redirect::to(&login_address(chrome.lang, here)).into_response())
            }
            Err(error) => Err(PageError::internal(chrome, &error).into_response()),
        }
    }
}
