//! The forms of a submission's page.

use aim_gov::web::{Chrome, PageError};
use axum::Form;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::HashMap;

use super::page::{Typed, load, render};
use super::view::FormError;
use super::{StaffText, StaffUser};
use crate::app::App;
use crate::deploy::{self, DeployError};
use crate::domain::SubmissionId;
use crate::domain::public_reason::{PUBLIC_REASON_CHARS_MAX, PublicReason, PublicReasonError};
use crate::domain::staff::Staff;
use crate::domain::submission::{Approve, Reason, State as Progress, Submission};
use crate::manifest::{LimitField, Limits};
use crate::review::{self, ReviewError};
use crate::web::words::Words;

/// What an officer typed. Names of limits are those of [`LimitField::key`].
#[derive(serde::Deserialize)]
pub(super) struct ApproveForm {
    digest: String,
    evidence: String,
    #[serde(default)]
    note: String,
    #[serde(flatten)]
    limits: HashMap<String, String>,
}

#[derive(serde::Deserialize)]
pub(super) struct ReasonForm {
    #[serde(default)]
    reason: String,
}

/// Who acts on what, for the answer.
pub(super) struct Turn {
    chrome: Chrome,
    app: App,
    staff: Staff,
    id: String,
}

impl FromRequestParts<App> for Turn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let StaffUser(staff) = StaffUser::from_request_parts(parts, app).await?;
        let Path((_, id)) = Path::<(String, String)>::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let chrome = match Chrome::from_request_parts(parts, app).await {
            Ok(chrome) => chrome,
            Err(never) => match never {},
        };
        Ok(Self {
            chrome,
            app: app.clone(),
            staff,
            id,
        })
    }
}

impl Turn {
    fn id(&self) -> SubmissionId {
        SubmissionId(self.id.clone())
    }

    /// Back to the page, or the page again with what is wrong.
    async fn answer(
        self,
        result: Result<Submission, DeployError>,
        typed: Typed,
    ) -> Result<Response, PageError> {
        let words = Words::of(self.chrome.lang);
        let (status, fields, message) = match result {
            Ok(_) => {
                let page = format!("/{}/staff/submissions/{}", self.chrome.lang, self.id);
                return Ok(Redirect::to(&page).into_response());
            }
            Err(DeployError::Review(ReviewError::NotFound)) => {
                return Err(PageError::new(self.chrome, StatusCode::NOT_FOUND));
            }
            Err(DeployError::Review(ReviewError::Moved)) => (
                StatusCode::CONFLICT,
                vec!["decision".to_owned()],
                words.refused_wrong_state.clone(),
            ),
            Err(DeployError::Review(ReviewError::Refused(refused))) => (
                status_of(&refused.reason),
                fields_of(&refused),
                words.reason(&refused.reason).to_owned(),
            ),
            Err(DeployError::Review(ReviewError::Db(error))) => {
                return Err(PageError::internal(self.chrome, &error));
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    submission.id = self.id,
                    "deploy failed"
                );
                let text = StaffText::of(self.chrome.lang);
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    vec!["decision".to_owned()],
                    text.deploy_failed.clone(),
                )
            }
        };
        let errors = fields
            .into_iter()
            .map(|field| FormError {
                field,
                message: message.clone(),
            })
            .collect();
        self.again(status, Typed { errors, ..typed }).await
    }

    async fn again(self, status: StatusCode, typed: Typed) -> Result<Response, PageError> {
        match load(&self.app, &self.id).await {
            Ok(Some(case)) => Ok((status, render(self.chrome, &self.staff, case, typed)).into_response()),
            Ok(None) => Err(PageError::new(self.chrome, StatusCode::NOT_FOUND)),
            Err(error) => Err(PageError::internal(self.chrome, &error)),
        }
    }
}

fn status_of(reason: &Reason) -> StatusCode {
    match reason {
        Reason::State | Reason::StaleEvidence => StatusCode::CONFLICT,
        Reason::Role | Reason::ConflictOfInterest | Reason::SameOfficer => StatusCode::FORBIDDEN,
        Reason::BeyondAsked(_) | Reason::TooSmall(_) | Reason::NoReason => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The ids of the fields that the error is about.
fn fields_of(refused: &crate::domain::submission::Refused) -> Vec<String> {
    use crate::domain::submission::Event;
    match (&refused.reason, refused.event) {
        (Reason::BeyondAsked(fields) | Reason::TooSmall(fields), _) => {
            fields.iter().map(|field| field.key().to_owned()).collect()
        }
        (Reason::NoReason, Event::Approve) => vec!["note".to_owned()],
        (Reason::NoReason, event) => vec![format!("reason-{}", event.code())],
        _ => vec!["decision".to_owned()],
    }
}

/// What a limit was typed as, if it can be one: what is too large for a number is also more than was asked.
fn number(typed: &str) -> Option<u64> {
    let digits = !typed.is_empty() && typed.bytes().all(|digit| digit.is_ascii_digit());
    digits.then(|| typed.parse().unwrap_or(u64::MAX))
}

pub(super) async fn approve(turn: Turn, Form(form): Form<ApproveForm>) -> Result<Response, PageError> {
    let text = StaffText::of(turn.chrome.lang);
    let value = |field: LimitField| {
        form.limits
            .get(field.key())
            .map(|value| value.trim().to_owned())
            .unwrap_or_default()
    };
    let typed = Typed {
        limits: LimitField::ALL.map(|field| (field.key(), value(field))).to_vec(),
        note: form.note.clone(),
        ..Typed::default()
    };
    let errors: Vec<_> = LimitField::ALL
        .into_iter()
        .filter(|field| number(&value(*field)).is_none())
        .map(|field| FormError {
            field: field.key().to_owned(),
            message: text.wrong_number.clone(),
        })
        .collect();
    if !errors.is_empty() {
        return turn
            .again(StatusCode::UNPROCESSABLE_ENTITY, Typed { errors, ..typed })
            .await;
    }
    let limits = Limits::from_values(|field| number(&value(field)).unwrap_or(u64::MAX));
    let yes = Approve {
        digest: form.digest,
        evidence: form.evidence,
        limits,
        note: form.note,
    };
    let result = match review::approve(&turn.app, &turn.staff, &turn.id(), yes).await {
        // The second yes sets it in motion; where that fails, the button on the page tries again.
        Ok(Submission {
            state: Progress::Approved { .. },
            ..
        }) => deploy::deploy(&turn.app, &turn.staff, &turn.id()).await,
        other => other.map_err(DeployError::from),
    };
    turn.answer(result, typed).await
}

pub(super) async fn reject(turn: Turn, Form(form): Form<ReasonForm>) -> Result<Response, PageError> {
    let result = review::reject(&turn.app, &turn.staff, &turn.id(), &form.reason).await;
    turn.answer(
        result.map_err(DeployError::from),
        Typed::reason("reject", form.reason),
    )
    .await
}

pub(super) async fn deploy(turn: Turn) -> Result<Response, PageError> {
    let result = deploy::deploy(&turn.app, &turn.staff, &turn.id()).await;
    turn.answer(result, Typed::default()).await
}

#[derive(serde::Deserialize)]
pub(super) struct SuspendForm {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    public_reason: String,
}

pub(super) async fn suspend(turn: Turn, Form(form): Form<SuspendForm>) -> Result<Response, PageError> {
    let text = StaffText::of(turn.chrome.lang);
    let (reason, public) = (form.reason.clone(), PublicReason::parse(&form.public_reason));
    let typed = Typed {
        public_reason: form.public_reason,
        ..Typed::reason("suspend", form.reason)
    };
    let public = match public {
        Ok(public) => public,
        Err(error) => {
            let message = match error {
                PublicReasonError::TooLong => text
                    .public_reason_long
                    .replace("{max}", &PUBLIC_REASON_CHARS_MAX.to_string()),
                PublicReasonError::Hidden(_) | PublicReasonError::Marks => text.public_reason_hidden.clone(),
            };
            let errors = vec![FormError {
                field: "public-suspend".to_owned(),
                message,
            }];
            return turn
                .again(StatusCode::UNPROCESSABLE_ENTITY, Typed { errors, ..typed })
                .await;
        }
    };
    let result = deploy::suspend(&turn.app, &turn.staff, &turn.id(), &reason, public).await;
    turn.answer(result, typed).await
}

pub(super) async fn resume(turn: Turn, Form(form): Form<ReasonForm>) -> Result<Response, PageError> {
    let result = deploy::resume(&turn.app, &turn.staff, &turn.id(), &form.reason).await;
    turn.answer(result, Typed::reason("resume", form.reason)).await
}
