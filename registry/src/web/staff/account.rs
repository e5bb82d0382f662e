//! The person's own log-in: password, second factor, recovery codes.

use aim_gov::web::{Banner, Html, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use secrecy::SecretString;
use tower_sessions::Session;

use super::case::FormError;
use super::invitation::{Enrolment, enrolled, enrolment};
use super::once::{self, Once};
use super::people_words::message;
use super::{StaffText, StaffUser};
use crate::app::App;
use crate::domain::staff::Staff;
use crate::second_factor::RECOVERY_CODES;
use crate::staff_account::{self, Proof};
use crate::staff_changes::StaffChangeError;
use crate::staff_login::LoginError;
use crate::store;

#[derive(Template)]
#[template(path = "staff_account.html")]
struct AccountPage {
    context: PageContext,
    text: &'static StaffText,
    staff: Staff,
    codes_left: String,
    enrolment: Enrolment,
    errors: Vec<FormError>,
}

impl AccountPage {
    fn error(&self, field: &str) -> Option<&str> {
        FormError::message_for(&self.errors, field)
    }
}

async fn render(
    context: PageContext,
    app: &App,
    session: &Session,
    staff: Staff,
    status: StatusCode,
    errors: Vec<FormError>,
) -> Result<Response, PageError> {
    let left = async {
        let mut reader = app.platform.db.reader().await?;
        store::staff::recovery_codes_left(&mut reader, &staff.id).await
    };
    let left = left.await.or_page(&context)?;
    let enrolment = enrolment(&context, app, session, &staff.email).await?;
    let page = AccountPage {
        text: StaffText::of(context.lang),
        context: context.at("/staff/account"),
        staff,
        codes_left: format!("{left} / {RECOVERY_CODES}"),
        enrolment,
        errors,
    };
    Ok((status, Html(page)).into_response())
}

pub(super) async fn show(
    context: PageContext,
    State(app): State<App>,
    session: Session,
    StaffUser(staff): StaffUser,
) -> Result<Response, PageError> {
    render(context, &app, &session, staff, StatusCode::OK, Vec::new()).await
}

/// The page with an error in the form whose fields end in `form`.
async fn wrong(
    context: PageContext,
    app: &App,
    session: &Session,
    staff: Staff,
    error: StaffChangeError,
    form: &str,
) -> Result<Response, PageError> {
    let text = StaffText::of(context.lang);
    let one = |field: &str, message: &str| {
        vec![FormError {
            field: format!("{field}-{form}"),
            message: message.to_owned(),
        }]
    };
    let (status, errors) = match error {
        StaffChangeError::Form(errors) => {
            let errors = errors.into_iter().flat_map(|error| {
                let (field, message) = message(text, error);
                one(&format!("new-{field}"), message)
            });
            (StatusCode::UNPROCESSABLE_ENTITY, errors.collect())
        }
        StaffChangeError::Credentials(LoginError::Wrong) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            one("present", &text.account_wrong),
        ),
        StaffChangeError::Credentials(LoginError::Locked { until }) => (
            StatusCode::TOO_MANY_REQUESTS,
            one("present", &format!("{} {}", text.login_locked, date_time(until))),
        ),
        StaffChangeError::Credentials(LoginError::Busy) => {
            return Err(PageError::new(context, StatusCode::SERVICE_UNAVAILABLE));
        }
        error => return Err(PageError::internal(context, &error)),
    };
    render(context, app, session, staff, status, errors).await
}

#[derive(serde::Deserialize)]
pub(super) struct AccountForm {
    #[serde(default)]
    present: String,
    /// A code of the current second factor, or a recovery code.
    #[serde(default)]
    code: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    again: String,
}

impl AccountForm {
    fn proof(&self) -> Proof {
        Proof {
            password: SecretString::from(self.present.clone()),
            code: self.code.clone(),
        }
    }
}

pub(super) async fn password(
    context: PageContext,
    State(app): State<App>,
    session: Session,
    StaffUser(staff): StaffUser,
    Form(form): Form<AccountForm>,
) -> Result<Response, PageError> {
    if form.new != form.again {
        let errors = vec![FormError {
            field: "again-password".to_owned(),
            message: StaffText::of(context.lang).password_again_wrong.clone(),
        }];
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return render(context, &app, &session, staff, status, errors).await;
    }
    let (proof, new) = (form.proof(), SecretString::from(form.new));
    match staff_account::change_password(&app, &staff, proof, new).await {
        // Every log-in has ended, including this one.
        Ok(()) => {
            let done = &StaffText::of(context.lang).done_password;
            let banner = Banner::success(context.lang, done.as_str());
            banner.at(app.platform.clock.now()).keep(&session).await;
            Ok(Redirect::to(&format!("/{}/staff/login", context.lang)).into_response())
        }
        Err(error) => wrong(context, &app, &session, staff, error, "password").await,
    }
}

pub(super) async fn factor(
    context: PageContext,
    State(app): State<App>,
    session: Session,
    StaffUser(staff): StaffUser,
    Form(form): Form<AccountForm>,
) -> Result<Response, PageError> {
    let offered = enrolment(&context, &app, &session, &staff.email).await?;
    let secret = offered.secret.into();
    match staff_account::change_factor(&app, &staff, form.proof(), secret, &form.new).await {
        Ok(codes) => {
            enrolled(&context, &session).await?;
            once::lead(context, &session, Once::Codes { codes, waits: false }).await
        }
        Err(error) => wrong(context, &app, &session, staff, error, "factor").await,
    }
}

pub(super) async fn codes(
    context: PageContext,
    State(app): State<App>,
    session: Session,
    StaffUser(staff): StaffUser,
    Form(form): Form<AccountForm>,
) -> Result<Response, PageError> {
    match staff_account::change_codes(&app, &staff, form.proof()).await {
        Ok(codes) => once::lead(context, &session, Once::Codes { codes, waits: false }).await,
        Err(error) => wrong(context, &app, &session, staff, error, "codes").await,
    }
}
