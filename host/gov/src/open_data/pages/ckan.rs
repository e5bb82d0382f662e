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

use axum::body::to_bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Extension, Router};
use serde_json::{Value as Json, json};

use super::Authenticate;
use crate::open_data::OpenData;
use actions::Run;
use arguments::Arguments;
use failure::Failure;

type ActionResult = Result<Json, Failure>;

/// The versions of the API, each of which has the same actions here. Harvesters of older sources ask for 1 and 2.
const VERSIONS: [u8; 3] = [1, 2, 3];
/// Characters of an action's name in the address of its help.
/// The largest body of an action that reads, in bytes.
const BODY_BYTES_MAX: usize = 2 << 20;
const NAME_CHARS_MAX: usize = 64;

pub(super) fn routes(publishers: Arc<dyn Authenticate>) -> Router<OpenData> {
    let mut routes = Router::new().route("/api/action/{name}", any(action));
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
            let body = json!({ "help": help, "success": true, "result": result });
            answered(StatusCode::OK, &body)
        }
        Err(failure) => {
            let (status, error) = failure.answer();
            let body = json!({ "help": help, "success": false, "error": error });
            answered(status, &body)
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
    let mut response = answered(status, &json!({ "success": false, "error": error }));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        let allowed = HeaderValue::from_static("GET, HEAD, POST, OPTIONS");
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}

fn answered(status: StatusCode, body: &Json) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (status, headers, body.to_string()).into_response()
}

fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
