//! The log lines of a deployed service, and of the host about its requests.

use std::sync::Arc;

use aim_gov::invocation::ServiceId;
use aim_gov::web::{Html, OrPage as _, PageContext, PageError, date_time};
use aim_runtime::{Asked, Level, LogLine};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::{Developer, DeveloperText, own_service};
use crate::app::App;
use crate::{logs, store};

/// The most lines on the page: the newest.
const LINES_MAX: u32 = 200;

#[derive(Template)]
#[template(path = "developers_logs.html")]
struct LogsPage {
    context: PageContext,
    text: &'static DeveloperText,
    name: ServiceId,
    requests: Vec<Request>,
}

struct Request {
    asked: Arc<Asked>,
    lines: Vec<Line>,
}

struct Line {
    at: String,
    level: &'static str,
    class: &'static str,
    source: &'static str,
    context: String,
    message: String,
}

pub(super) async fn show(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let name = own_service(&app, &developer, name, &context).await?;
    logs::keep(&app).await;
    let lines = async {
        let mut reader = app.platform.db.reader().await?;
        store::log::newest(&mut reader, &name, LINES_MAX).await
    };
    let lines = lines.await.or_page(&context)?;
    Ok(Html(LogsPage {
        text: DeveloperText::of(context.lang),
        context,
        name,
        requests: by_request(lines),
    })
    .into_response())
}

/// The lines grouped by request: the request with the newest line comes first, and its lines are in the order
/// in which they were logged, so that a traceback can be read.
fn by_request(lines: Vec<LogLine>) -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::new();
    for line in lines {
        let known = requests
            .iter()
            .position(|request| request.asked.id == line.request.id);
        let mut request = match known {
            Some(known) => requests.remove(known),
            None => Request {
                asked: line.request.clone(),
                lines: Vec::new(),
            },
        };
        request.lines.push(Line {
            at: date_time(line.at),
            level: line.level.code(),
            class: class(line.level),
            source: line.source.code(),
            context: line.context,
            message: line.message,
        });
        requests.push(request);
    }
    requests.reverse();
    requests
}

fn class(level: Level) -> &'static str {
    match level {
        Level::Trace | Level::Debug | Level::Info => "tag",
        Level::Warn => "tag warn",
        Level::Error | Level::Critical => "tag bad",
    }
}

#[cfg(test)]
mod tests {
    use aim_gov::clock::Timestamp;
    use aim_runtime::Source;

    use super::*;

    #[test]
    fn requests_are_newest_first_and_their_lines_in_the_order_of_a_traceback() {
        let said = |request: &str, message: &str| LogLine {
            at: Timestamp(0),
            request: Arc::new(Asked::new(request.to_owned(), "1.0.0".to_owned(), "GET /", false)),
            level: Level::Error,
            source: Source::Stderr,
            context: String::new(),
            message: message.to_owned(),
        };
        let shown = by_request(vec![
            said("req_1", "Traceback"),
            said("req_2", "one"),
            said("req_1", "ValueError"),
        ]);
        let shown: Vec<_> = shown
            .iter()
            .flat_map(|request| {
                request
                    .lines
                    .iter()
                    .map(|line| (request.asked.id.as_str(), line.message.as_str()))
            })
            .collect();
        assert_eq!(
            shown,
            [("req_1", "Traceback"), ("req_1", "ValueError"), ("req_2", "one")]
        );
    }
}
