//! What waits, and what was decided.

use std::collections::BTreeMap;

use aim_gov::db::{Conn, DbError};
use aim_gov::web::{Chrome, Html, PageError, date_time};
use askama::Template;
use axum::extract::State;

use super::{StaffText, StaffUser};
use crate::app::App;
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::submission::Submission;
use crate::store;
use crate::web::words::Words;

#[derive(Template)]
#[template(path = "staff_queue.html")]
pub(super) struct QueuePage {
    chrome: Chrome,
    text: &'static StaffText,
    words: &'static Words,
    staff: Staff,
    waiting: Vec<Row>,
    decided: Vec<Row>,
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
) -> Result<Html<QueuePage>, PageError> {
    let failed = |error: DbError| PageError::internal(chrome.clone(), &error);
    let mut reader = app.platform.db.reader().await.map_err(failed)?;
    let waiting = store::submission::queue(&mut reader).await.map_err(failed)?;
    let decided = store::submission::decided(&mut reader).await.map_err(failed)?;
    let mut names = BTreeMap::new();
    let waiting = rows(&mut reader, &mut names, waiting).await.map_err(failed)?;
    let decided = rows(&mut reader, &mut names, decided).await.map_err(failed)?;
    Ok(Html(QueuePage {
        text: StaffText::of(chrome.lang),
        words: Words::of(chrome.lang),
        chrome,
        staff,
        waiting,
        decided,
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
