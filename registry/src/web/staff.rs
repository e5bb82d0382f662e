//! The staff's pages: log-in, queue, a submission with its evidence, decisions.

mod account;
mod agencies;
mod approval;
mod case;
mod decide;
mod decision;
mod invitation;
mod login;
mod once;
mod page;
mod people;
mod people_words;
mod publishers;
mod queue;
mod record;
mod sites;
mod sources;
mod step_up;
mod text;
mod view;

use aim_gov::clock::Timestamp;
use aim_gov::open_data::OpenData;
use aim_gov::web::{OrPage as _, PageContext, refuse_cross_site};
use axum::extract::{DefaultBodyLimit, FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use tower_sessions::Session;

use crate::app::App;
use crate::domain::StaffId;
use crate::domain::staff::Staff;
use crate::staff_login::LoggedIn;
use crate::store;

pub use text::StaffText;

/// The session's key of a [`LogIn`].
const SESSION_KEY: &str = "staff";

/// The session's data of a log-in.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
struct LogIn {
    id: StaffId,
    /// The generation of the credentials at the log-in.
    generation: i64,
    /// When the second factor was last proved.
    code_at: Option<Timestamp>,
}

impl From<&LoggedIn> for LogIn {
    fn from(in_: &LoggedIn) -> Self {
        Self {
            id: in_.staff.id.clone(),
            generation: in_.generation,
            code_at: in_.code_at,
        }
    }
}
const FORM_BYTES_MAX: usize = 64 * 1024;

/// The pages. They need the session layer ([`aim_gov::sessions::layer`]) around them.
pub fn routes<S: Clone + Send + Sync + 'static>(app: App, open_data: OpenData) -> Router<S> {
    // Actions that approve or extend rights need a code of the last minutes.
    let decisions = Router::new()
        .route("/{lang}/staff/people", post(people::invite))
        .route("/{lang}/staff/people/{id}", post(people::change))
        .route("/{lang}/staff/people/{id}/reset", post(people::reset))
        .route("/{lang}/staff/proposals/{id}/confirm", post(people::confirm))
        .route("/{lang}/staff/submissions/{id}/approve", post(decide::approve))
        .route("/{lang}/staff/submissions/{id}/reject", post(decide::reject))
        .route("/{lang}/staff/submissions/{id}/deploy", post(decide::deploy))
        .route("/{lang}/staff/submissions/{id}/resume", post(decide::resume))
        .route("/{lang}/staff/submissions/{id}/verify", post(decide::verify))
        .route("/{lang}/staff/sites/{id}/approve", post(sites::approve))
        .route("/{lang}/staff/sites/{id}/reject", post(sites::reject))
        .route("/{lang}/staff/sites/{id}/verify", post(sites::verify))
        .route(
            "/{lang}/staff/publishers/{organisation}/admit",
            post(publishers::admit),
        )
        .route_layer(from_fn_with_state(app.clone(), step_up::step_up));
    Router::new()
        .merge(decisions)
        .route("/{lang}/staff", get(queue::show))
        .route("/{lang}/staff/people", get(people::show))
        .route("/{lang}/staff/login", get(login::show).post(login::submit))
        .route("/{lang}/staff/once", get(once::show))
        .route("/{lang}/staff/account", get(account::show))
        .route("/{lang}/staff/account/password", post(account::password))
        .route("/{lang}/staff/account/factor", post(account::factor))
        .route("/{lang}/staff/account/codes", post(account::codes))
        .route(
            "/{lang}/staff/invitation/{link}",
            get(invitation::show).post(invitation::accept),
        )
        .route("/{lang}/staff/submissions/{id}", get(page::show))
        .route("/{lang}/staff/sites", get(sites::list))
        .route("/{lang}/staff/sites/{id}", get(sites::show))
        .route("/{lang}/staff/agencies", get(agencies::show))
        .route("/{lang}/staff/publishers", get(publishers::list))
        .route("/{lang}/staff/sources", get(sources::list))
        .route("/{lang}/staff/sources/{name}/harvest", post(sources::harvest))
        // Stopping needs no code.
        .route(
            "/{lang}/staff/publishers/{organisation}/end",
            post(publishers::end),
        )
        .route("/{lang}/staff/sites/{id}/stop", post(sites::stop))
        .route("/{lang}/staff/proposals/{id}/stop", post(people::stop))
        .route("/{lang}/staff/submissions/{id}/suspend", post(decide::suspend))
        .layer(Extension(open_data))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(from_fn(refuse_cross_site))
        .with_state(app)
}

/// A member of the staff who is logged in. As an argument of a handler it redirects other visitors to the
/// log-in page.
#[derive(Clone, Debug)]
pub struct StaffUser(pub Staff);

impl FromRequestParts<App> for StaffUser {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let Ok(context) = PageContext::from_request_parts(parts, app).await;
        let session = Session::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let kept: Option<LogIn> = session.get(SESSION_KEY).await.or_page(&context)?;
        let staff = match kept {
            Some(kept) => {
                let mut reader = app.platform.db.reader().await.or_page(&context)?;
                let known = store::staff::log_in(&mut reader, &kept.id)
                    .await
                    .or_page(&context)?;
                known
                    .filter(|(_, generation)| *generation == kept.generation)
                    .map(|(staff, _)| staff)
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
                // A form cannot be sent again after the log-in; the queue can be opened.
                let queue = format!("/{}/staff", context.lang);
                let back = if parts.method == axum::http::Method::GET {
                    here.path()
                } else {
                    &queue
                };
                let query = url::form_urlencoded::Serializer::new(String::new())
                    .append_pair("return", back)
                    .finish();
                Err(Redirect::to(&format!("/{}/staff/login?{query}", context.lang)).into_response())
            }
        }
    }
}
