//! The running, waiting and ended versions.

use std::collections::BTreeMap;

use aim_gov::db::{Conn, DbError};
use aim_gov::web::{Html, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::extract::{Query, State};

use super::{StaffText, StaffUser};
use crate::app::App;
use crate::deploy::discrepancies;
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::submission::{State as Progress, Submission};
use crate::review::circumstances;
use crate::store;
use crate::store::submission::PAGE_MAX;
use crate::web::words::{Tag, Words};

#[derive(Template)]
#[template(path = "staff_queue.html")]
pub(super) struct QueuePage {
    context: PageContext,
    text: &'static StaffText,
    words: &'static Words,
    staff: Staff,
    running: Vec<Row>,
    waiting: Vec<Row>,
    ended: Vec<Row>,
    pages: Pages,
}

impl QueuePage {
    /// No address, for the list with a single page.
    fn nowhere(&self) -> Option<String> {
        None
    }

    /// The addresses of the previous and the next page of a list.
    fn turn(&self, list: &str, rows: &[Row]) -> (Option<String>, Option<String>) {
        let Pages { waiting, ended } = self.pages;
        let here = if list == "waiting" { waiting } else { ended };
        let address = |page: u32| {
            let (waiting, ended) = match list {
                "waiting" => (page, ended),
                _ => (waiting, page),
            };
            format!("/{}/staff?waiting={waiting}&ended={ended}", self.context.lang)
        };
        let full = i64::try_from(rows.len()).is_ok_and(|rows| rows >= PAGE_MAX);
        (
            here.checked_sub(1).map(address),
            here.checked_add(1).filter(|_| full).map(address),
        )
    }
}

#[derive(Clone, Copy, Debug, Default, serde::Deserialize)]
pub(super) struct Pages {
    #[serde(default)]
    waiting: u32,
    #[serde(default)]
    ended: u32,
}

struct Row {
    submission: Submission,
    organisation: String,
    created: String,
    /// Warnings for the officer.
    notes: Vec<Tag<'static>>,
}

pub(super) async fn show(
    context: PageContext,
    State(app): State<App>,
    StaffUser(staff): StaffUser,
    Query(pages): Query<Pages>,
) -> Result<Html<QueuePage>, PageError> {
    let mut reader = app.platform.db.reader().await.or_page(&context)?;
    // All of them, because whoever has to suspend a service at once finds it here.
    let mut running = store::submission::live(&mut reader).await.or_page(&context)?;
    running.extend(
        suspended_without_version(&mut reader, &running)
            .await
            .or_page(&context)?,
    );
    let waiting = store::submission::queue(&mut reader, pages.waiting)
        .await
        .or_page(&context)?;
    let ended = store::submission::ended(&mut reader, pages.ended)
        .await
        .or_page(&context)?;
    let mut names = BTreeMap::new();
    let words = Words::of(context.lang);
    let mut running = rows(&mut reader, &mut names, running).await.or_page(&context)?;
    let mut waiting = rows(&mut reader, &mut names, waiting).await.or_page(&context)?;
    for row in running.iter_mut().chain(&mut waiting) {
        row.notes = notes(&app, &mut reader, words, &row.submission)
            .await
            .or_page(&context)?;
    }
    let ended = rows(&mut reader, &mut names, ended).await.or_page(&context)?;
    Ok(Html(QueuePage {
        text: StaffText::of(context.lang),
        words,
        context,
        staff,
        running,
        waiting,
        ended,
        pages,
    }))
}

async fn rows(
    conn: &mut Conn,
    names: &mut BTreeMap<String, String>,
    submissions: Vec<Submission>,
) -> Result<Vec<Row>, DbError> {
    let mut rows = Vec::with_capacity(submissions.len());
    for submission in submissions {
        let id = &submission.organisation;
        let organisation = match names.get(&id.0) {
            Some(name) => name.clone(),
            None => {
                let found = store::organisation::get(conn, id).await?;
                let name = found.map(|organisation| organisation.name).unwrap_or_default();
                names.insert(id.0.clone(), name.clone());
                name
            }
        };
        rows.push(Row {
            created: date_time(submission.created_at),
            organisation,
            submission,
            notes: Vec::new(),
        });
    }
    Ok(rows)
}

/// The newest version of each suspended name without a deployed or suspended version: a director lifts the
/// suspension there.
async fn suspended_without_version(
    conn: &mut Conn,
    running: &[Submission],
) -> Result<Vec<Submission>, DbError> {
    let mut found = Vec::new();
    for suspension in store::suspension::all(conn).await? {
        if running.iter().any(|known| *known.service() == suspension.service) {
            continue;
        }
        let all = store::submission::of_service(conn, &suspension.service).await?;
        found.extend(all.into_iter().next());
    }
    Ok(found)
}

/// The warnings about a version that runs or waits.
async fn notes(
    app: &App,
    conn: &mut Conn,
    words: &'static Words,
    submission: &Submission,
) -> Result<Vec<Tag<'static>>, DbError> {
    let around = circumstances(conn, submission).await?;
    let live = store::submission::live_of_service(conn, submission.service()).await?;
    let older = live.is_some_and(|live| live.id != submission.id && submission.is_older_than(&live));
    let loaded = app.runtime.service(submission.service()).is_some_and(|service| {
        service.digest == submission.digest && service.version == submission.manifest.version.to_string()
    });
    let deployed = matches!(submission.state, Progress::Deployed { .. });
    let lapsed = !submission.checked_approvals(&around.people).lapsed.is_empty();
    let discrepant = !discrepancies(conn, submission).await?.is_empty();
    let all = [
        (around.name_suspended, "tag bad", &words.name_suspended),
        (discrepant, "tag bad", &words.record_discrepant),
        (lapsed, "tag bad", &words.approval_lapsed),
        (deployed && !loaded, "tag bad", &words.not_loaded),
        (
            !around.publisher_verified,
            "tag warn",
            &words.publisher_unverified,
        ),
        (older, "tag warn", &words.older),
    ];
    Ok(all
        .into_iter()
        .filter(|(applies, ..)| *applies)
        .map(|(_, class, word)| Tag { class, word })
        .collect())
}
