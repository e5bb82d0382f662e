//! The signed-in citizen of a page.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use tower_sessions::Session;

use super::{OrPage as _, PageContext, citizen, login_address};
use crate::invocation;

/// A citizen who is logged in. Other visitors are redirected to the log-in page and back here.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The frame of the page.
    pub context: PageContext,
    pub citizen: invocation::Session,
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let Ok(context) = PageContext::from_request_parts(parts, state).await;
        let Ok(OriginalUri(uri)) = OriginalUri::from_request_parts(parts, state).await;
        let session = Session::from_request_parts(parts, state)
            .await
            .map_err(|error| error.into_response())?;
        match citizen(&session).await.or_page(&context)? {
            Some(citizen) => Ok(Self { context, citizen }),
            None => {
                let here = uri.path_and_query().map_or("/", |path| path.as_str());
                Err(Redirect::to(&login_address(context.lang, here)).into_response())
            }
        }
    }
}
