//! The citizen's inbox.

mod list;
mod open;

use axum::Router;
use axum::http::header;
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use super::Notifications;
use super::store::InboxFile;
use crate::directory::Directory;
use crate::web::{refuse_cross_site, refuse_unknown_language};

/// The inbox's path after the language.
const INBOX: &str = "/my/messages";

#[derive(Clone, Debug)]
pub struct Pages {
    pub notifications: Notifications,
    /// The deployed services: links lead to those that are open.
    pub services: Directory,
}

/// The pages. They need the session layer ([`crate::sessions::layer`]) around them.
pub fn routes<S: Clone + Send + Sync + 'static>(pages: Pages) -> Router<S> {
    Router::new()
        .route("/{lang}/my/messages", get(list::show))
        .route(
            "/{lang}/my/messages/alerts",
            post(list::turn_alerts).get(list::back),
        )
        .route("/{lang}/my/messages/{id}", get(open::show).post(open::choose))
        .route("/{lang}/my/messages/{id}/file", get(open::file))
        .layer(from_fn(refuse_cross_site))
        .route_layer(from_fn(refuse_unknown_language))
        .with_state(pages)
}

/// The file as a download. Content of a service is never shown on the platform's own origin.
fn download(file: InboxFile) -> Response {
    let name = percent_encoding::utf8_percent_encode(&file.name, percent_encoding::NON_ALPHANUMERIC);
    let headers = [
        (header::CONTENT_TYPE, file.media_type.clone()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename*=UTF-8''{name}"),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, file.content).into_response()
}
