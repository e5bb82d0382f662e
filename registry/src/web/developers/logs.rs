//! What a deployed service and the host said about its requests.

use aim_gov::invocation::ServiceId;
use aim_gov::web::{Chrome, Html, PageError, date_time};
use aim_runtime::Level;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{Developer, DeveloperText};
use crate::app::App;
use crate::store;

/// Lines on the page, newest first.
const LINES_MAX: usize = 200;

#[derive(Template)]
#[template(path = "developers_logs.html")]
struct LogsPage {
    chrome: Chrome,
    text: &'static DeveloperText,
    name: ServiceId,
    lines: Vec<Line>,
}

struct Line {
    at: String,
    level: &'static str,
    class: &'static str,
    source: &'static str,
    context: String,
    message: String,
    request_id: String,
}

pub(super) async fn show(
    chrome: Chrome,
    State(app): State<App>,
    developer: Developer,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let name = ServiceId(name);
    let owner = async {
        let mut reader = app.platform.db.reader().await?;
        store::service::owner(&mut reader, &name).await
    };
    let owner = match owner.await {
        Ok(owner) => owner,
        Err(error) => return Err(PageError::internal(chrome, &error)),
    };
    match (&owner, &developer.organisation) {
        (Some(owner), Some(organisation)) if *owner == organisation.id => {}
        _ => return Err(PageError::new(chrome, StatusCode::NOT_FOUND)),
    }
    let lines = app
        .runtime
        .logs(&name)
        .into_iter()
        .rev()
        .take(LINES_MAX)
        .map(|line| Line {
            at: date_time(line.at),
            level: line.level.code(),
            class: class(line.level),
            source: line.source.code(),
            context: line.context,
            message: line.message,
            request_id: line.request_id,
        })
        .collect();
    Ok(Html(LogsPage {
        text: DeveloperText::of(chrome.lang),
        chrome,
        name,
        lines,
    })
    .into_response())
}

fn class(level: Level) -> &'static str {
    match level {
        Level::Trace | Level::Debug | Level::Info => "tag",
        Level::Warn => "tag warn",
        Level::Error | Level::Critical => "tag bad",
    }
}
