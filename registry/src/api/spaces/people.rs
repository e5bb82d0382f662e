//! The simulated people of a test space, and fixtures.

use aim_gov::persona_state::{PersonaState, Standing};
use axum::extract::rejection::JsonRejection;
use axum::{Extension, Json};
use http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::Whole;
use super::{BODY, CLOCK, FAULTS, MOVED, SpaceName, body, shown};
use crate::api::address::Segment;
use crate::api::auth::Developer;
use crate::api::problem::Problem;
use crate::api::refusals::{MISSING, Refusals, STORAGE, refusing};
use crate::app::App;
use crate::domain::fixture::Fixture;
use crate::spaces::Spaces;

/// A state into which a person cannot be brought.
const STATE: Refusals = &[(
    422,
    &[
        "person-unknown",
        "place-unknown",
        "street-malformed",
        "not-registered",
        "no-mother",
        "too-many-children",
        "not-free",
    ],
)];
const STATES: Refusals = &[(422, &["states-too-many"])];

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(refusing(routes!(people), &[MISSING]))
        .routes(refusing(routes!(bring), &[BODY, STATE, MISSING, STORAGE]))
        .routes(refusing(
            routes!(apply),
            &[BODY, STATE, STATES, CLOCK, FAULTS, MISSING, MOVED, STORAGE],
        ))
}

/// One of the simulated people of a test space.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SpacePerson)]
struct Person {
    fin: String,
    name: String,
    /// As registered now; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// The FIN of the spouse.
    #[serde(skip_serializing_if = "Option::is_none")]
    spouse: Option<String>,
    /// The numbers of the births of the children.
    children: Vec<String>,
    /// Whether the person has died.
    died: bool,
}

impl From<Standing> for Person {
    fn from(standing: Standing) -> Self {
        let Standing { person, family } = standing;
        Self {
            name: person.name(),
            address: person.address.formatted,
            spouse: family.marriage.map(|marriage| marriage.spouse),
            children: family.children.into_iter().map(|child| child.record).collect(),
            died: person.died.is_some(),
            fin: person.fin,
        }
    }
}

/// List the simulated people of a test space
#[utoipa::path(
    get,
    path = "/spaces/{space}/people",
    operation_id = "list_space_people",
    params(("space" = inline(SpaceName), Path, description = "The space's name.")),
    responses((status = 200, description = "The people as they are now.", body = Vec<Person>))
)]
async fn people(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
    Segment(name): Segment<String>,
) -> Result<Json<Vec<Person>>, Problem> {
    let people = spaces.people(&token.organisation, &name).await?;
    Ok(Json(people.into_iter().map(Person::from).collect()))
}

/// Bring a simulated person of a test space into a state
#[utoipa::path(
    post,
    path = "/spaces/{space}/people",
    operation_id = "bring_space_person",
    params(("space" = inline(SpaceName), Path, description = "The space's name.")),
    request_body(content = PersonaState, description = "The state. Services that the person agreed to tell are told before the answer comes."),
    responses((status = 204, description = "The person is in this state."))
)]
async fn bring(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
    Segment(name): Segment<String>,
    state: Result<Json<PersonaState>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let form = "send JSON with `state` (`moved`, `new-parent`, `married` or `deceased`), `fin` and what the state needs";
    let state = body(state, form)?;
    spaces.bring(&token.organisation, &name, state).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reset a test space and apply a fixture
#[utoipa::path(
    put,
    path = "/spaces/{space}/fixture",
    operation_id = "apply_space_fixture",
    params(("space" = inline(SpaceName), Path, description = "The space's name.")),
    request_body(content = Fixture, description = "What the space holds then, such as a file that is kept with the service's code."),
    responses((status = 200, description = "The space.", body = Whole))
)]
async fn apply(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
    Segment(name): Segment<String>,
    fixture: Result<Json<Fixture>, JsonRejection>,
) -> Result<Json<Whole>, Problem> {
    let form = "send JSON with `people`, `advance-ms`, `frozen` and `faults`, or some of them";
    let fixture = body(fixture, form)?;
    spaces.apply(&token.organisation, &name, fixture).await?;
    shown(&spaces, &token, &name).await
}
