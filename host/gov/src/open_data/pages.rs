//! Open data over HTTP, public and read-only: the files, the catalogue as DCAT-AP 3, and the reading actions of the
//! CKAN API, so that clients of either work.

mod ckan;
mod dcat;
mod files;

use axum::Router;
use axum::routing::get;

use super::OpenData;
use crate::catalogue;
use crate::web::Codes;

catalogue! {
    pub struct OpenDataText from ("../../text/open_data.az.toml", "../../text/open_data.en.toml") {
        themes: Codes,
    }
}

/// The files at `/open-data/{distribution id}.csv`, the catalogue at `/open-data/catalog`, and the actions of CKAN below
/// `/api/action/` and `/api/3/action/`.
pub fn routes<S: Clone + Send + Sync + 'static>(open_data: OpenData) -> Router<S> {
    Router::new()
        .route("/open-data/{file}", get(files::download))
        .merge(dcat::routes())
        .merge(ckan::routes())
        .with_state(open_data)
}
