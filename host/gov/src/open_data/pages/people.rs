//! The catalogue for people: pages in both languages, and the addresses that lead to them.

mod chart;
mod dataset;
mod list;
mod value;

pub use value::shown_text;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;

use super::dcat::{self, Asked, Format};
use crate::open_data::OpenData;
use crate::web::{PageContext, PageError, wish};

pub(super) fn pages() -> Router<OpenData> {
    Router::new()
        .route("/{lang}/open-data", get(list::show))
        .route("/{lang}/open-data/{identifier}", get(dataset::show))
}

/// What has no language: it leads to a page, or is read by programs.
pub(super) fn addresses() -> Router<OpenData> {
    Router::new()
        .route("/open-data", get(to_list))
        .route("/open-data/dataset/{name}", get(address))
        // The address of a data set at CKAN, which its clients make themselves.
        .route("/dataset/{name}", get(address))
}

/// `GET /open-data`
async fn to_list(headers: HeaderMap) -> Redirect {
    Redirect::to(&format!("/{}/open-data", wish(&headers).for_page()))
}

/// `GET /open-data/dataset/{identifier}` and `….ttl`: the data set as RDF, or its page.
async fn address(
    context: PageContext,
    State(open_data): State<OpenData>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let missing = || PageError::new(context.clone(), StatusCode::NOT_FOUND);
    let by_extension = name
        .rsplit_once('.')
        .and_then(|(identifier, extension)| Some((identifier, Format::of_extension(extension)?)));
    let (identifier, asked) = match by_extension {
        Some((identifier, format)) => (identifier, Asked::Format(format)),
        None => (name.as_str(), dcat::asked(&headers)),
    };
    let catalogue = open_data.catalogue();
    let dataset = catalogue.dataset(identifier).ok_or_else(missing)?;
    let mut response = match asked {
        Asked::Format(format) => dcat::dataset(&catalogue, dataset, format),
        Asked::Page | Asked::Other => {
            let lang = wish(&headers).for_page();
            Redirect::to(&format!("/{lang}/open-data/{}", dataset.identifier)).into_response()
        }
    };
    response
        .headers_mut()
        .append(header::VARY, HeaderValue::from_static("accept, accept-language"));
    Ok(response)
}
