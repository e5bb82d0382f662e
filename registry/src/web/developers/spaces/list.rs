//! The list of an organisation's test spaces, and the form for another one.

use aim_gov::clock::Setting;
use aim_gov::web::{Html, PageContext, PageError, date_time};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use tower_sessions::Session;

use super::{organisation, path, refused, tell};
use crate::app::App;
use crate::domain::OrganisationId;
use crate::spaces::{SpaceError, Spaces};
use crate::web::developers::{Developer, DeveloperText, FormError, message_for};
use crate::web::space_text::SpaceText;

#[derive(Template)]
#[template(path = "developers_spaces.html")]
struct SpacesPage {
    context: PageContext,
    text: &'static SpaceText,
    home: String,
    rows: Vec<Row>,
    errors: Vec<FormError>,
    typed: String,
}

struct Row {
    name: String,
    shows: String,
    frozen: bool,
    created: String,
}

impl SpacesPage {
    fn error(&self, field: &str) -> Option<&str> {
        message_for(&self.errors, field)
    }
}

/// `GET /{lang}/developers/spaces`.
pub(in super::super) async fn list(
    context: PageContext,
    State(app): State<App>,
    Extension(spaces): Extension<Spaces>,
    developer: Developer,
) -> Result<Response, PageError> {
    let organisation = organisation(&context, &developer)?;
    page(context, &app, &spaces, &organisation, Vec::new(), String::new()).await
}

#[derive(serde::Deserialize)]
pub(in super::super) struct Typed {
    name: String,
}

/// `POST /{lang}/developers/spaces`.
pub(in super::super) async fn create(
    context: PageContext,
    State(app): State<App>,
    Extension(spaces): Extension<Spaces>,
    developer: Developer,
    session: Session,
    Form(Typed { name }): Form<Typed>,
) -> Result<Response, PageError> {
    let organisation = organisation(&context, &developer)?;
    let text = SpaceText::of(context.lang);
    match spaces.create(&organisation, &name).await {
        Ok(space) => {
            tell(&app, &context, &session, &text.done_created).await;
            Ok(Redirect::to(&path(&context, &space.name.0)).into_response())
        }
        Err(error @ (SpaceError::Name | SpaceError::NameTaken | SpaceError::TooMany)) => {
            let wrong = FormError {
                field: "name",
                message: text.why(&error).unwrap_or_default().to_owned(),
            };
            page(context, &app, &spaces, &organisation, vec![wrong], name).await
        }
        Err(error) => Err(refused(context, &error)),
    }
}

async fn page(
    context: PageContext,
    app: &App,
    spaces: &Spaces,
    organisation: &OrganisationId,
    errors: Vec<FormError>,
    typed: String,
) -> Result<Response, PageError> {
    let all = spaces.list(organisation).await;
    let all = all.map_err(|error| refused(context.clone(), &error))?;
    let now = app.platform.clock.now();
    let rows = all.into_iter().map(|space| Row {
        shows: date_time(space.clock.shown_at(now)),
        frozen: matches!(space.clock, Setting::Frozen(_)),
        created: date_time(space.created_at),
        name: space.name.0,
    });
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = SpacesPage {
        text: SpaceText::of(context.lang),
        home: DeveloperText::of(context.lang).home_title.clone(),
        rows: rows.collect(),
        errors,
        typed,
        context,
    };
    Ok((status, Html(page)).into_response())
}
