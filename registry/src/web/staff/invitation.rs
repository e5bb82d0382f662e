//! The page of an invitation's link. Opening it does not use the link; the form does.

use aim_gov::web::{Html, OrPage as _, PageContext, PageError, date_time, qr_picture};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use secrecy::SecretString;
use tower_sessions::Session;

use super::StaffText;
use super::case::FormError;
use super::once::{self, Once};
use super::people_words::message;
use crate::app::App;
use crate::domain::proposal::{Proposal, ProposalKind};
use crate::second_factor;
use crate::staff_changes::{self, Accept, StaffChangeError};

/// The session's key of the offered secret, so that loading the page again offers the same one.
const SECRET_KEY: &str = "staff-enrolment";

/// An offered second factor.
pub(super) struct Enrolment {
    pub secret: String,
    pub grouped: String,
    pub address: String,
    /// An SVG element that was generated from `address`, which has no markup.
    pub picture: String,
}

/// The second factor that is offered to this browser.
pub(super) async fn enrolment(
    context: &PageContext,
    app: &App,
    session: &Session,
    account: &str,
) -> Result<Enrolment, PageError> {
    let known: Option<String> = session.get(SECRET_KEY).await.or_page(context)?;
    let secret = match known {
        Some(secret) => secret,
        None => {
            let secret = second_factor::new_secret(&app.platform.random);
            session.insert(SECRET_KEY, &secret).await.or_page(context)?;
            secret
        }
    };
    let address = second_factor::address(&secret, account);
    let drawn = address
        .and_then(|address| qr_picture(&address).map(|picture| (address, picture)))
        .ok_or(std::fmt::Error)
        .or_page(context)?;
    Ok(Enrolment {
        grouped: second_factor::grouped(&secret, " "),
        address: drawn.0,
        picture: drawn.1,
        secret,
    })
}

/// The offered secret was used: the next page offers another one.
pub(super) async fn enrolled(context: &PageContext, session: &Session) -> Result<(), PageError> {
    session
        .remove::<String>(SECRET_KEY)
        .await
        .map(|_| ())
        .or_page(context)
}

#[derive(Template)]
#[template(path = "staff_invitation.html")]
struct InvitationPage {
    context: PageContext,
    text: &'static StaffText,
    proposal: Proposal,
    role: &'static str,
    ends: String,
    enrolment: Enrolment,
    errors: Vec<FormError>,
}

impl InvitationPage {
    fn error(&self, field: &str) -> Option<&str> {
        FormError::message_for(&self.errors, field)
    }
}

#[derive(Template)]
#[template(path = "staff_invitation_over.html")]
struct OverPage {
    context: PageContext,
    text: &'static StaffText,
}

fn over(context: PageContext) -> Response {
    let text = StaffText::of(context.lang);
    (StatusCode::GONE, Html(OverPage { context, text })).into_response()
}

async fn render(
    context: PageContext,
    app: &App,
    session: &Session,
    proposal: Proposal,
    errors: Vec<FormError>,
) -> Result<Response, PageError> {
    let text = StaffText::of(context.lang);
    let enrolment = enrolment(&context, app, session, &proposal.email).await?;
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = InvitationPage {
        role: super::people_words::word(text, proposal.role),
        ends: proposal.link_ends_at.map(date_time).unwrap_or_default(),
        context,
        text,
        proposal,
        enrolment,
        errors,
    };
    Ok((status, Html(page)).into_response())
}

pub(super) async fn show(
    context: PageContext,
    State(app): State<App>,
    session: Session,
    Path((_, link)): Path<(String, String)>,
) -> Result<Response, PageError> {
    match staff_changes::invitation(&app, &link).await {
        Ok(proposal) => render(context, &app, &session, proposal, Vec::new()).await,
        Err(StaffChangeError::Link) => Ok(over(context)),
        Err(error) => Err(PageError::internal(context, &error)),
    }
}

#[derive(serde::Deserialize)]
pub(super) struct AcceptForm {
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    code: String,
}

pub(super) async fn accept(
    context: PageContext,
    State(app): State<App>,
    session: Session,
    Path((_, link)): Path<(String, String)>,
    Form(form): Form<AcceptForm>,
) -> Result<Response, PageError> {
    let text = StaffText::of(context.lang);
    let proposal = match staff_changes::invitation(&app, &link).await {
        Ok(proposal) => proposal,
        Err(StaffChangeError::Link) => return Ok(over(context)),
        Err(error) => return Err(PageError::internal(context, &error)),
    };
    if form.password != form.again {
        let errors = vec![FormError {
            field: "again".to_owned(),
            message: text.password_again_wrong.clone(),
        }];
        return render(context, &app, &session, proposal, errors).await;
    }
    let enrolment = enrolment(&context, &app, &session, &proposal.email).await?;
    let chosen = Accept {
        password: SecretString::from(form.password),
        totp_secret: enrolment.secret.into(),
        code: form.code,
    };
    match staff_changes::accept(&app, &link, chosen).await {
        Ok(codes) => {
            enrolled(&context, &session).await?;
            let waits = app.platform.clock.now() < proposal.due_at;
            once::lead(context, &session, Once::Codes { codes, waits }).await
        }
        Err(StaffChangeError::Link) => Ok(over(context)),
        Err(StaffChangeError::Form(errors)) => {
            let errors = errors
                .into_iter()
                .map(|error| {
                    let (field, message) = message(text, error);
                    FormError {
                        field: field.to_owned(),
                        message: message.to_owned(),
                    }
                })
                .collect();
            render(context, &app, &session, proposal, errors).await
        }
        Err(error) => Err(PageError::internal(context, &error)),
    }
}
