//! The staff's pages: log-in, queue, a submission with its evidence, decisions.

mod decide;
mod login;
mod page;
mod people;
mod queue;
mod text;
mod view;

use aim_gov::web::{Chrome, PageError, refuse_cross_site};
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tower_sessions::Session;

use crate::app::App;
use crate::domain::StaffId;
use crate::domain::staff::Staff;
use crate::store;

pub use text::StaffText;

/// The session's key of the [`StaffId`].
const SESSION_KEY: &str = "staff";
/// Bytes of a form.
const FORM_BYTES_MAX: usize = 64 * 1024;

/// The pages. They need the session layer ([`aim_gov::sessions::layer`]) around them.
pub fn routes<S: Clone + Send + Sync + 'static>(app: App) -> Router<S> {
    Router::new()
        .route("/{lang}/staff", get(queue::show))
        .route("/{lang}/staff/people", get(people::show).post(people::add))
        .route("/{lang}/staff/people/{id}", post(people::change))
        .route("/{lang}/staff/login", get(login::show).post(login::submit))
        .route("/{lang}/staff/submissions/{id}", get(page::show))
        .route("/{lang}/staff/submissions/{id}/approve", post(decide::approve))
        .route("/{lang}/staff/submissions/{id}/reject", post(decide::reject))
        .route("/{lang}/staff/submissions/{id}/deploy", post(decide::deploy))
        .route("/{lang}/staff/submissions/{id}/suspend", post(decide::suspend))
        .route("/{lang}/staff/submissions/{id}/resume", post(decide::resume))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(from_fn(refuse_cross_site))
        .with_state(app)
}

/// Somebody of the staff who is logged in. As an argument of a handler it sends everybody else to the
/// log-in page.
#[derive(Clone, Debug)]
pub struct StaffUser(pub Staff);

impl FromRequestParts<App> for StaffUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let chrome = match Chrome::from_request_parts(parts, app).await {
            Ok(chrome) => chrome,
            Err(never) => match never {},
        };
        let failed = |error: &(dyn std::error::Error + 'static)| {
            PageError::internal(chrome.clone(), error).into_response()
        };
        let session = Session::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let id: Option<StaffId> = session.get(SESSION_KEY).await.map_err(|error| failed(&error))?;
        let staff = match id {
            Some(id) => {
                let mut reader = app.platform.db.reader().await.map_err(|error| failed(&error))?;
                store::staff::get(&mut reader, &id)
                    .await
                    .map_err(|error| failed(&error))?
            }
            None => None,
        };
        match staff.filter(|staff| staff.active) {
            Some(staff) => Ok(Self(staff)),
            None => {
                let here = parts
                    .extensions
                    .get::<OriginalUri>()
                    .map_or(&parts.uri, |OriginalUri(uri)| uri);
                let query = url::form_urlencoded::Serializer::new(String::new())
                    .append_pair("return", here.path())
                    .finish();
                Err(Redirect::to(&format!("/{}/staff/login?{query}", chrome.lang)).into_response())
            }
        }
    }
}
