//! One submission as its publisher sees it: the report, and what was decided, without officers' notes.

use aim_gov::db::DbError;
use aim_gov::web::{Chrome, Html, PageError, date, date_time};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::{Developer, DeveloperText};
use crate::app::App;
use crate::deploy::{self, DeployError};
use crate::domain::OrganisationId;
use crate::domain::SubmissionId;
use crate::domain::submission::{State as Progress, Submission};
use crate::publish;
use crate::review::ReviewError;
use crate::store;
use crate::store::report::StoredReport;
use crate::web::words::Words;

#[derive(Template)]
#[template(path = "developers_submission.html")]
struct SubmissionPage {
    chrome: Chrome,
    text: &'static DeveloperText,
    words: &'static Words,
    report: Option<StoredReport>,
    sent: String,
    ends: Option<String>,
    origin: Option<String>,
    reason: Option<String>,
    can_withdraw: bool,
    /// How far its compilation is, 0 to 100, while there is one.
    compiling: Option<u8>,
    submission: Submission,
}

async fn load(
    app: &App,
    organisation: &OrganisationId,
    id: &SubmissionId,
) -> Result<Option<(Submission, Option<StoredReport>)>, DbError> {
    let Some(submission) = publish::of_organisation(app, organisation, id).await? else {
        return Ok(None);
    };
    let mut reader = app.platform.db.reader().await?;
    let report = store::report::latest(&mut reader, id).await?;
    Ok(Some((submission, report)))
}

pub(super) async fn show(
    chrome: Chrome,
    State(app): State<App>,
    developer: Developer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let Some(organisation) = developer.organisation else {
        return Err(PageError::new(chrome, StatusCode::NOT_FOUND));
    };
    let (submission, report) = match load(&app, &organisation.id, &SubmissionId(id)).await {
        Ok(Some(found)) => found,
        Ok(None) => return Err(PageError::new(chrome, StatusCode::NOT_FOUND)),
        Err(error) => return Err(PageError::internal(chrome, &error)),
    };
    Ok(Html(SubmissionPage {
        text: DeveloperText::of(chrome.lang),
        words: Words::of(chrome.lang),
        report,
        sent: date_time(submission.created_at),
        ends: submission
            .state
            .live()
            .map(|live| date(live.grant.boundary.ends_at)),
        origin: matches!(submission.state, Progress::Deployed { .. })
            .then(|| app.service_origin(submission.service())),
        reason: match &submission.state {
            Progress::Rejected { reason, .. } | Progress::Suspended { reason, .. } => Some(reason.clone()),
            _ => None,
        },
        compiling: deploy::compiling(&app, &submission),
        can_withdraw: submission.clone().withdraw(app.platform.clock.now()).is_ok(),
        chrome,
        submission,
    })
    .into_response())
}

pub(super) async fn withdraw(
    chrome: Chrome,
    State(app): State<App>,
    developer: Developer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let Some(organisation) = developer.organisation else {
        return Err(PageError::new(chrome, StatusCode::NOT_FOUND));
    };
    let name = chrome
        .who
        .as_ref()
        .map(|who| who.name.clone())
        .unwrap_or_default();
    let id = SubmissionId(id);
    match deploy::withdraw(&app, (&developer.citizen, &name), &organisation.id, &id).await {
        Ok(_) => Ok(Redirect::to(&format!(
            "/{}/developers/submissions/{id}",
            chrome.lang
        ))),
        Err(DeployError::Review(ReviewError::NotFound)) => Err(PageError::new(chrome, StatusCode::NOT_FOUND)),
        Err(DeployError::Review(ReviewError::Refused(_) | ReviewError::Moved)) => {
            let (text, words) = (DeveloperText::of(chrome.lang), Words::of(chrome.lang));
            let (title, message) = (text.withdraw_title.clone(), words.refused_wrong_state.clone());
            Err(PageError::with_text(chrome, StatusCode::CONFLICT, title, message))
        }
        Err(error) => Err(PageError::internal(chrome, &error)),
    }
}
