//! The context of a decision, and its answers: the result, a question before it, or the page again with the
//! errors.

use aim_gov::web::{Banner, Confirm, OrMissing as _, OrPage as _, PageContext, PageError};
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

use super::case::FormError;
use super::case::{Case, Typed, load};
use super::page::render;
use super::{StaffText, StaffUser};
use crate::app::App;
use crate::deploy::DeployError;
use crate::domain::SubmissionId;
use crate::domain::staff::Staff;
use crate::domain::submission::{Event, Reason, Refused, Submission};
use crate::review::ReviewError;
use crate::web::words::Words;

/// The actor and the submission, for the answer.
pub(super) struct Decision {
    pub context: PageContext,
    pub app: App,
    pub staff: Staff,
    session: Session,
    id: String,
}

impl FromRequestParts<App> for Decision {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let StaffUser(staff) = StaffUser::from_request_parts(parts, app).await?;
        let Path((_, id)) = Path::<(String, String)>::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let session = Session::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let context = match PageContext::from_request_parts(parts, app).await {
            Ok(context) => context,
            Err(never) => match never {},
        };
        Ok(Self {
            // The answer to a form has the address of the form's page.
            context: context.at(format!("/staff/submissions/{id}")),
            app: app.clone(),
            staff,
            session,
            id,
        })
    }
}

impl Decision {
    pub fn id(&self) -> SubmissionId {
        SubmissionId(self.id.clone())
    }

    pub fn text(&self) -> &'static StaffText {
        StaffText::of(self.context.lang)
    }

    fn page(&self) -> String {
        format!("/{}/staff/submissions/{}", self.context.lang, self.id)
    }

    /// Redirects to the page of this submission, which then shows the result.
    pub async fn done(self, message: String) -> Result<Response, PageError> {
        let banner = Banner::success(self.context.lang, message);
        banner.put(&self.session).await.or_page(&self.context)?;
        Ok(Redirect::to(&self.page()).into_response())
    }

    /// Asks before the action.
    pub fn ask(
        self,
        act: Act,
        submission: &Submission,
        consequences: Vec<String>,
        facts: Vec<(String, String)>,
        fields: Vec<(String, String)>,
    ) -> Response {
        let text = self.text();
        let (path, title, button, class) = match act {
            Act::Approve => ("approve", &text.confirm_approve, &text.confirm_approve_button, ""),
            Act::Renew => ("approve", &text.confirm_renew, &text.approve_button, ""),
            Act::Reject => ("reject", &text.confirm_reject, &text.reject_button, "danger"),
            Act::Deploy => ("deploy", &text.confirm_deploy, &text.deploy_button, ""),
            Act::Suspend => ("suspend", &text.confirm_suspend, &text.suspend_button, "danger"),
            Act::Resume => ("resume", &text.confirm_resume, &text.resume_button, ""),
        };
        let page = Confirm {
            title: named(title, submission),
            consequences,
            facts,
            action: format!("{}/{path}", self.page()),
            fields,
            button: button.clone(),
            class,
            back: self.page(),
            cancel: text.confirm_back.clone(),
            context: self.context,
        };
        page.answer()
    }

    /// The page again with the errors.
    pub async fn refuse(self, error: DeployError, typed: Typed) -> Result<Response, PageError> {
        let words = Words::of(self.context.lang);
        let (status, fields, message) = match error {
            DeployError::Review(ReviewError::NotFound) => {
                return Err(PageError::new(self.context, StatusCode::NOT_FOUND));
            }
            DeployError::Review(ReviewError::Moved) => (
                StatusCode::CONFLICT,
                vec!["decision".to_owned()],
                words.rule.get("wrong-state").to_owned(),
            ),
            DeployError::Review(ReviewError::Refused(refused)) => (
                status_of(&refused.reason),
                fields_of(&refused),
                words.reason(&refused.reason).to_owned(),
            ),
            DeployError::Review(ReviewError::Db(error)) => {
                return Err(PageError::internal(self.context, &error));
            }
            error => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    submission.id = self.id,
                    "deploy failed"
                );
                let text = self.text();
                let message = match error {
                    DeployError::Discrepant { .. } => &text.deploy_discrepant,
                    _ => &text.deploy_failed,
                };
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    vec!["decision".to_owned()],
                    message.clone(),
                )
            }
        };
        let mut typed = typed;
        let errors = fields.into_iter().map(|field| FormError {
            field,
            message: message.clone(),
        });
        typed.errors.splice(0..0, errors);
        self.again(status, typed).await
    }

    pub async fn again(self, status: StatusCode, typed: Typed) -> Result<Response, PageError> {
        let case = self.case().await?;
        Ok((status, render(self.context, &self.staff, case, typed)).into_response())
    }

    pub async fn case(&self) -> Result<Case, PageError> {
        load(&self.app, &self.id)
            .await
            .or_page(&self.context)?
            .or_missing(&self.context)
    }
}

#[derive(Clone, Copy)]
pub(super) enum Act {
    Approve,
    Renew,
    Reject,
    Deploy,
    Suspend,
    Resume,
}

/// A sentence about a version, with its name and number.
pub(super) fn named(sentence: &str, submission: &Submission) -> String {
    sentence
        .replace("{service}", &submission.service().0)
        .replace("{version}", &submission.manifest.version.to_string())
}

fn status_of(reason: &Reason) -> StatusCode {
    match reason {
        Reason::State
        | Reason::StaleEvidence
        | Reason::ApprovalLapsed
        | Reason::NameSuspended
        | Reason::PublisherUnverified => StatusCode::CONFLICT,
        Reason::Role | Reason::ConflictOfInterest | Reason::SameOfficer => StatusCode::FORBIDDEN,
        Reason::BeyondAsked(_) | Reason::TooSmall(_) | Reason::NoReason | Reason::HiddenText => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

/// The ids of the fields with the error.
fn fields_of(refused: &Refused) -> Vec<String> {
    match (&refused.reason, refused.event) {
        (Reason::BeyondAsked(fields) | Reason::TooSmall(fields), _) => {
            fields.iter().map(|field| field.key().to_owned()).collect()
        }
        (Reason::NoReason | Reason::HiddenText, Event::Approve) => vec!["note".to_owned()],
        (Reason::NoReason | Reason::HiddenText, event) => vec![format!("reason-{}", event.code())],
        (Reason::PublisherUnverified, _) => vec!["evidence".to_owned()],
        _ => vec!["decision".to_owned()],
    }
}
