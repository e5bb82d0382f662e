//! Open data over HTTP, public and read-only: the files, the catalogue as DCAT-AP 3, and the reading actions of the
//! CKAN API, so that clients of either work; and the rows in the envelope of opendata.az.

mod ckan;
mod dcat;
mod envelope;
mod files;
mod people;
mod sources;

pub use people::shown_text;

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::http::request::Parts;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::OpenData;
use super::column::ColumnType;
use super::published::Publisher;
use crate::catalogue;
use crate::db::DbError;
use crate::web::{Codes, Texts, described};

catalogue! {
    pub struct OpenDataText from ("../../text/open_data.az.toml", "../../text/open_data.en.toml") {
        title,
        intro,
        search_label,
        theme_label,
        every_theme,
        search,
        found,
        none,
        publisher,
        modified,
        issued,
        newer,
        older,
        machines_title,
        machines_text,
        envelope_text,
        about_title,
        licence,
        no_licence,
        frequency,
        themes_label,
        keywords,
        identifier,
        source,
        files_title,
        download,
        rows,
        size,
        checksum,
        columns_title,
        column,
        kind,
        distinct,
        preview_title,
        chart_title,
        value,
        count,
        share,
        without_value,
        back,
        kinds: Texts<ColumnType>,
        frequencies: Codes,
        themes: Codes,
    }
}

/// The name of the open data in the description.
pub const TAG: &str = "open-data";

/// Knows who sends a request to the API.
#[async_trait]
pub trait Authenticate: std::fmt::Debug + Send + Sync + 'static {
    /// The organisation of the request's API token; `None` without one that counts.
    async fn publisher(&self, request: &mut Parts) -> Result<Option<Publisher>, DbError>;
}

/// The files at `/open-data/{distribution id}.csv`, the catalogue at `/open-data/catalog`, and the actions of CKAN below
/// `/api/action/` and `/api/3/action/`, and rows below `/open-data/api/`.
pub fn routes<S: Clone + Send + Sync + 'static>(
    open_data: OpenData,
    publishers: Arc<dyn Authenticate>,
) -> OpenApiRouter<S> {
    const MISSING: &[(u16, &str)] = &[(404, "a page: the file does not exist")];
    OpenApiRouter::default()
        .routes(described(TAG, MISSING, routes!(files::download)))
        .merge(dcat::routes())
        .merge(envelope::routes())
        .merge(sources::routes())
        .merge(ckan::routes(publishers))
        .merge(people::addresses().into())
        .with_state(open_data)
}

/// The pages for people at `/{lang}/open-data`, whose header shows who is logged in.
pub fn people<S: Clone + Send + Sync + 'static>(open_data: OpenData) -> Router<S> {
    people::pages().with_state(open_data)
}
