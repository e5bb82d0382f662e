//! The catalogue as DCAT-AP 3.0.1 in JSON-LD, Turtle and RDF/XML: by content negotiation at
//! `/open-data/catalog`, and by extension at `/open-data/catalog.ttl` and its like.

mod description;
mod format;
mod graph;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::TAG;
use super::files::public;
use crate::open_data::{Catalogue, Dataset, OpenData};
use crate::web::described;
use format::FormatError;
pub(super) use format::{Asked, Format, asked};

/// Data sets in one document. A larger catalogue is read page by page, as Hydra describes it
/// (<https://www.hydra-cg.com/spec/latest/core/>), which is what CKAN's DCAT harvester follows.
const PAGE_DATASETS: usize = 100;

/// What an address of the catalogue may answer beside it.
const UNANSWERED: &[(u16, &str)] = &[
    (
        400,
        "a page: the query has another parameter, or `page` is not a number",
    ),
    (404, "a page: the catalogue has no such page"),
    (406, "a page: the catalogue does not come in an accepted form"),
];

/// The pages of a catalogue.
#[derive(serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// The page of a catalogue that has several, from 1.
    #[param(minimum = 1)]
    page: Option<usize>,
}

pub(super) fn routes() -> OpenApiRouter<OpenData> {
    let mut routes = OpenApiRouter::default().routes(described(TAG, UNANSWERED, routes!(negotiated)));
    for format in Format::ALL {
        for extension in format.extensions() {
            let path = format!("/open-data/catalog.{extension}");
            let answer = async move |State(open_data): State<OpenData>, query: Query<PageQuery>| {
                catalogue(&open_data.catalogue(), format, &query)
            };
            let description = description::of(&path, extension, format.media_type());
            routes = routes
                .routes(described(TAG, UNANSWERED, (Vec::new(), description, get(answer))))
                // The address at CKAN.
                .routes(described(
                    TAG,
                    UNANSWERED,
                    (
                        Vec::new(),
                        description::of(&format!("/catalog.{extension}"), extension, format.media_type()),
                        get(answer),
                    ),
                ));
        }
    }
    routes
}

/// Read the catalogue in the form that is accepted
///
/// The catalogue is DCAT-AP 3.0.1 as JSON-LD, Turtle or RDF/XML. Whoever accepts HTML is led to the page for people.
#[utoipa::path(
    get,
    path = "/open-data/catalog",
    operation_id = "read_catalogue",
    params(PageQuery, ("Accept" = Option<String>, Header, description = "The forms that the client reads.")),
    responses(
        (status = 200, description = "A page of the catalogue.", content(
            ("application/ld+json"),
            (String = "text/turtle"),
            (String = "application/rdf+xml"),
        )),
        (status = 303, description = "The page for people.", headers(("Location" = String))),
    )
)]
async fn negotiated(
    State(open_data): State<OpenData>,
    query: Query<PageQuery>,
    headers: HeaderMap,
) -> Response {
    let mut response = match asked(&headers) {
        Asked::Format(format) => catalogue(&open_data.catalogue(), format, &query),
        Asked::Page => Redirect::to("/open-data").into_response(),
        Asked::Other => unacceptable(),
    };
    let vary = HeaderValue::from_static("accept");
    response.headers_mut().append(header::VARY, vary);
    response
}

/// One data set in `format`.
pub(super) fn dataset(catalogue: &Catalogue, dataset: &Dataset, format: Format) -> Response {
    written(format, graph::of_dataset(catalogue, dataset))
}

fn catalogue(
    catalogue: &Catalogue,
    format: Format,
    Query(PageQuery { page }): &Query<PageQuery>,
) -> Response {
    let pages = catalogue.datasets().len().div_ceil(PAGE_DATASETS).max(1);
    let page = page.unwrap_or(1);
    if page == 0 || page > pages {
        return (StatusCode::NOT_FOUND, public(), "there is no such page\n").into_response();
    }
    let datasets = catalogue
        .datasets()
        .skip((page - 1) * PAGE_DATASETS)
        .take(PAGE_DATASETS);
    let view = graph::View {
        page,
        pages,
        page_datasets: PAGE_DATASETS,
        extension: format.extension(),
    };
    written(format, graph::of_catalogue(catalogue, datasets, &view))
}

fn written(format: Format, triples: Vec<oxrdf::Triple>) -> Response {
    let content_type = [(header::CONTENT_TYPE, format.media_type())];
    match format.write(&triples) {
        Ok(document) => (content_type, public(), document).into_response(),
        Err(FormatError(error)) => {
            tracing::error!(%error, "the catalogue could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn unacceptable() -> Response {
    let types = Format::ALL.map(Format::media_type).join(", ");
    (
        StatusCode::NOT_ACCEPTABLE,
        public(),
        format!("the catalogue comes as {types}\n"),
    )
        .into_response()
}
