//! Extractors of the payment pages: the payment of the address and its payer.

use askama::Template;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::{Pages, onward, refused};
use crate::payments::checkout::{CheckoutError, Payer};
use crate::payments::payment::Payment;
use crate::payments::receipt::Facts;
use crate::payments::state::State;
use crate::payments::words::PayText;
use crate::web::{Html, PageContext, PageError, SignedIn};

/// The payment in the page's address ([`crate::payments::Payments::outcome`]), and its payer. For any other
/// visitor the page does not exist.
pub(super) struct Outcome {
    /// The payment.
    pub(super) payment: Payment,
    /// The payer.
    pub(super) visitor: Visitor,
}

impl Outcome {
    /// The next page for the citizen.
    pub(super) fn onward(&self) -> Response {
        onward(self.visitor.context.lang, &self.payment).into_response()
    }

    /// A page with the facts of the payment while its state is one of `states`, and the next page otherwise.
    pub(super) fn page_in<P: Template>(
        self,
        states: &[State],
        page: impl FnOnce(PageContext, &'static PayText, Facts) -> P,
    ) -> Response {
        if !states.contains(&self.payment.state) {
            return self.onward();
        }
        let context = self.visitor.context;
        let text = PayText::of(context.lang);
        Html(page(context, text, Facts::of(&self.payment))).into_response()
    }
}

impl FromRequestParts<Pages> for Outcome {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, pages).await?;
        let id = Path::<(String, String)>::from_request_parts(parts, pages).await;
        let Path((_, id)) = id.map_err(IntoResponse::into_response)?;
        let found = pages.payments.outcome(&visitor.payer, &id).await;
        let payment = found.map_err(|error| visitor.refused(&error))?;
        Ok(Self { payment, visitor })
    }
}

/// A citizen who is logged in. Other visitors are redirected to the log-in page and back here.
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
