//! The simulated people of a test space, and the fixture that fills it.

use aim_gov::persona_state::Standing;
use aim_gov::web::{Html, PageContext, PageError};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use tower_sessions::Session;

use super::{organisation, path, refused, tell};
use crate::app::App;
use crate::domain::OrganisationId;
use crate::domain::fixture::Fixture;
use crate::spaces::{SpaceError, Spaces};
use crate::web::developers::Developer;
use crate::web::space_text::SpaceText;

/// What the form begins with.
const EXAMPLE: &str = r#"{
  "people": [
    { "state": "moved", "fin": "OTEST0A", "place": "Bakı", "street": "Nizami küçəsi 14" },
    { "state": "married", "fin": "OTEST0A", "with": "OTEST0B" },
    { "state": "new-parent", "fin": "OTEST0B", "child": "female" }
  ],
  "advance-ms": 86400000,
  "frozen": true
}"#;

#[derive(Template)]
#[template(path = "developers_space_people.html")]
struct PeoplePage {
    context: PageContext,
    text: &'static SpaceText,
    name: String,
    back: String,
    people: Vec<Standing>,
    typed: String,
    mistake: Option<String>,
}

/// The form as it was typed.
#[derive(Debug, Default, serde::Deserialize)]
pub(in super::super) struct Typed {
    #[serde(default)]
    fixture: String,
}

/// `GET /{lang}/developers/spaces/{space}/people`.
pub(in super::super) async fn people(
    context: PageContext,
    Extension(spaces): Extension<Spaces>,
    developer: Developer,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let organisation = organisation(&context, &developer)?;
    page(context, &spaces, &organisation, name, EXAMPLE.to_owned(), None).await
}

async fn page(
    context: PageContext,
    spaces: &Spaces,
    organisation: &OrganisationId,
    name: String,
    typed: String,
    mistake: Option<String>,
) -> Result<Response, PageError> {
    let people = spaces.people(organisation, &name).await;
    let people = people.map_err(|error| refused(context.clone(), &error))?;
    let status = match mistake {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let page = PeoplePage {
        text: SpaceText::of(context.lang),
        back: path(&context, &name),
        name,
        people,
        typed,
        mistake,
        context,
    };
    Ok((status, Html(page)).into_response())
}

/// `POST /{lang}/developers/spaces/{space}/people`: resets the space and applies the fixture.
pub(in super::super) async fn apply(
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
    let mistake = match serde_json::from_str::<Fixture>(&typed.fixture) {
        Err(error) => format!("{} {error}", text.fixture_malformed),
        Ok(fixture) => match spaces.apply(&organisation, &name, fixture).await {
            Ok(_) => {
                tell(&app, &context, &session, &text.done_fixture).await;
                let here = format!("{}/people", path(&context, &name));
                return Ok(Redirect::to(&here).into_response());
            }
            Err(SpaceError::NotFound) => return Err(refused(context, &SpaceError::NotFound)),
            Err(error) => match (text.why(&error), &error) {
                (Some(why), SpaceError::Person { place, .. }) => {
                    format!(
                        "{} {why}",
                        text.fixture_place.replace("{place}", &place.to_string())
                    )
                }
                (Some(why), _) => why.to_owned(),
                (None, _) => return Err(PageError::internal(context, &error)),
            },
        },
    };
    page(
        context,
        &spaces,
        &organisation,
        name,
        typed.fixture,
        Some(mistake),
    )
    .await
}
