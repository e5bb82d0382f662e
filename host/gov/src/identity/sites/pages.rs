//! A citizen's sites: where they log in with the state's log-in, and how they stop that.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::middleware::from_fn;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use tower_sessions::Session;

use super::{Agreed, agreed_sites, forget_agreement, record};
use crate::db::DbError;
use crate::identity::words::SiteText;
use crate::invocation::CitizenId;
use crate::platform::Platform;
use crate::web::{
    Banner, Confirm, Html, OrMissing as _, OrPage as _, PageContext, PageError, SignedIn, date, date_time,
    refuse_cross_site, refuse_unknown_language,
};

/// The list's path after the language.
const MINE: &str = "/my/sites";

/// The pages. They need the session layer ([`crate::sessions::layer`]) around them.
pub fn routes<S: Clone + Send + Sync + 'static>(platform: Platform) -> Router<S> {
    Router::new()
        .route("/{lang}/my/sites", get(show))
        .route("/{lang}/my/sites/{id}/stop", get(ask_stop).post(stop))
        .layer(from_fn(refuse_cross_site))
        .route_layer(from_fn(refuse_unknown_language))
        .with_state(platform)
}

struct Line {
    agreed: Agreed,
    since: String,
    ends: String,
    in_force: bool,
}

#[derive(Template)]
#[template(path = "my_sites.html")]
struct SitesPage {
    context: PageContext,
    text: &'static SiteText,
    lines: Vec<Line>,
}

/// `GET /{lang}/my/sites`.
async fn show(
    State(platform): State<Platform>,
    SignedIn { context, citizen }: SignedIn,
) -> Result<Response, PageError> {
    let all = mine(&platform, &citizen.citizen).await.or_page(&context)?;
    let now = platform.clock.now();
    let lines = all.into_iter().map(|agreed| Line {
        since: date_time(agreed.at),
        ends: date(agreed.until.min(agreed.site.ends)),
        in_force: agreed.is_in_force(now),
        agreed,
    });
    Ok(Html(SitesPage {
        text: SiteText::of(context.lang),
        lines: lines.collect(),
        context,
    })
    .into_response())
}

async fn mine(platform: &Platform, citizen: &CitizenId) -> Result<Vec<Agreed>, DbError> {
    let mut reader = platform.db.reader().await?;
    agreed_sites(&mut reader, citizen).await
}

/// `GET /{lang}/my/sites/{id}/stop`: asks once more.
async fn ask_stop(
    State(platform): State<Platform>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let all = mine(&platform, &citizen.citizen).await.or_page(&context)?;
    let agreed = all.into_iter().find(|agreed| agreed.site.id == id);
    let content = agreed.or_missing(&context)?.site.content;
    let text = SiteText::of(context.lang);
    Ok(Confirm {
        title: text.stop_title.clone(),
        facts: vec![
            (
                text.who_label.clone(),
                format!("{} – {}", content.name, content.organisation),
            ),
            (text.where_label.clone(), content.origin),
        ],
        consequences: vec![text.stop_text.clone(), text.stop_kept.clone()],
        action: format!("/{}{MINE}/{id}/stop", context.lang),
        fields: Vec::new(),
        button: text.stop.clone(),
        class: "danger",
        back: format!("/{}{MINE}", context.lang),
        cancel: text.stop_back.clone(),
        context,
    }
    .answer())
}

/// `POST /{lang}/my/sites/{id}/stop`.
async fn stop(
    State(platform): State<Platform>,
    session: Session,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let stopped = stopped(&platform, &citizen.citizen, &id)
        .await
        .or_page(&context)?;
    if stopped {
        let text = SiteText::of(context.lang);
        let banner = Banner::success(context.lang, &text.done_stopped).at(platform.clock.now());
        banner.keep(&session).await;
    }
    // The second click of two finds nothing to stop, and the list says how it stands.
    Ok(Redirect::to(&format!("/{}{MINE}", context.lang)))
}

/// Ends the agreement with its record; `false` where there is none.
async fn stopped(platform: &Platform, citizen: &CitizenId, id: &str) -> Result<bool, DbError> {
    let mut tx = platform.db.begin().await?;
    if !forget_agreement(&mut tx, citizen, id).await? {
        return Ok(false);
    }
    record(&mut tx, platform, citizen, id, "site-stop", &[]).await?;
    tx.commit().await?;
    Ok(true)
}
