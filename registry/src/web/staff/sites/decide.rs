//! The forms. What cannot be undone, or affects citizens, is confirmed on a page of its own.

use aim_gov::web::confirm::YES;
use aim_gov::web::{Banner, Confirm, OrMissing as _, OrPage as _, PageContext, PageError};
use axum::Form;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use tower_sessions::Session;

use super::show::{Case, Typed, load, render};
use crate::app::App;
use crate::domain::ApplicationId;
use crate::domain::organisation::VerifyRefused;
use crate::domain::site::{Application, SiteState};
use crate::domain::staff::Staff;
use crate::domain::submission::{Event, Reason};
use crate::organisations::{self, VerifyError};
use crate::sites::{self, SiteError};
use crate::web::site_text::SiteText;
use crate::web::staff::case::FormError;
use crate::web::staff::{StaffText, StaffUser};

/// The field that a decision as a whole is wrong in.
const DECISION: &str = "decision";

#[derive(serde::Deserialize)]
pub(in super::super) struct ApproveForm {
    #[serde(default)]
    digest: String,
    #[serde(default)]
    grounds: String,
    #[serde(default)]
    confirm: String,
}

#[derive(serde::Deserialize)]
pub(in super::super) struct EndForm {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    confirm: String,
}

#[derive(serde::Deserialize)]
pub(in super::super) struct VerifyForm {
    #[serde(default)]
    evidence: String,
}

/// The actor and the application, for the answer.
pub(in super::super) struct Actor {
    context: PageContext,
    app: App,
    staff: Staff,
    session: Session,
    id: ApplicationId,
}

impl FromRequestParts<App> for Actor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let StaffUser(staff) = StaffUser::from_request_parts(parts, app).await?;
        let Path((_, id)) = Path::<(String, String)>::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let session = Session::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let Ok(context) = PageContext::from_request_parts(parts, app).await;
        Ok(Self {
            // The answer to a form has the address of the form's page.
            context: context.at(format!("/staff/sites/{id}")),
            app: app.clone(),
            staff,
            session,
            id: ApplicationId(id),
        })
    }
}

impl Actor {
    fn text(&self) -> &'static SiteText {
        SiteText::of(self.context.lang)
    }

    fn page(&self) -> String {
        format!("/{}/staff/sites/{}", self.context.lang, self.id)
    }

    async fn case(&self) -> Result<Case, PageError> {
        load(&self.app, &self.id)
            .await
            .or_page(&self.context)?
            .or_missing(&self.context)
    }

    async fn done(self, message: &str) -> Result<Response, PageError> {
        let banner = Banner::success(self.context.lang, message);
        banner.put(&self.session).await.or_page(&self.context)?;
        Ok(Redirect::to(&self.page()).into_response())
    }

    /// The page again with an error at a field.
    async fn again(
        self,
        status: StatusCode,
        field: &str,
        message: &str,
        typed: Typed,
    ) -> Result<Response, PageError> {
        let case = self.case().await?;
        let errors = vec![FormError {
            field: field.to_owned(),
            message: message.to_owned(),
        }];
        let typed = Typed { errors, ..typed };
        Ok((status, render(self.context, &self.staff, case, typed)).into_response())
    }

    /// The page again with why the decision was refused.
    async fn refuse(self, error: SiteError, field: &str, typed: Typed) -> Result<Response, PageError> {
        let reason = match error {
            SiteError::Refused(reason) => reason,
            SiteError::Moved => Reason::State,
            SiteError::NotFound => return Err(PageError::new(self.context, StatusCode::NOT_FOUND)),
            error => return Err(PageError::internal(self.context, &error)),
        };
        let (status, field) = match reason {
            Reason::Role | Reason::ConflictOfInterest | Reason::SameOfficer => {
                (StatusCode::FORBIDDEN, DECISION)
            }
            Reason::NoReason | Reason::HiddenText => (StatusCode::UNPROCESSABLE_ENTITY, field),
            Reason::PublisherUnverified => (StatusCode::CONFLICT, "evidence"),
            _ => (StatusCode::CONFLICT, DECISION),
        };
        let message = self.text().reason(&reason).to_owned();
        self.again(status, field, &message, typed).await
    }

    fn ask(
        self,
        application: &Application,
        (title, effect, button, class): (&str, &str, &str, &'static str),
        path: &str,
        fields: Vec<(String, String)>,
    ) -> Response {
        let (text, staff_text) = (self.text(), StaffText::of(self.context.lang));
        Confirm {
            title: title.to_owned(),
            consequences: vec![effect.to_owned()],
            facts: vec![
                (text.column_name.clone(), application.content.name.clone()),
                (text.column_origin.clone(), application.content.origin.clone()),
            ],
            action: format!("{}/{path}", self.page()),
            fields,
            button: button.to_owned(),
            class,
            back: self.page(),
            cancel: staff_text.confirm_back.clone(),
            context: self.context,
        }
        .answer()
    }
}

/// `POST /{lang}/staff/sites/{id}/approve`.
pub(in super::super) async fn approve(
    actor: Actor,
    Form(form): Form<ApproveForm>,
) -> Result<Response, PageError> {
    let text = actor.text();
    let case = actor.case().await?;
    let tried =
        case.application
            .clone()
            .approve(&actor.staff, &form.digest, &form.grounds, &case.circumstances);
    // A decision that a rule forbids goes on, so that the refusal is in the log.
    if form.confirm != YES && tried.is_ok_and(|after| after.state == SiteState::InForce) {
        let words = (
            text.approve_ask.as_str(),
            text.approve_effect.as_str(),
            StaffText::of(actor.context.lang).approve_button.as_str(),
            "",
        );
        let fields = vec![
            ("digest".to_owned(), form.digest),
            ("grounds".to_owned(), form.grounds),
        ];
        return Ok(actor.ask(&case.application, words, "approve", fields));
    }
    let approved = sites::approve(&actor.app, &actor.staff, &actor.id, &form.digest, &form.grounds).await;
    match approved {
        Ok(after) if after.state == SiteState::InForce => actor.done(&text.done_in_force).await,
        Ok(_) => actor.done(&text.done_first).await,
        Err(error) => {
            let typed = Typed {
                grounds: form.grounds,
                ..Typed::default()
            };
            actor.refuse(error, "grounds", typed).await
        }
    }
}

/// `POST /{lang}/staff/sites/{id}/reject`.
pub(in super::super) async fn reject(actor: Actor, Form(form): Form<EndForm>) -> Result<Response, PageError> {
    end(actor, form, Event::Reject).await
}

/// `POST /{lang}/staff/sites/{id}/stop`.
pub(in super::super) async fn stop(actor: Actor, Form(form): Form<EndForm>) -> Result<Response, PageError> {
    end(actor, form, Event::Suspend).await
}

async fn end(actor: Actor, form: EndForm, event: Event) -> Result<Response, PageError> {
    let text = actor.text();
    let case = actor.case().await?;
    let tried = case.application.clone().end(&actor.staff, event, &form.reason);
    if form.confirm != YES && tried.is_ok() {
        let (title, effect, button, path) = match event {
            Event::Reject => (
                &text.reject_ask,
                &text.reject_effect,
                &text.reject_button,
                "reject",
            ),
            _ => (&text.stop_ask, &text.stop_effect, &text.stop_button, "stop"),
        };
        let fields = vec![("reason".to_owned(), form.reason)];
        return Ok(actor.ask(&case.application, (title, effect, button, "danger"), path, fields));
    }
    match sites::end(&actor.app, &actor.staff, &actor.id, event, &form.reason).await {
        Ok(_) => actor.done(&text.done_ended).await,
        Err(error) => actor.refuse(error, "reason", Typed::default()).await,
    }
}

/// `POST /{lang}/staff/sites/{id}/verify`: the organisation, which may have no service.
pub(in super::super) async fn verify(
    actor: Actor,
    Form(form): Form<VerifyForm>,
) -> Result<Response, PageError> {
    let (text, staff_text) = (actor.text(), StaffText::of(actor.context.lang));
    let organisation = actor.case().await?.organisation;
    let verified = organisations::verify(&actor.app, &actor.staff, &organisation.id, &form.evidence).await;
    let (status, message) = match verified {
        Ok(organisation) => {
            let done = staff_text
                .done_verified
                .replace("{organisation}", &organisation.name);
            return actor.done(&done).await;
        }
        Err(VerifyError::NotFound) => return Err(PageError::new(actor.context, StatusCode::NOT_FOUND)),
        Err(VerifyError::Db(error)) => return Err(PageError::internal(actor.context, &error)),
        Err(VerifyError::Already) => (StatusCode::CONFLICT, staff_text.verify_already.as_str()),
        Err(VerifyError::Refused(VerifyRefused::Role)) => (StatusCode::FORBIDDEN, text.reason(&Reason::Role)),
        Err(VerifyError::Refused(VerifyRefused::Tied)) => {
            (StatusCode::FORBIDDEN, text.reason(&Reason::ConflictOfInterest))
        }
        Err(VerifyError::Refused(VerifyRefused::Evidence)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            staff_text.verify_evidence_wrong.as_str(),
        ),
    };
    let typed = Typed {
        evidence: form.evidence,
        ..Typed::default()
    };
    actor.again(status, "evidence", message, typed).await
}
