//! What a verifier reads about the wallet, and the address to which it sends citizens.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Redirect, Response};

use super::PRESENT;
use crate::documents::Documents;
use crate::web::wish;

/// How long a verifier may keep the metadata.
const KEEP: &str = "public, max-age=300";

/// Show the metadata of the wallet (OpenID4VP 1.0)
#[utoipa::path(
    get,
    path = "/.well-known/oauth-authorization-server/documents",
    operation_id = "wallet_metadata",
    responses((status = 200, description = "The metadata (RFC 8414; OpenID4VP 1.0, section 10).", body = Object, content_type = "application/json"))
)]
pub(in crate::documents::pages) async fn metadata(State(documents): State<Documents>) -> Response {
    let headers = [
        (header::CACHE_CONTROL, KEEP),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, Json(documents.wallet_metadata())).into_response()
}

/// Ask a citizen to show documents (OpenID4VP 1.0)
///
/// The wallet's authorization endpoint, which a citizen's browser opens. It leads on to the page in the citizen's language.
#[utoipa::path(
    get,
    path = "/documents/present",
    operation_id = "present_documents",
    params(
        ("client_id" = Option<String>, Query, description = "The id of the web site. Any other gets a page that says so."),
        ("request_uri" = Option<String>, Query, description = "Where the signed request is, at the origin of the web site."),
        ("request_uri_method" = Option<String>, Query, description = "`get` or `post`.")
    ),
    responses((status = 303, description = "The page.", headers(("Location" = String, description = "Its path."))))
)]
pub(in crate::documents::pages) async fn endpoint(headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let lang = wish(&headers).for_page();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::to(&format!("/{lang}{PRESENT}{query}")).into_response()
}
