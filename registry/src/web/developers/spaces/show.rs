//! One test space: its services, its clock, its snapshots.

use aim_gov::clock::{DAY_MS, Setting};
use aim_gov::web::{Html, PageContext, PageError, away, date_time};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use tower_sessions::Session;

use super::{organisation, path, refused, tell};
use crate::app::App;
use crate::domain::OrganisationId;
use crate::domain::space::ClockChange;
use crate::spaces::{SpaceError, Spaces, View};
use crate::web::developers::{Developer, FormError, message_for};
use crate::web::space_text::SpaceText;

/// Milliseconds of an hour.
const HOUR_MS: i64 = 60 * 60 * 1000;

#[derive(Template)]
#[template(path = "developers_space.html")]
struct SpacePage {
    context: PageContext,
    text: &'static SpaceText,
    view: View,
    shows: String,
    began: String,
    frozen: bool,
    /// Name and time of each snapshot.
    snapshots: Vec<(String, String)>,
    errors: Vec<FormError>,
    typed: Typed,
    /// Where a program asks for access.
    access: String,
}

impl SpacePage {
    fn error(&self, field: &str) -> Option<&str> {
        message_for(&self.errors, field)
    }
}

/// The forms as they were typed.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(in super::super) struct Typed {
    /// `advance`, `freeze` or `run`.
    change: String,
    amount: String,
    /// `hours` or `days`.
    unit: String,
    snapshot: String,
}

impl Typed {
    /// The change of the clock; `None` for a number that is not one.
    fn clock(&self) -> Option<ClockChange> {
        let unit = if self.unit == "hours" { HOUR_MS } else { DAY_MS };
        match self.change.as_str() {
            "freeze" => Some(ClockChange::Freeze),
            "run" => Some(ClockChange::Run),
            _ => {
                let amount: i64 = self.amount.trim().parse().ok().filter(|amount| *amount > 0)?;
                Some(ClockChange::Advance(amount.saturating_mul(unit)))
            }
        }
    }
}

/// `GET /{lang}/developers/spaces/{space}`.
pub(in super::super) async fn show(
    context: PageContext,
    State(app): State<App>,
    Extension(spaces): Extension<Spaces>,
    developer: Developer,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let organisation = organisation(&context, &developer)?;
    page(
        context,
        &app,
        &spaces,
        &organisation,
        &name,
        Vec::new(),
        Typed::default(),
    )
    .await
}

async fn page(
    context: PageContext,
    app: &App,
    spaces: &Spaces,
    organisation: &OrganisationId,
    name: &str,
    errors: Vec<FormError>,
    typed: Typed,
) -> Result<Response, PageError> {
    let view = spaces.view(organisation, name).await;
    let view = view.map_err(|error| refused(context.clone(), &error))?;
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let snapshots = view.snapshots.iter();
    let page = SpacePage {
        text: SpaceText::of(context.lang),
        shows: date_time(view.shows),
        began: date_time(view.space.began_at),
        frozen: matches!(view.space.clock, Setting::Frozen(_)),
        snapshots: snapshots
            .map(|snapshot| (snapshot.name.0.clone(), date_time(snapshot.stood_at)))
            .collect(),
        access: format!("{}/api/v1/spaces/{name}/access", app.platform_origin()),
        view,
        errors,
        typed,
        context,
    };
    Ok((status, Html(page)).into_response())
}

#[derive(serde::Deserialize)]
pub(in super::super) struct Opened {
    #[serde(default)]
    service: Option<String>,
}

/// `POST /{lang}/developers/spaces/{space}/open`: leads the browser into the space.
pub(in super::super) async fn open(
    context: PageContext,
    Extension(spaces): Extension<Spaces>,
    developer: Developer,
    Path((_, name)): Path<(String, String)>,
    Form(opened): Form<Opened>,
) -> Result<Response, PageError> {
    let organisation = organisation(&context, &developer)?;
    let access = spaces
        .access(&organisation, &name, opened.service.as_deref())
        .await;
    let access = access.map_err(|error| refused(context, &error))?;
    Ok(away(&access.address).into_response())
}

/// `POST /{lang}/developers/spaces/{space}/clock`.
pub(in super::super) async fn set_clock(
    context: PageContext,
    State(app): State<App>,
    Extension(spaces): Extension<Spaces>,
    developer: Developer,
    session: Session,
    Path((_, name)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    let organisation = organisation(&context, &developer)?;
    let text = SpaceText::of(context.lang);
    let wrong = |message: String| FormError {
        field: "amount",
        message,
    };
    let error = match typed.clock() {
        None => wrong(text.amount_wrong.clone()),
        Some(change) => match spaces.set_clock(&organisation, &name, change).await {
            Ok(_) => {
                tell(&app, &context, &session, &text.done_clock).await;
                return Ok(Redirect::to(&path(&context, &name)).into_response());
            }
            Err(error @ SpaceError::Clock(_)) => wrong(text.why(&error).unwrap_or_default().to_owned()),
            Err(error) => return Err(refused(context, &error)),
        },
    };
    page(context, &app, &spaces, &organisation, &name, vec![error], typed).await
}

/// `POST /{lang}/developers/spaces/{space}/snapshots`.
pub(in super::super) async fn take_snapshot(
    context: PageContext,
    State(app): State<App>,
    Extension(spaces): Extension<Spaces>,
    developer: Developer,
    session: Session,
    Path((_, name)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    let organisation = organisation(&context, &developer)?;
    let text = SpaceText::of(context.lang);
    match spaces.snapshot(&organisation, &name, &typed.snapshot).await {
        Ok(_) => {
            tell(&app, &context, &session, &text.done_snapshot).await;
            Ok(Redirect::to(&path(&context, &name)).into_response())
        }
        Err(error @ (SpaceError::Name | SpaceError::NameTaken | SpaceError::TooManySnapshots)) => {
            let wrong = FormError {
                field: "snapshot",
                message: text.why(&error).unwrap_or_default().to_owned(),
            };
            page(context, &app, &spaces, &organisation, &name, vec![wrong], typed).await
        }
        Err(error) => Err(refused(context, &error)),
    }
}
