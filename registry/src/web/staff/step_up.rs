//! Decisions need a code of the second factor that is at most a few minutes old. If the log-in has none, a page
//! asks for it and keeps the input: its form goes to the address of the first one.

use aim_gov::web::{Html, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts as _, OriginalUri, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_sessions::Session;

use super::{FORM_BYTES_MAX, LogIn, SESSION_KEY, StaffText, StaffUser};
use crate::app::App;
use crate::second_factor::{self, Factor, STEP_UP_MS};
use crate::staff_login::LoginError;

/// The name of the field that the code is typed into.
const FIELD: &str = "step-up-code";

#[derive(Template)]
#[template(path = "staff_step_up.html")]
struct StepUpPage {
    context: PageContext,
    text: &'static StaffText,
    action: String,
    /// The input of the first form.
    fields: Vec<(String, String)>,
    error: Option<String>,
}

/// Admits a decision if the log-in has recently proved the second factor, and asks for a code otherwise.
pub(super) async fn step_up(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Response> {
    let (mut parts, body) = request.into_parts();
    let StaffUser(staff) = StaffUser::from_request_parts(&mut parts, &app).await?;
    let Ok(context) = PageContext::from_request_parts(&mut parts, &app).await;
    let session = Session::from_request_parts(&mut parts, &app)
        .await
        .map_err(IntoResponse::into_response)?;
    let Some(log_in) = session.get::<LogIn>(SESSION_KEY).await.or_page(&context)? else {
        return Err(PageError::new(context, StatusCode::FORBIDDEN).into());
    };
    let now = app.platform.clock.now();
    if log_in
        .code_at
        .is_some_and(|at| at <= now && now < at.plus_ms(STEP_UP_MS))
    {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    let Ok(bytes) = to_bytes(body, FORM_BYTES_MAX).await else {
        return Err(PageError::new(context, StatusCode::PAYLOAD_TOO_LARGE).into());
    };
    let (code, fields): (Vec<_>, Vec<_>) = url::form_urlencoded::parse(&bytes)
        .into_owned()
        .partition(|(name, _)| name == FIELD);
    let text = StaffText::of(context.lang);
    let (status, error) = match code.into_iter().next() {
        None => (StatusCode::FORBIDDEN, None),
        Some((_, code)) => match second_factor::prove(&app, &staff.id, &code).await {
            Ok(Factor::Code) => {
                let proved = LogIn {
                    code_at: Some(now),
                    ..log_in
                };
                session.insert(SESSION_KEY, proved).await.or_page(&context)?;
                let body = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(&fields)
                    .finish();
                parts.headers.remove(header::CONTENT_LENGTH);
                return Ok(next.run(Request::from_parts(parts, Body::from(body))).await);
            }
            Ok(Factor::Recovery) | Err(LoginError::Wrong) => {
                (StatusCode::UNPROCESSABLE_ENTITY, Some(text.code_wrong.clone()))
            }
            Err(LoginError::Locked { until }) => (
                StatusCode::TOO_MANY_REQUESTS,
                Some(format!("{} {}", text.login_locked, date_time(until))),
            ),
            Err(error) => return Err(PageError::internal(context, &error).into()),
        },
    };
    let action = parts
        .extensions
        .get::<OriginalUri>()
        .map_or(&parts.uri, |OriginalUri(uri)| uri)
        .path()
        .to_owned();
    let page = StepUpPage {
        context: context.at("/staff"),
        text,
        action,
        fields,
        error,
    };
    Ok((status, Html(page)).into_response())
}
