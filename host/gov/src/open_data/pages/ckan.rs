//! The reading actions of the CKAN API (version 3), for CKAN's own clients and harvesters: at
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

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Value as Json, json};

use crate::open_data::OpenData;
use actions::Run;
use arguments::Arguments;
use failure::Failure;

type ActionResult = Result<Json, Failure>;

/// The versions of the API, each of which has the same actions here. Harvesters of older sources ask for 1 and 2.
const VERSIONS: [u8; 3] = [1, 2, 3];
/// Characters of an action's name in the address of its help.
const NAME_CHARS_MAX: usize = 64;

pub(super) fn routes() -> Router<OpenData> {
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
}

/// `GET` or `POST /api/3/action/{name}`
async fn action(
    State(open_data): State<OpenData>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match method {
        Method::GET | Method::HEAD | Method::POST => {}
        // Asked by a browser before another site's script sends JSON.
        Method::OPTIONS => return preflight(),
        _ => return failed(Failure::Method),
    }
    let result = match Arguments::read(query.as_deref(), &headers, &body) {
        Ok(arguments) => answer(&open_data, &name, arguments).await,
        Err(failure) => Err(failure),
    };
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

async fn answer(open_data: &OpenData, name: &str, arguments: Arguments) -> ActionResult {
    match actions::find(name).map(|action| &action.run) {
        Some(Run::Catalogue(run)) => run(&open_data.catalogue(), arguments),
        Some(Run::Rows) => datastore::search(open_data, arguments).await,
        Some(Run::Help) => actions::help(arguments),
        None => Err(actions::unknown(name)),
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
