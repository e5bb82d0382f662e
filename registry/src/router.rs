//! The router of the platform's port.

mod description;

use std::sync::Arc;

use aim_gov::apis::Apis;
use aim_gov::directory::Directory;
use aim_gov::web::wish;
use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::citizen::{self, CitizenPages};
use crate::gateway::{self, Door, Gateway, Names};
use crate::publishers::ByToken;
use crate::rate::{self, Rate};
use crate::space_host::SpaceHost;
use crate::{api, layers, web};

pub fn everything(
    app: App,
    apis: &Apis,
    services: Directory,
    entrance: CitizenPages,
    spaces: SpaceHost,
) -> Router {
    let runtime = app.runtime.clone();
    let door = Door {
        platform: app.platform.clone(),
        public_url: app.public_url.clone(),
        domain: app.public_url.host_str().unwrap_or_default().to_owned(),
        names: Names::OfPlatform,
        pages: pages(app, apis, services.clone(), entrance, spaces.clone()),
        services,
        serve: Box::new(move |service, session, request| {
            let runtime = runtime.clone();
            if runtime.service(&service).is_none() {
                // The record says that it is in force.
                let page = gateway::not_yet(request.headers());
                return Box::pin(async move { page });
            }
            Box::pin(async move { runtime.handle(&service, session, request).await })
        }),
        spaces: Some(Box::new(move |space, request| {
            let spaces = spaces.clone();
            Box::pin(async move { spaces.answer(&space, request).await })
        })),
    };
    Gateway::new(door).into_router()
}

/// The platform's own pages and endpoints.
fn pages(app: App, apis: &Apis, services: Directory, entrance: CitizenPages, spaces: SpaceHost) -> Router {
    let (platform, public_url) = (app.platform.clone(), app.public_url.clone());
    let spaces: crate::spaces::Spaces = Arc::new(spaces);
    let (entry, provider) = citizen::routes(entrance).split_for_parts();
    let (open, read) = apis.open_pages(Arc::new(ByToken(app.clone()))).split_for_parts();
    let with_session = Router::new()
        .merge(web::portal::routes(app.clone()))
        .merge(web::interfaces::routes())
        .merge(web::developers::routes(
            app.clone(),
            apis.open_data.clone(),
            spaces.clone(),
        ))
        .merge(web::staff::routes(app.clone(), apis.open_data.clone()))
        .merge(entry)
        .merge(apis.pages(services, public_url.clone()));
    let open = Router::new()
        .merge(open.layer(description::link()))
        .route("/", get(front));
    let pages = layers::pages(with_session, open, &platform, &public_url);
    // An upload may take longer than a page, and has a limit of its own.
    let (api, described) = api::routes(app, spaces);
    let api = api
        .layer(CatchPanicLayer::custom(api::panicked))
        .layer(from_fn(layers::in_api))
        .layer(from_fn_with_state(Rate::of_api(), rate::limit_api))
        .layer(description::link());
    let (probe, probed) = OpenApiRouter::default()
        .routes(routes!(healthz))
        .split_for_parts();
    let description = description::routes(&public_url, [described, provider, read, probed]);
    layers::traced(pages.merge(api).merge(probe).merge(description))
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
