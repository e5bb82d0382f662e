//! One submission with everything that a decision needs.

use aim_gov::consent::ConsentText;
use aim_gov::db::DbError;
use aim_gov::web::{Chrome, Html, PageError, date, date_time};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::view::{
    Actions, ChangeLine, DecisionLine, FormError, GrantedLimit, LimitInput, Permission, change_lines,
    decision_lines, granted_limits, limit_inputs, permissions,
};
use super::{StaffText, StaffUser};
use crate::app::App;
use crate::domain::SubmissionId;
use crate::domain::organisation::Organisation;
use crate::domain::staff::Staff;
use crate::domain::submission::{Reason, Submission};
use crate::store;
use crate::store::decision::Decision;
use crate::store::report::StoredReport;
use crate::web::words::Words;

#[derive(Template)]
#[template(path = "staff_submission.html")]
pub(super) struct SubmissionPage {
    chrome: Chrome,
    text: &'static StaffText,
    words: &'static Words,
    consent: &'static ConsentText,
    errors: Vec<FormError>,
    note_error: Option<String>,
    organisation: Organisation,
    sent: String,
    report: Option<StoredReport>,
    changes: Option<Vec<ChangeLine>>,
    permissions: Vec<Permission>,
    granted: Vec<GrantedLimit>,
    ends: String,
    barred: Option<String>,
    actions: Actions,
    evidence: String,
    limit_fields: Vec<LimitInput>,
    note: String,
    decisions: Vec<DecisionLine>,
    submission: Submission,
}

/// What the page is made of.
pub(super) struct Case {
    pub submission: Submission,
    pub organisation: Organisation,
    pub report: Option<StoredReport>,
    pub running: Option<Submission>,
    pub decisions: Vec<Decision>,
}

/// Loads a submission and all that belongs to it.
pub(super) async fn load(app: &App, id: &str) -> Result<Option<Case>, DbError> {
    let mut reader = app.platform.db.reader().await?;
    let id = SubmissionId(id.to_owned());
    let Some(submission) = store::submission::get(&mut reader, &id).await? else {
        return Ok(None);
    };
    let organisation = store::organisation::get(&mut reader, &submission.organisation)
        .await?
        .ok_or_else(|| DbError::Corrupt {
            table: "submission",
            id: id.0.clone(),
        })?;
    let running = store::submission::live_of_service(&mut reader, submission.service()).await?;
    Ok(Some(Case {
        organisation,
        report: store::report::latest(&mut reader, &id).await?,
        running: running.filter(|running| running.id != submission.id),
        decisions: store::decision::of_submission(&mut reader, &id).await?,
        submission,
    }))
}

/// What an officer typed, to be shown again after a refusal.
#[derive(Default)]
pub(super) struct Typed {
    pub limits: Vec<(&'static str, String)>,
    pub note: String,
    /// The reason in one of the small forms, by its path.
    pub reason: Option<(&'static str, String)>,
    /// What the public was to be told about a suspension.
    pub public_reason: String,
    pub errors: Vec<FormError>,
}

impl Typed {
    pub fn reason(path: &'static str, reason: String) -> Self {
        Self {
            reason: Some((path, reason)),
            ..Self::default()
        }
    }

    /// What is wrong with a field.
    pub fn error(&self, field: &str) -> Option<String> {
        let error = self.errors.iter().find(|error| error.field == field)?;
        Some(error.message.clone())
    }
}

pub(super) fn render(chrome: Chrome, staff: &Staff, case: Case, typed: Typed) -> Html<SubmissionPage> {
    let lang = chrome.lang;
    let (text, words) = (StaffText::of(lang), Words::of(lang));
    let submission = case.submission;
    let may_approve = submission.may_approve(staff);
    let barred = match &may_approve {
        Err(refused) if refused.reason != Reason::State => Some(words.reason(&refused.reason).to_owned()),
        _ => None,
    };
    let live = submission.state.live();
    Html(SubmissionPage {
        text,
        words,
        consent: ConsentText::of(lang),
        sent: date_time(submission.created_at),
        changes: case
            .running
            .map(|running| change_lines(words, lang, &running.manifest, &submission.manifest)),
        permissions: permissions(
            &submission.manifest,
            case.report.as_ref().map(|stored| &stored.report),
        ),
        granted: live
            .map(|live| granted_limits(words, lang, &live.grant.boundary))
            .unwrap_or_default(),
        ends: live
            .map(|live| date(live.grant.boundary.ends_at))
            .unwrap_or_default(),
        barred,
        actions: Actions::of(text, &submission, staff, may_approve.is_ok(), &typed),
        evidence: submission.state.evidence().unwrap_or_default().to_owned(),
        limit_fields: limit_inputs(words, lang, &submission.manifest.limits, &typed),
        decisions: decision_lines(text, words, &submission, staff, case.decisions),
        organisation: case.organisation,
        report: case.report,
        note_error: typed.error("note"),
        note: typed.note,
        errors: typed.errors,
        chrome,
        submission,
    })
}

pub(super) async fn show(
    chrome: Chrome,
    State(app): State<App>,
    StaffUser(staff): StaffUser,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    match load(&app, &id).await {
        Ok(Some(case)) => Ok(render(chrome, &staff, case, Typed::default()).into_response()),
        Ok(None) => Err(PageError::new(chrome, StatusCode::NOT_FOUND)),
        Err(error) => Err(PageError::internal(chrome, &error)),
    }
}
