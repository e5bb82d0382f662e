//! The HTTP API of the command line: `/api/v1/…`, with `Authorization: Bearer <token>`. Refusals are RFC 9457
//! problems with a stable `code` and a `detail` with the remedy.

mod address;
pub(crate) mod auth;
mod problem;
mod refusals;
mod sites;
mod spaces;
mod submissions;
mod upload;

use aim_gov::web::rfc3339;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::from_fn;
use axum::response::Json;
use axum::{Extension, Router};
use http::StatusCode;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::account::{self, AccountError};
use crate::app::App;
use crate::manifest::{MANIFEST_BYTES_MAX, is_service_name};
use crate::spaces::Spaces;
use crate::store;

pub use auth::Developer;
pub use problem::Problem;
pub(crate) use refusals::TAG;

use address::{Segment, ServiceName, refuse_query};
use refusals::refusing;

/// Bytes of an announcement: the manifest as a JSON text, and a few more fields.
const ANNOUNCEMENT_BYTES_MAX: usize = 2 * MANIFEST_BYTES_MAX + 4096;

/// The path that all addresses of the API begin with.
const PREFIX: &str = "/api/v1";

/// The API's endpoints, and their description.
pub fn routes<S: Clone + Send + Sync + 'static>(app: App, test_spaces: Spaces) -> (Router<S>, OpenApi) {
    use refusals::{ANNOUNCEMENT, APPLICATION, MISSING, SECRET, STATE, STORAGE, UPLOAD};
    let small = OpenApiRouter::default()
        .routes(refusing(routes!(whoami), &[MISSING]))
        .routes(refusing(routes!(revoke), &[]))
        .routes(refusing(routes!(submissions::announce), &[ANNOUNCEMENT, STORAGE]))
        .routes(refusing(routes!(submissions::show), &[MISSING]))
        .routes(refusing(routes!(service), &[MISSING]))
        .routes(refusing(routes!(sites::list), &[]))
        .routes(refusing(routes!(sites::apply), &[APPLICATION, MISSING, STORAGE]))
        .routes(refusing(routes!(sites::show), &[MISSING]))
        .routes(refusing(routes!(sites::change), &[APPLICATION, MISSING, STORAGE]))
        .routes(refusing(routes!(sites::secret), &[MISSING, SECRET]))
        .routes(refusing(routes!(sites::withdraw), &[MISSING, STATE]))
        .merge(spaces::routes())
        .layer(Extension(test_spaces))
        .layer(DefaultBodyLimit::max(ANNOUNCEMENT_BYTES_MAX));
    // The upload has a limit of its own while it streams.
    let upload = OpenApiRouter::default()
        .routes(refusing(routes!(upload::receive), &[UPLOAD, MISSING, STORAGE]))
        .layer(DefaultBodyLimit::disable());
    let (router, described) = small.merge(upload).layer(from_fn(refuse_query)).split_for_parts();
    let router = Router::new()
        .nest(
            PREFIX,
            router.fallback(unknown).method_not_allowed_fallback(wrong_method),
        )
        .with_state(app);
    (router, OpenApi::default().nest(PREFIX, described))
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
#[derive(serde::Serialize, utoipa::ToSchema)]
struct WhoAmI {
    /// The organisation's name.
    organisation: String,
    organisation_id: String,
    /// The token's label.
    token: String,
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Who owns the token
#[utoipa::path(
    get,
    path = "/whoami",
    operation_id = "whoami",
    responses((status = 200, description = "The owner.", body = WhoAmI))
)]
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

/// Revoke the token of the request
#[utoipa::path(
    delete,
    path = "/token",
    operation_id = "revoke_token",
    responses((status = 204, description = "The token counts no more."))
)]
async fn revoke(State(app): State<App>, Developer(token): Developer) -> Result<StatusCode, Problem> {
    match account::revoke_token(&app, &token.organisation, &token.id).await {
        // A concurrent request revoked it first.
        Ok(()) | Err(AccountError::NoToken) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(Problem::internal(&error)),
    }
}

/// A service as its publisher sees it.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = Service)]
struct ServiceView {
    name: String,
    /// The version that citizens use, or that is suspended; absent before the first deployment.
    live: Option<submissions::View>,
    /// The newest versions, newest first.
    submissions: Vec<submissions::Line>,
}

/// Show a service of the organisation
#[utoipa::path(
    get,
    path = "/services/{name}",
    operation_id = "show_service",
    params(("name" = inline(ServiceName), Path, description = "The service's name.")),
    responses((status = 200, description = "The service.", body = ServiceView))
)]
async fn service(
    State(app): State<App>,
    Developer(token): Developer,
    Segment(name): Segment<String>,
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
