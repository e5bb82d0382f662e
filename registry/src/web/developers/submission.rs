//! One submission as its publisher sees it: the report, and what was decided, without officers' notes.

use aim_gov::db::DbError;
use aim_gov::web::{Banner, Chrome, Confirm, Html, PageError, date, date_time};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

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

/// `GET /{lang}/developers/submissions/{id}/withdraw`: asks once more.
pub(super) async fn ask_withdraw(
    chrome: Chrome,
    State(app): State<App>,
    developer: Developer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let Some(organisation) = developer.organisation else {
        return Err(PageError::new(chrome, StatusCode::NOT_FOUND));
    };
    let submission = match publish::of_organisation(&app, &organisation.id, &SubmissionId(id)).await {
        Ok(Some(submission)) => submission,
        Ok(None) => return Err(PageError::new(chrome, StatusCode::NOT_FOUND)),
        Err(error) => return Err(PageError::internal(chrome, &error)),
    };
    if submission.clone().withdraw(app.platform.clock.now()).is_err() {
        return Err(too_late(chrome));
    }
    let (text, words) = (DeveloperText::of(chrome.lang), Words::of(chrome.lang));
    let page = format!("/{}/developers/submissions/{}", chrome.lang, submission.id);
    let mut consequences = vec![text.withdraw_effect.clone()];
    if submission.state.live().is_some() {
        consequences.push(text.withdraw_live.clone());
    }
    let confirm = Confirm {
        title: text.withdraw_ask.clone(),
        facts: vec![
            (text.column_service.clone(), submission.manifest.name.0.clone()),
            (
                text.column_version.clone(),
                submission.manifest.version.to_string(),
            ),
            (
                text.column_state.clone(),
                words.state(&submission.state).word.to_owned(),
            ),
        ],
        consequences,
        action: format!("{page}/withdraw"),
        fields: Vec::new(),
        button: text.withdraw_button.clone(),
        class: "danger",
        back: page,
        cancel: text.withdraw_back.clone(),
        chrome,
    };
    Ok(confirm.answer())
}

pub(super) async fn withdraw(
    chrome: Chrome,
    State(app): State<App>,
    developer: Developer,
    session: Session,
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
        Ok(submission) => {
            let text = DeveloperText::of(chrome.lang);
            let message = text
                .done_withdrawn
                .replace("{name}", &submission.manifest.name.0)
                .replace("{version}", &submission.manifest.version.to_string());
            let banner = Banner::success(chrome.lang, message).at(app.platform.clock.now());
            banner.keep(&session).await;
            Ok(Redirect::to(&format!(
                "/{}/developers/submissions/{id}",
                chrome.lang
            )))
        }
        Err(DeployError::Review(ReviewError::NotFound)) => Err(PageError::new(chrome, StatusCode::NOT_FOUND)),
        Err(DeployError::Review(ReviewError::Refused(_) | ReviewError::Moved)) => Err(too_late(chrome)),
        Err(error) => Err(PageError::internal(chrome, &error)),
    }
}

/// The page for a version that cannot be withdrawn any more.
fn too_late(chrome: Chrome) -> PageError {
    let (text, words) = (DeveloperText::of(chrome.lang), Words::of(chrome.lang));
    let (title, message) = (text.withdraw_title.clone(), words.refused_wrong_state.clone());
    PageError::with_text(chrome, StatusCode::CONFLICT, title, message)
}
