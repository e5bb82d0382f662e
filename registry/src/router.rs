//! The router of the platform's port, and its layers.

mod description;
mod refusals;
mod zero;

use std::sync::Arc;
use std::time::Duration;

use aim_gov::apis::Apis;
use aim_gov::directory::Directory;
use aim_gov::sessions::{self, Secure};
use aim_gov::web::{
    PageContext, PageError, assets, banner, forms_lead_to_services, header_text, refuse_unknown_language,
    wish,
};
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use tower::ServiceBuilder;
use tower::util::MapResponseLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::citizen::{self, CitizenPages};
use crate::gateway::{self, Gateway};
use crate::publishers::ByToken;
use crate::rate::{self, Rate};
use crate::{api, web};

/// Time limit for one of the platform's own pages. Deployment, which compiles, is the slowest.
const PAGE_TIME: Duration = Duration::from_secs(120);
/// The header with a request's id.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub fn everything(app: App, apis: &Apis, services: Directory, entrance: CitizenPages) -> Router {
    let runtime = app.runtime.clone();
    let platform = app.platform.clone();
    let public_url = app.public_url.clone();
    let pages = pages(app, apis, services.clone(), entrance);
    Gateway::new(
        platform,
        public_url,
        pages,
        services,
        move |service, session, request| {
            let runtime = runtime.clone();
            if runtime.service(&service).is_none() {
                // The record says that it is in force.
                let page = gateway::not_yet(request.headers());
                return Box::pin(async move { page });
            }
            Box::pin(async move { runtime.handle(&service, session, request).await })
        },
    )
    .into_router()
}

/// The platform's own pages and endpoints.
pub fn pages(app: App, apis: &Apis, services: Directory, entrance: CitizenPages) -> Router {
    let platform = app.platform.clone();
    let public_url = app.public_url.clone();
    let with_session = Router::new()
        .merge(web::portal::routes(app.clone()))
        .merge(web::developers::routes(app.clone(), apis.open_data.clone()))
        .merge(web::staff::routes(app.clone()))
        .merge(citizen::routes(entrance))
        .merge(apis.pages(services, public_url.clone()))
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
        .layer(sessions::layer(&platform, Secure::of(&public_url)))
        .layer(MapResponseLayer::new(forms_lead_to_services(&public_url)));
    let pages = Router::new()
        .merge(apis.open_pages(Arc::new(ByToken(app.clone()))))
        .merge(assets())
        .route("/", get(front))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            PAGE_TIME,
        ))
        .fallback_service(with_session)
        .layer(from_fn(zero::in_pages));
    let pages = faults_as_pages(pages);
    // An upload may take longer than a page, and has a limit of its own.
    let (api, described) = api::routes(app);
    let api = api
        .layer(CatchPanicLayer::custom(api::panicked))
        .layer(from_fn(zero::in_api))
        .layer(from_fn_with_state(Rate::of_api(), rate::limit_api))
        .layer(description::link());
    let (probe, probed) = OpenApiRouter::default()
        .routes(routes!(healthz))
        .split_for_parts();
    let description = description::routes(&public_url, [described, probed]);
    let all = pages.merge(api).merge(probe).merge(description);
    all.layer(
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

/// Tell whether the platform answers
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "healthz",
    tag = description::OPERATION,
    responses((status = 200, description = "It answers.", body = String, content_type = "text/plain"))
)]
async fn healthz() -> &'static str {
    "ok\n"
}

/// The catalogue in the visitor's language.
async fn front(headers: HeaderMap, _: Request) -> Redirect {
    Redirect::to(&format!("/{}/", wish(&headers).for_page()))
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::header;
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
