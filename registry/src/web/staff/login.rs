//! The staff's log-in page.

use aim_gov::sessions::ServiceSessions;
use aim_gov::web::{Html, OrPage as _, PageContext, PageError, Role, Who, date_time, keys, local_path};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::SecretString;
use tower_sessions::Session;

use super::{LogIn, SESSION_KEY, StaffText};
use crate::app::App;
use crate::portal_login::end_at_services;
use crate::rate::Peer;
use crate::staff_changes;
use crate::staff_login::{LoginError, log_in};

#[derive(Template)]
#[template(path = "staff_login.html")]
struct LoginPage {
    context: PageContext,
    text: &'static StaffText,
    error: Option<String>,
    email: String,
    back: String,
}

#[derive(serde::Deserialize)]
pub(super) struct Wish {
    #[serde(default, rename = "return")]
    back: String,
}

pub(super) async fn show(context: PageContext, Query(wish): Query<Wish>) -> Response {
    let text = StaffText::of(context.lang);
    Html(LoginPage {
        context,
        text,
        error: None,
        email: String::new(),
        back: wish.back,
    })
    .into_response()
}

#[derive(serde::Deserialize)]
pub(super) struct LoginForm {
    email: String,
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default, rename = "return")]
    back: String,
}

pub(super) async fn submit(
    context: PageContext,
    State(app): State<App>,
    session: Session,
    Peer(source): Peer,
    Form(form): Form<LoginForm>,
) -> Result<Response, PageError> {
    let text = StaffText::of(context.lang);
    let password = SecretString::from(form.password);
    staff_changes::settle(&app).await.or_page(&context)?;
    let (status, error) = match log_in(&app, &form.email, password, &form.code, &source.to_string()).await {
        Ok(let_in) => {
            // A session has one capacity: a previous log-in ends, here and at services, and the session gets a
            // new id, so that an attacker who planted the old one gains nothing.
            let services = ServiceSessions::new(app.platform.clone());
            end_at_services(&services, &session).await.or_page(&context)?;
            session.clear().await;
            let kept = async {
                session.cycle_id().await?;
                session.insert(SESSION_KEY, LogIn::from(&let_in)).await?;
                session
                    .insert(
                        keys::WHO,
                        Who {
                            name: let_in.staff.name,
                            role: Role::Staff,
                        },
                    )
                    .await
            };
            kept.await.or_page(&context)?;
            let home = format!("/{}/staff", context.lang);
            return Ok(Redirect::to(local_path(&form.back).unwrap_or(&home)).into_response());
        }
        Err(LoginError::Wrong) => (StatusCode::UNPROCESSABLE_ENTITY, text.login_wrong.clone()),
        Err(LoginError::Locked { until }) => (
            StatusCode::TOO_MANY_REQUESTS,
            format!("{} {}", text.login_locked, date_time(until)),
        ),
        Err(LoginError::Busy) => return Err(PageError::new(context, StatusCode::SERVICE_UNAVAILABLE)),
        Err(error @ (LoginError::Hash(_) | LoginError::Db(_))) => {
            return Err(PageError::internal(context, &error));
        }
    };
    let page = LoginPage {
        context,
        text,
        error: Some(error),
        email: form.email,
        back: form.back,
    };
    Ok((status, Html(page)).into_response())
}
