//! The pages of a test space that take the place of the portal: its services, and what each is.

use aim_gov::clock::Setting;
use aim_gov::invocation::ServiceId;
use aim_gov::platform::Platform;
use aim_gov::web::{Html, OrMissing as _, OrPage as _, PageContext, PageError, PageLang, date_time, wish};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Redirect;
use axum::routing::{MethodRouter, get};

use super::access::ENTRY_PATH;
use super::{SpaceHost, versions};
use crate::domain::space::Space;
use crate::domain::submission::Submission;
use crate::web::space_text::SpaceText;

#[derive(Clone)]
struct Pages {
    host: SpaceHost,
    space: Space,
    platform: Platform,
}

pub(super) fn routes(host: SpaceHost, space: &Space, platform: Platform) -> Router {
    Router::new()
        .route("/{lang}", get(|Path(PageLang(lang)): Path<PageLang>| async move { Redirect::permanent(&format!("/{lang}/")) }))
        .route("/{lang}/", get(home))
        .route("/{lang}/services/{service}", get(service))
        .with_state(Pages {
            host,
            space: space.clone(),
            platform,
        })
}

/// `GET /`: the first page in the visitor's language.
pub(super) fn front() -> MethodRouter {
    get(|headers: HeaderMap| async move { Redirect::to(&format!("/{}/", wish(&headers).for_page())) })
}

#[derive(Template)]
#[template(path = "space_home.html")]
struct HomePage {
    context: PageContext,
    text: &'static SpaceText,
    name: String,
    shows: String,
    frozen: bool,
    services: Vec<Submission>,
    entry: &'static str,
}

async fn home(context: PageContext, State(pages): State<Pages>) -> Result<Html<HomePage>, PageError> {
    let platform = &pages.host.0.app.platform;
    let services = async {
        let mut reader = platform.db.reader().await?;
        versions::all(&mut reader, &pages.space.organisation).await
    };
    let clock = pages.host.clock_of(&pages.space).await.or_page(&context)?;
    Ok(Html(HomePage {
        text: SpaceText::of(context.lang),
        name: pages.space.name.0.clone(),
        shows: date_time(pages.platform.clock.now()),
        frozen: matches!(clock, Some(Setting::Frozen(_))),
        services: services.await.or_page(&context)?,
        entry: ENTRY_PATH,
        context,
    }))
}

#[derive(Template)]
#[template(path = "space_service.html")]
struct ServicePage {
    context: PageContext,
    text: &'static SpaceText,
    version: Submission,
    entry: &'static str,
}

async fn service(
    context: PageContext,
    State(pages): State<Pages>,
    Path((_, name)): Path<(String, String)>,
) -> Result<Html<ServicePage>, PageError> {
    let platform = &pages.host.0.app.platform;
    let version = async {
        let mut reader = platform.db.reader().await?;
        versions::newest(&mut reader, &pages.space.organisation, &ServiceId(name)).await
    };
    let version = version.await.or_page(&context)?.or_missing(&context)?;
    Ok(Html(ServicePage {
        text: SpaceText::of(context.lang),
        version,
        entry: ENTRY_PATH,
        context,
    }))
}
