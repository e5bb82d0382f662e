//! The events of a service: their deliveries, and the dead letters with a button that delivers them again. Whom an event
//! is about is not shown.

use aim_gov::invocation::ServiceId;
use aim_gov::life_events::{Delivery, State as EventState};
use aim_gov::web::{Banner, Html, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

use super::{Developer, DeveloperText, own_service};
use crate::app::App;

/// The most events on one page.
const ROWS_MAX: u32 = 50;

#[derive(Template)]
#[template(path = "developers_events.html")]
struct EventsPage {
    context: PageContext,
    text: &'static DeveloperText,
    name: ServiceId,
    /// The page's own path.
    here: String,
    counts: Vec<(EventState, i64)>,
    dead_only: bool,
    rows: Vec<Row>,
    /// The event after which the next page begins.
    older: Option<String>,
}

struct Row {
    id: String,
    event_type: &'static str,
    state: &'static str,
    class: &'static str,
    attempts: u32,
    created: String,
    next: String,
    error: String,
    dead: bool,
}

impl Row {
    fn of(delivery: Delivery, text: &'static DeveloperText) -> Self {
        Self {
            event_type: delivery.event_type.code(),
            state: text.event_states.get(&delivery.state),
            class: match delivery.state {
                EventState::Waiting | EventState::Delivering | EventState::Discarded => "tag",
                EventState::Done => "tag good",
                EventState::Dead => "tag bad",
            },
            attempts: delivery.attempts,
            created: date_time(delivery.created),
            next: delivery.due.map(date_time).unwrap_or_default(),
            error: delivery.error.unwrap_or_default(),
            dead: delivery.state == EventState::Dead,
            id: delivery.id,
        }
    }
}

/// Which events the page shows.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Shown {
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    before: Option<String>,
}

/// The path of the page.
fn path(context: &PageContext, name: &ServiceId) -> String {
    format!("/{}/developers/services/{}/events", context.lang, name.0)
}

pub(super) async fn show(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    Path((_, name)): Path<(String, String)>,
    Query(shown): Query<Shown>,
) -> Result<Response, PageError> {
    let name = own_service(&app, &developer, name, &context).await?;
    let events = &app.runtime.apis().life_events;
    let dead_only = shown.state.as_deref() == Some(EventState::Dead.code());
    let counts = events.counts(&name).await.or_page(&context)?;
    let one_more = ROWS_MAX.saturating_add(1);
    let state = dead_only.then_some(EventState::Dead);
    let mut found = events
        .deliveries(&name, state, shown.before.as_deref(), one_more)
        .await
        .or_page(&context)?;
    let mut older = None;
    if u32::try_from(found.len()).is_ok_and(|found| found > ROWS_MAX) {
        found.pop();
        older = found.last().map(|last| last.id.clone());
    }
    let text = DeveloperText::of(context.lang);
    Ok(Html(EventsPage {
        text,
        here: path(&context, &name),
        context,
        name,
        counts,
        dead_only,
        rows: found.into_iter().map(|one| Row::of(one, text)).collect(),
        older,
    })
    .into_response())
}

pub(super) async fn replay(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    session: Session,
    Path((_, name, id)): Path<(String, String, String)>,
) -> Result<Redirect, PageError> {
    let name = own_service(&app, &developer, name, &context).await?;
    let events = &app.runtime.apis().life_events;
    let text = DeveloperText::of(context.lang);
    if !events.replay(&name, &id).await.or_page(&context)? {
        let (title, message) = (text.events_title.clone(), text.event_not_dead.clone());
        return Err(PageError::with_text(
            context,
            StatusCode::CONFLICT,
            title,
            message,
        ));
    }
    tracing::info!(service = %name.0, object = %id, "life-events.replayed");
    let banner = Banner::success(context.lang, &text.done_replayed).at(app.platform.clock.now());
    banner.keep(&session).await;
    Ok(Redirect::to(&path(&context, &name)))
}
