//! The layers around pages: sessions, languages, limits, ids of requests, refusals as pages.

mod refusals;
mod zero;

use std::time::Duration;

use aim_gov::platform::Platform;
use aim_gov::sessions::{self, Secure};
use aim_gov::web::{
    PageContext, PageError, assets, banner, forms_lead_to_services, header_text, refuse_unknown_language,
};
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use tower::ServiceBuilder;
use tower::util::MapResponseLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use url::Url;

use crate::rate::{self, Rate};

pub(crate) use zero::in_api;

/// Time limit for one of the platform's own pages. Deployment, which compiles, is the slowest.
const PAGE_TIME: Duration = Duration::from_secs(120);
/// The header with a request's id.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The pages of an address: `with_session` knows who is logged in, `open` stores nothing about a visitor.
pub(crate) fn pages(with_session: Router, open: Router, platform: &Platform, public_url: &Url) -> Router {
    let with_session = with_session
        .route_layer(from_fn(refuse_unknown_language))
        .route_layer(from_fn(name_route))
        .fallback(|context: PageContext| async { PageError::new(context, StatusCode::NOT_FOUND) })
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            PAGE_TIME,
        ))
        .layer(from_fn_with_state(Rate::of_log_ins(), rate::limit_log_ins))
        .layer(from_fn(refusals::as_pages))
        .layer(from_fn(banner::spend))
        .layer(sessions::layer(platform, Secure::of(public_url)))
        .layer(MapResponseLayer::new(forms_lead_to_services(public_url)));
    let pages = open
        .merge(assets())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            PAGE_TIME,
        ))
        .fallback_service(with_session)
        .layer(from_fn(zero::in_pages));
    faults_as_pages(pages)
}

/// Gives each request its id, a span and a compressed answer.
pub(crate) fn traced(router: Router) -> Router {
    router.layer(
        ServiceBuilder::new()
            // The platform sets the id: one that a client chose could mislead in the log.
            .map_request(|mut request: Request| {
                request.headers_mut().remove(REQUEST_ID);
                request
            })
            .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
            .layer(TraceLayer::new_for_http().make_span_with(span))
            .layer(PropagateRequestIdLayer::new(REQUEST_ID))
            .layer(CompressionLayer::new()),
    )
}

/// The span of a request's log lines. Path and query may have secrets, such as the token of an invitation; the
/// route, which [`name_route`] adds, has none.
fn span<B>(request: &axum::http::Request<B>) -> tracing::Span {
    let id = header_text(request.headers(), REQUEST_ID).unwrap_or_default();
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    tracing::info_span!(
        "page",
        http.method = known(request.method()),
        http.route = route,
        request.id = &*id
    )
}

/// The method, unless it is not a standard one.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "_OTHER",
    }
}

/// Adds the route to the request's span.
async fn name_route(route: MatchedPath, request: Request, next: Next) -> Response {
    tracing::Span::current().record("http.route", route.as_str());
    next.run(request).await
}

/// Turns panics, and refusals of the inner layers, into pages.
fn faults_as_pages(router: Router) -> Router {
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(refusals::as_pages))
}

/// An empty answer: [`refusals::as_pages`] around it knows the visitor's language.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("web.request panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::header;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    async fn broken() -> StatusCode {
        panic!("a fault of ours")
    }

    #[tokio::test]
    async fn panic_is_a_page_in_the_visitors_language() {
        let router = faults_as_pages(Router::new().route("/broken", get(broken)));
        for (wish, lang) in [("en-GB,en;q=0.9", "en"), ("az", "az"), ("de", "az")] {
            let request = Request::get("/broken").header(header::ACCEPT_LANGUAGE, wish);
            let request = request.body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let page = to_bytes(response.into_body(), 1 << 20).await.unwrap();
            let page = String::from_utf8(page.to_vec()).unwrap();
            assert!(page.contains(&format!("<html lang=\"{lang}\"")), "{wish}: {page}");
        }
    }
}
