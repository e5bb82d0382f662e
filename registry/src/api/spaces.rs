//! Test spaces of the token's organisation.

mod people;
mod view;

use aim_runtime::faults::FaultPlan;
use axum::extract::rejection::JsonRejection;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{StatusCode, header};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::address::Segment;
use super::auth::Developer;
use super::problem::Problem;
use super::refusals::{MISSING, Refusals, STORAGE, refusing};
use crate::app::App;
use crate::domain::space::{NAME_CHARS_MAX, NAME_CHARS_MIN};
use crate::domain::token::ApiToken;
use crate::spaces::{SpaceError, Spaces};

use view::{CLOCK_FORM, Call, Clock, Copy, LetIn, Line, Named, Whole};

/// The body is not the JSON that is asked for.
const BODY: Refusals = &[
    (400, &["bad-request"]),
    (413, &["bad-request"]),
    (415, &["bad-request"]),
    (422, &["bad-request"]),
];
const NAME: Refusals = &[(422, &["not-a-name"]), (409, &["name-taken"])];
const SPACES: Refusals = &[(429, &["too-many-spaces"])];
const SNAPSHOTS: Refusals = &[(429, &["too-many-snapshots"])];
const NO_SNAPSHOT: Refusals = &[(404, &["no-snapshot"])];
const MOVED: Refusals = &[(409, &["changed-meanwhile"])];
const CLOCK: Refusals = &[(422, &["clock-back", "clock-too-far", "clock-too-far-ahead"])];
const FAULTS: Refusals = &[(
    422,
    &[
        "faults-too-many",
        "faults-percent",
        "faults-twice",
        "faults-lost",
        "faults-delay",
        "faults-no-outcome",
    ],
)];

/// The name of a space or of a snapshot, as paths are described.
struct SpaceName;

impl PartialSchema for SpaceName {
    fn schema() -> RefOr<Schema> {
        aim_gov::described::text(NAME_CHARS_MIN, NAME_CHARS_MAX).into()
    }
}

impl ToSchema for SpaceName {}

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(refusing(routes!(list), &[]))
        .routes(refusing(routes!(create), &[BODY, NAME, SPACES, STORAGE]))
        .routes(refusing(routes!(show), &[MISSING]))
        .routes(refusing(routes!(delete), &[MISSING]))
        .routes(refusing(routes!(reset), &[MISSING, MOVED, STORAGE]))
        .routes(refusing(routes!(set_clock), &[BODY, CLOCK, MISSING, MOVED]))
        .routes(refusing(
            routes!(set_faults),
            &[BODY, FAULTS, MISSING, MOVED, STORAGE],
        ))
        .merge(people::routes())
        .routes(refusing(routes!(calls), &[MISSING]))
        .routes(refusing(routes!(access), &[MISSING]))
        .routes(refusing(
            routes!(take_snapshot),
            &[BODY, NAME, SNAPSHOTS, MISSING, STORAGE],
        ))
        .routes(refusing(
            routes!(restore),
            &[MISSING, NO_SNAPSHOT, MOVED, STORAGE],
        ))
        .routes(refusing(routes!(delete_snapshot), &[MISSING, NO_SNAPSHOT]))
}

fn body<T>(body: Result<Json<T>, JsonRejection>, form: &'static str) -> Result<T, Problem> {
    let Json(body) = body.map_err(|rejection| {
        let detail = format!("{form}: {}", rejection.body_text());
        Problem::new(rejection.status(), "bad-request", detail)
    })?;
    Ok(body)
}

async fn shown(spaces: &Spaces, token: &ApiToken, name: &str) -> Result<Json<Whole>, Problem> {
    Ok(Json(spaces.view(&token.organisation, name).await?.into()))
}

/// List the organisation's test spaces
#[utoipa::path(
    get,
    path = "/spaces",
    operation_id = "list_spaces",
    responses((status = 200, description = "The spaces, by name.", body = Vec<Line>))
)]
async fn list(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
) -> Result<Json<Vec<Line>>, Problem> {
    let all = spaces.list(&token.organisation).await?;
    Ok(Json(all.into_iter().map(Line::from).collect()))
}

/// Make a test space
#[utoipa::path(
    post,
    path = "/spaces",
    operation_id = "create_space",
    request_body(content = Named, description = "Its name, which is unique on the platform."),
    responses((status = 201, description = "The space.", body = Line, headers(("Location" = String, description = "Its path."))))
)]
async fn create(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
    named: Result<Json<Named>, JsonRejection>,
) -> Result<Response, Problem> {
    let Named { name } = body(named, "send JSON with `name`")?;
    let space = spaces.create(&token.organisation, &name).await?;
    let place = format!("/api/v1/spaces/{}", space.name);
    let line = Line::from(space);
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(line)).into_response())
}

/// Show a test space
#[utoipa::path(
    get,
    path = "/spaces/{space}",
    operation_id = "show_space",
    params(("space" = inline(SpaceName), Path, description = "The space's name.")),
    responses((status = 200, description = "The space.", body = Whole))
)]
async fn show(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
    Segment(name): Segment<String>,
) -> Result<Json<Whole>, Problem> {
    shown(&spaces, &token, &name).await
}

/// Delete a test space with its snapshots
#[utoipa::path(
    delete,
    path = "/spaces/{space}",
    operation_id = "delete_space",
    params(("space" = inline(SpaceName), Path, description = "The space's name.")),
    responses((status = 204, description = "It is deleted."))
)]
async fn delete(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
    Segment(name): Segment<String>,
) -> Result<StatusCode, Problem> {
    spaces.delete(&token.organisation, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Empty a test space
#[utoipa::path(
    post,
    path = "/spaces/{space}/reset",
    operation_id = "reset_space",
    params(("space" = inline(SpaceName), Path, description = "The space's name.")),
    responses((status = 200, description = "The space, whose clock shows the real time again.", body = Whole))
)]
async fn reset(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
    Segment(name): Segment<String>,
) -> Result<Json<Whole>, Problem> {
    spaces.reset(&token.organisation, &name).await?;
    shown(&spaces, &token, &name).await
}

/// Set the clock of a test space
#[utoipa::path(
    put,
    path = "/spaces/{space}/clock",
    operation_id = "set_space_clock",
    params(("space" = inline(SpaceName), Path, description = "The space's name.")),
    request_body(content = Clock, description = "What becomes due has happened when the answer comes."),
    responses((status = 200, description = "The space.", body = Whole))
)]
async fn set_clock(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
    Segment(name): Segment<String>,
    clock: Result<Json<Clock>, JsonRejection>,
) -> Result<Json<Whole>, Problem> {
    let change = body(clock, CLOCK_FORM)?.change()?;
    spaces.set_clock(&token.organisation, &name, change).await?;
    shown(&spaces, &token, &name).await
}

/// Let calls of a test space's services fail
#[utoipa::path(
    put,
    path = "/spaces/{space}/faults",
    operation_id = "set_space_faults",
    params(("space" = inline(SpaceName), Path, description = "The space's name.")),
    request_body(content = FaultPlan, description = "The faults, which replace earlier ones. The same calls fail again with the same seed."),
    responses((status = 200, description = "The space.", body = Whole))
)]
async fn set_faults(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
    Segment(name): Segment<String>,
    plan: Result<Json<FaultPlan>, JsonRejection>,
) -> Result<Json<Whole>, Problem> {
    let form = "send JSON with `seed` and `rules`, each with `interface`, `fault` and `percent`, and `operation` or without";
    let plan = body(plan, form)?;
    spaces.set_faults(&token.organisation, &name, plan).await?;
    shown(&spaces, &token, &name).await
}

/// List the newest calls of a test space's services
#[utoipa::path(
    get,
    path = "/spaces/{space}/calls",
    operation_id = "list_space_calls",
    params(("space" = inline(SpaceName), Path, description = "The space's name.")),
    responses((status = 200, description = "The calls since the space was opened, newest first.", body = Vec<Call>))
)]
async fn calls(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
    Segment(name): Segment<String>,
) -> Result<Json<Vec<Call>>, Problem> {
    let calls = spaces.calls(&token.organisation, &name).await?;
    Ok(Json(calls.into_iter().map(Call::from).collect()))
}

/// Let a program or a browser into a test space
#[utoipa::path(
    post,
    path = "/spaces/{space}/access",
    operation_id = "enter_space",
    params(("space" = inline(SpaceName), Path, description = "The space's name.")),
    responses((status = 200, description = "A token for programs, an address for browsers.", body = LetIn))
)]
async fn access(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
    Segment(name): Segment<String>,
) -> Result<Response, Problem> {
    let access = spaces.access(&token.organisation, &name, None).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(LetIn::from(access))).into_response())
}

/// Take a snapshot of a test space
#[utoipa::path(
    post,
    path = "/spaces/{space}/snapshots",
    operation_id = "take_space_snapshot",
    params(("space" = inline(SpaceName), Path, description = "The space's name.")),
    request_body(content = Named, description = "The snapshot's name."),
    responses((status = 201, description = "The snapshot.", body = Copy))
)]
async fn take_snapshot(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
    Segment(name): Segment<String>,
    named: Result<Json<Named>, JsonRejection>,
) -> Result<(StatusCode, Json<Copy>), Problem> {
    let snapshot = body(named, "send JSON with `name`")?.name;
    let taken = spaces.snapshot(&token.organisation, &name, &snapshot).await?;
    Ok((StatusCode::CREATED, Json(taken.into())))
}

/// Restore a snapshot of a test space
#[utoipa::path(
    post,
    path = "/spaces/{space}/snapshots/{snapshot}/restore",
    operation_id = "restore_space_snapshot",
    params(
        ("space" = inline(SpaceName), Path, description = "The space's name."),
        ("snapshot" = inline(SpaceName), Path, description = "The snapshot's name.")
    ),
    responses((status = 200, description = "The space, whose clock stands at the snapshot's time.", body = Whole))
)]
async fn restore(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
    Segment((name, snapshot)): Segment<(String, String)>,
) -> Result<Json<Whole>, Problem> {
    spaces.restore(&token.organisation, &name, &snapshot).await?;
    shown(&spaces, &token, &name).await
}

/// Delete a snapshot of a test space
#[utoipa::path(
    delete,
    path = "/spaces/{space}/snapshots/{snapshot}",
    operation_id = "delete_space_snapshot",
    params(
        ("space" = inline(SpaceName), Path, description = "The space's name."),
        ("snapshot" = inline(SpaceName), Path, description = "The snapshot's name.")
    ),
    responses((status = 204, description = "It is deleted."))
)]
async fn delete_snapshot(
    Extension(spaces): Extension<Spaces>,
    Developer(token): Developer,
    Segment((name, snapshot)): Segment<(String, String)>,
) -> Result<StatusCode, Problem> {
    spaces
        .delete_snapshot(&token.organisation, &name, &snapshot)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<SpaceError> for Problem {
    fn from(error: SpaceError) -> Self {
        let status = match &error {
            SpaceError::NotFound | SpaceError::NoSnapshot => StatusCode::NOT_FOUND,
            SpaceError::Name
            | SpaceError::Clock(_)
            | SpaceError::Faults(_)
            | SpaceError::TooManyStates
            | SpaceError::Person { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            SpaceError::NameTaken | SpaceError::Moved => StatusCode::CONFLICT,
            SpaceError::TooMany | SpaceError::TooManySnapshots => StatusCode::TOO_MANY_REQUESTS,
            SpaceError::Db(_) | SpaceError::Files(_) | SpaceError::Open(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        match (error.code(), error) {
            (Some(code), error) => Self::new(status, code, error.to_string()),
            (None, SpaceError::Db(error)) => error.into(),
            (None, error) => Self::internal(&error),
        }
    }
}
