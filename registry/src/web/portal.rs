//! The portal: the list of services, and a page that explains each before a citizen opens it.

mod catalogue;
mod ended;
mod service;
mod text;

use aim_gov::web::PageLang;
use axum::Router;
use axum::extract::Path;
use axum::response::Redirect;
use axum::routing::get;

use crate::app::App;

pub use text::PortalText;

/// The pages. They need the session layer ([`aim_gov::sessions::layer`]) around them.
pub fn routes<S: Clone + Send + Sync + 'static>(app: App) -> Router<S> {
    Router::new()
        .route("/{lang}", get(|Path(PageLang(lang)): Path<PageLang>| async move { Redirect::permanent(&format!("/{lang}/")) }))
        .route("/{lang}/", get(catalogue::show))
        .route("/{lang}/services/{service}", get(service::show))
        .with_state(app)
}
