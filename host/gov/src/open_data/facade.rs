//! Open data over HTTP, public and read-only: the files, the catalogue as DCAT-AP 3 in JSON-LD, and the
//! reading actions of the CKAN API, so that clients of either work.

mod ckan;
mod dcat;
mod files;

use axum::Router;
use axum::routing::get;

use super::OpenData;

/// The files at `/open-data/{distribution id}.csv`, the catalogue at `/open-data/catalog.jsonld`, and
/// `package_search`, `package_show` and `datastore_search` below `/api/3/action/`.
pub fn routes<S: Clone + Send + Sync + 'static>(open_data: OpenData) -> Router<S> {
    Router::new()
        .route("/open-data/{file}", get(files::download))
        .route("/open-data/catalog.jsonld", get(dcat::catalogue))
        .route(
            "/api/3/action/package_search",
            get(ckan::package_search).post(ckan::package_search),
        )
        .route(
            "/api/3/action/package_show",
            get(ckan::package_show).post(ckan::package_show),
        )
        .route(
            "/api/3/action/datastore_search",
            get(ckan::datastore_search).post(ckan::datastore_search),
        )
        .with_state(open_data)
}
