//! What runs, what waits, and what came to an end.

use std::collections::BTreeMap;

use aim_gov::db::{Conn, DbError};
use aim_gov::web::{Chrome, Html, PageError, date_time};
use askama::Template;
use axum::extract::{Query, State};

use super::{StaffText, StaffUser};
use crate::app::App;
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::submission::Submission;
use crate::store;
use crate::store::submission::PAGE_MAX;
use crate::web::words::Words;

#[derive(Template)]
#[template(path = "staff_queue.html")]
pub(super) struct QueuePage {
    chrome: Chrome,
    text: &'static StaffText,
    words: &'static Words,
    staff: Staff,
    running: Vec<Row>,
    waiting: Vec<Row>,
    ended: Vec<Row>,
    pages: Pages,
}

impl QueuePage {
    /// No address, for the list that has one page.
    fn nowhere(&self) -> Option<String> {
        None
    }

    /// The addresses of the pages of a list before and after this one.
    fn turn(&self, list: &str, rows: &[Row]) -> (Option<String>, Option<String>) {
        let Pages { waiting, ended } = self.pages;
        let here = if list == "waiting" { waiting } else { ended };
        let address = |page: u32| {
            let (waiting, ended) = match list {
                "waiting" => (page, ended),
                _ => (waiting, page),
            };
            format!("/{}/staff?waiting={waiting}&ended={ended}", self.chrome.lang)
        };
        let full = i64::try_from(rows.len()).is_ok_and(|rows| rows >= PAGE_MAX);
        (
            here.checked_sub(1).map(address),
            here.checked_add(1).filter(|_| full).map(address),
        )
    }
}

/// Which page of each list.
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
}

pub(super) async fn show(
    chrome: Chrome,
    State(app): State<App>,
    StaffUser(staff): StaffUser,
    Query(pages): Query<Pages>,
) -> Result<Html<QueuePage>, PageError> {
    let failed = |error: DbError| PageError::internal(chrome.clone(), &error);
    let mut reader = app.platform.db.reader().await.map_err(failed)?;
    // All of them: whoever must stop a service at once finds it here.
    let running = store::submission::live(&mut reader).await.map_err(failed)?;
    let waiting = store::submission::queue(&mut reader, pages.waiting)
        .await
        .map_err(failed)?;
    let ended = store::submission::ended(&mut reader, pages.ended)
        .await
        .map_err(failed)?;
    let mut names = BTreeMap::new();
    let running = rows(&mut reader, &mut names, running).await.map_err(failed)?;
    let waiting = rows(&mut reader, &mut names, waiting).await.map_err(failed)?;
    let ended = rows(&mut reader, &mut names, ended).await.map_err(failed)?;
    Ok(Html(QueuePage {
        text: StaffText::of(chrome.lang),
        words: Words::of(chrome.lang),
        chrome,
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
        });
    }
    Ok(rows)
}
