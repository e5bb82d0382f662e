//! The HTTP API of the command line: `/api/v1/…`, with `Authorization: Bearer <token>`. Refusals are RFC 9457
//! problems with a stable `code` and a `detail` with the remedy.

pub(crate) mod auth;
mod problem;
mod sites;
mod submissions;
mod upload;

use aim_gov::web::rfc3339;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::Json;
use axum::routing::{delete, get, post, put};
use http::StatusCode;

use crate::account::{self, AccountError};
use crate::app::App;
use crate::manifest::{MANIFEST_BYTES_MAX, is_service_name};
use crate::store;

pub use auth::Developer;
pub use problem::Problem;

/// Bytes of an announcement: the manifest as a JSON text, and a few more fields.
const ANNOUNCEMENT_BYTES_MAX: usize = 2 * MANIFEST_BYTES_MAX + 4096;

/// The API's endpoints.
pub fn routes<S: Clone + Send + Sync + 'static>(app: App) -> Router<S> {
    let small = Router::new()
        .route("/whoami", get(whoami))
        .route("/token", delete(revoke))
        .route("/submissions", post(submissions::announce))
        .route("/submissions/{id}", get(submissions::show))
        .route("/services/{name}", get(service))
        .route("/sites", get(sites::list).post(sites::apply))
        .route("/sites/{id}", get(sites::show))
        .route("/sites/{id}/changes", post(sites::change))
        .route("/sites/{id}/secret", post(sites::secret))
        .route("/sites/{id}/withdraw", post(sites::withdraw))
        .layer(DefaultBodyLimit::max(ANNOUNCEMENT_BYTES_MAX));
    // The upload has a limit of its own while it streams.
    let upload = Router::new()
        .route("/submissions/{id}/component", put(upload::receive))
        .layer(DefaultBodyLimit::disable());
    Router::new()
        .nest(
            "/api/v1",
            small
                .merge(upload)
                .fallback(unknown)
                .method_not_allowed_fallback(wrong_method),
        )
        .with_state(app)
}

/// The answer to an API request whose handler panicked.
pub fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    tracing::error!("api.request panicked");
    axum::response::IntoResponse::into_response(Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "an error of the platform; try again later",
    ))
}

async fn unknown() -> Problem {
    Problem::not_found("there is no such endpoint")
}

async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "this endpoint does not take this method",
    )
}

/// The owner of the token.
#[derive(serde::Serialize)]
struct WhoAmI {
    organisation: String,
    organisation_id: String,
    token: String,
    expires_at: String,
}

async fn whoami(State(app): State<App>, Developer(token): Developer) -> Result<Json<WhoAmI>, Problem> {
    let mut reader = app.platform.db.reader().await?;
    let organisation = store::organisation::get(&mut reader, &token.organisation)
        .await?
        .ok_or_else(|| Problem::not_found("the organisation of this token is gone"))?;
    Ok(Json(WhoAmI {
        organisation: organisation.name,
        organisation_id: organisation.id.0,
        token: token.label,
        expires_at: rfc3339(token.expires_at),
    }))
}

/// Revokes the token of the request.
async fn revoke(State(app): State<App>, Developer(token): Developer) -> Result<StatusCode, Problem> {
    match account::revoke_token(&app, &token.organisation, &token.id).await {
        // A concurrent request revoked it first.
        Ok(()) | Err(AccountError::NoToken) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(Problem::internal(&error)),
    }
}

/// A service as its publisher sees it.
#[derive(serde::Serialize)]
struct ServiceView {
    name: String,
    /// The version that citizens use, or that is suspended; absent before the first deployment.
    live: Option<submissions::View>,
    /// The newest versions, newest first.
    submissions: Vec<submissions::Line>,
}

async fn service(
    State(app): State<App>,
    Developer(token): Developer,
    Path(name): Path<String>,
) -> Result<Json<ServiceView>, Problem> {
    let missing = || Problem::not_found("your organisation has no service of this name");
    if !is_service_name(&name) {
        return Err(missing());
    }
    let name = aim_gov::invocation::ServiceId(name);
    let (all, live) = {
        let mut reader = app.platform.db.reader().await?;
        if store::service::owner(&mut reader, &name).await?.as_ref() != Some(&token.organisation) {
            return Err(missing());
        }
        let all = store::submission::of_service(&mut reader, &name).await?;
        let live = store::submission::live_of_service(&mut reader, &name).await?;
        (all, live)
    };
    let live = match live {
        Some(live) => Some(submissions::View::load(&app, &live, None).await?),
        None => None,
    };
    // A name that lapsed may have versions of its previous owner.
    let ours = all
        .iter()
        .filter(|submission| submission.organisation == token.organisation);
    Ok(Json(ServiceView {
        name: name.0,
        live,
        submissions: ours.map(submissions::Line::of).collect(),
    }))
}

#[cfg(test)]
mod tests;
