//! The actions of the CKAN API (version 3), for CKAN's own clients, harvesters and publishers: at
//! `/api/action/{name}`, which `ckanapi` uses, and `/api/3/action/{name}`, which is documented
//! (<https://docs.ckan.org/en/2.11/api/>).
//!
//! An unsupported argument, value or query syntax is refused by name, since a client would take a partial
//! result for the answer. Every answer is JSON, including errors and unknown actions.

mod actions;
mod arguments;
mod clauses;
mod datastore;
mod description;
mod facets;
mod failure;
mod form;
mod group;
mod kind;
mod licences;
mod package;
mod resource;
mod site;
mod solr;
mod tag;
mod write;

use std::sync::Arc;

use axum::Extension;
use axum::body::to_bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Value as Json, json};
use utoipa_axum::router::OpenApiRouter;

use super::Authenticate;
use crate::open_data::OpenData;
use actions::Run;
use arguments::Arguments;
use failure::Failure;

type ActionResult = Result<Json, Failure>;

/// The versions of the API, each of which has the same actions here. Harvesters of older sources ask for 1 and 2.
const VERSIONS: [u8; 3] = [1, 2, 3];
/// The largest body of an action that reads, in bytes.
const BODY_BYTES_MAX: usize = 2 << 20;
/// Characters of an action's name in the address of its help.
const NAME_CHARS_MAX: usize = 64;

/// An answer of an action.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = CkanAnswer)]
struct Answered<'a> {
    /// The address of the action's help.
    help: &'a str,
    /// `true`
    success: bool,
    /// What the action answers, as CKAN documents it.
    #[schema(value_type = Value)]
    result: Json,
}

/// A refusal of an action.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = CkanRefusal)]
struct Failed<'a> {
    /// The address of the action's help; absent where the address names no action.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    /// `false`
    success: bool,
    #[schema(value_type = Value)]
    error: Json,
}

/// The actions. What is described comes from their table, by which they are found, too.
pub(super) fn routes(publishers: Arc<dyn Authenticate>) -> OpenApiRouter<OpenData> {
    let mut routes =
        OpenApiRouter::with_openapi(description::actions()).route("/api/action/{name}", any(action));
    for version in VERSIONS {
        routes = routes
            .route(
                &format!("/api/{version}"),
                any(async move || answered(StatusCode::OK, &json!({ "version": version }))),
            )
            .route(&format!("/api/{version}/action/{{name}}"), any(action))
            .route(
                &format!("/api/{version}/{{*rest}}"),
                any(async || failed(Failure::UnknownAddress)),
            );
    }
    routes
        .layer(DefaultBodyLimit::disable())
        .layer(Extension(publishers))
}

/// `GET` or `POST /api/3/action/{name}`
async fn action(
    State(open_data): State<OpenData>,
    Path(name): Path<String>,
    Extension(publishers): Extension<Arc<dyn Authenticate>>,
    request: Request,
) -> Response {
    match *request.method() {
        Method::GET | Method::HEAD | Method::POST => {}
        // Asked by a browser before another site's script sends JSON.
        Method::OPTIONS => return preflight(),
        _ => return failed(Failure::Method),
    }
    let result = answer(&open_data, &*publishers, &name, request).await;
    let catalogue = open_data.catalogue();
    let url = &catalogue.public_url;
    let name: String = name.chars().take(NAME_CHARS_MAX).collect();
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let help = format!("{url}/api/3/action/help_show?name={name}");
    match result {
        Ok(result) => {
            let (help, success) = (help.as_str(), true);
            answered(
                StatusCode::OK,
                &Answered {
                    help,
                    success,
                    result,
                },
            )
        }
        Err(failure) => {
            let (status, error) = failure.answer();
            let (help, success) = (Some(help.as_str()), false);
            answered(status, &Failed { help, success, error })
        }
    }
}

async fn answer(
    open_data: &OpenData,
    publishers: &dyn Authenticate,
    name: &str,
    request: Request,
) -> ActionResult {
    let run = actions::find(name).map(|action| &action.run);
    if let Some(Run::Write(write)) = run {
        return write::run(open_data, publishers, *write, request).await;
    }
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await;
    let body =
        body.map_err(|_| Failure::BadRequest(format!("the body is larger than {BODY_BYTES_MAX} bytes")))?;
    let arguments = Arguments::read(head.uri.query(), &head.headers, &body)?;
    match run {
        Some(Run::Catalogue(run)) => run(&open_data.catalogue(), arguments),
        Some(Run::Rows) => datastore::search(open_data, arguments).await,
        Some(Run::Help) => actions::help(arguments),
        Some(Run::Write(_)) | None => Err(actions::unknown(name)),
    }
}

fn failed(failure: Failure) -> Response {
    let (status, error) = failure.answer();
    let (help, success) = (None, false);
    let mut response = answered(status, &Failed { help, success, error });
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = HeaderValue::from_static("GET, HEAD, POST, OPTIONS");
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

fn answered(status: StatusCode, body: &impl serde::Serialize) -> Response {
    let body = match serde_json::to_string(body) {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (status, headers, body).into_response()
}

fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
