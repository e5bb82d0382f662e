//! Who looks at a payment page.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;

use super::{Pages, refused};
use crate::payments::checkout::{CheckoutError, Payer};
use crate::web::{PageContext, PageError, SignedIn};

/// A citizen who is logged in. Anybody else is led to the log-in page and back here.
pub(super) struct Visitor {
    /// The frame of the page.
    pub(super) context: PageContext,
    /// The citizen.
    pub(super) payer: Payer,
}

impl Visitor {
    /// A refusal as a page.
    pub(super) fn refused(&self, error: &CheckoutError) -> PageError {
        refused(self.context.clone(), error)
    }
}

impl FromRequestParts<Pages> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Self, Response> {
        let SignedIn { context, citizen } = SignedIn::from_request_parts(parts, pages).await?;
        let platform = &pages.payments.platform;
        let payer = Payer {
            citizen: citizen.citizen,
            request_id: platform.random.id("req", platform.clock.now()),
        };
        Ok(Self { context, payer })
    }
}
