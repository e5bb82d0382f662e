//! Catalogues of others that are harvested: what the last harvest of each did, and a harvest on request.

use aim_gov::clock::Timestamp;
use aim_gov::open_data::OpenData;
use aim_gov::open_data::harvest::{LastHarvest, Refused, Source, harvests};
use aim_gov::open_data::pages::shown_text;
use aim_gov::web::{Banner, Html, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

use super::{StaffText, StaffUser};
use crate::app::App;
use crate::web::publishing_text::PublishingText;

/// The path of the page after the language.
const SOURCES: &str = "/staff/sources";

#[derive(Template)]
#[template(path = "staff_sources.html")]
struct SourcesPage {
    context: PageContext,
    text: &'static PublishingText,
    staff_text: &'static StaffText,
    lines: Vec<Line>,
}

struct Line {
    source: Source,
    last: Option<LastHarvest>,
    now: Timestamp,
}

impl SourcesPage {
    /// What a foreign catalogue says, as people are shown it.
    fn shown(&self, text: &str) -> String {
        shown_text(text)
    }
}

impl Line {
    fn finished(&self) -> Option<String> {
        self.last.as_ref()?.finished.map(date_time)
    }

    /// When the next harvest begins; `None` if it runs or is about to.
    fn next(&self) -> Option<String> {
        let due = self.last.as_ref()?.due;
        (due > self.now).then(|| date_time(due))
    }

    fn fault(&self) -> Option<&Refused> {
        self.last.as_ref()?.report.fault.as_ref()
    }

    fn refused(&self) -> &[Refused] {
        self.last
            .as_ref()
            .map(|last| last.report.refused.as_slice())
            .unwrap_or_default()
    }

    /// What happened to data sets, and how many they are.
    fn counts(&self, text: &'static PublishingText) -> Vec<(&'static str, String)> {
        let Some(LastHarvest { report, .. }) = &self.last else {
            return Vec::new();
        };
        vec![
            (&text.sources_added, report.added.len().to_string()),
            (&text.sources_changed, report.changed.len().to_string()),
            (&text.sources_gone, report.gone.len().to_string()),
            (&text.sources_unchanged, report.unchanged_count.to_string()),
            (&text.sources_refused, report.refused.len().to_string()),
        ]
    }
}

/// `GET /{lang}/staff/sources`
pub(super) async fn list(
    context: PageContext,
    State(app): State<App>,
    Extension(open_data): Extension<OpenData>,
    StaffUser(_): StaffUser,
) -> Result<Response, PageError> {
    let mut reader = app.platform.db.reader().await.or_page(&context)?;
    let last = harvests(&mut reader).await.or_page(&context)?;
    let now = app.platform.clock.now();
    let lines = open_data.sources().iter().map(|source| Line {
        last: last.iter().find(|last| last.name == source.name).cloned(),
        source: source.clone(),
        now,
    });
    Ok(Html(SourcesPage {
        text: PublishingText::of(context.lang),
        staff_text: StaffText::of(context.lang),
        lines: lines.collect(),
        context,
    })
    .into_response())
}

/// `POST /{lang}/staff/sources/{name}/harvest`
pub(super) async fn harvest(
    context: PageContext,
    State(app): State<App>,
    Extension(open_data): Extension<OpenData>,
    StaffUser(_): StaffUser,
    session: Session,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    if !open_data.ask_harvest(&name).await.or_page(&context)? {
        return Err(PageError::new(context, StatusCode::NOT_FOUND));
    }
    let text = PublishingText::of(context.lang);
    let banner = Banner::success(context.lang, &text.sources_asked).at(app.platform.clock.now());
    banner.keep(&session).await;
    Ok(Redirect::to(&format!("/{}{SOURCES}", context.lang)).into_response())
}
