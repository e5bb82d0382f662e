//! The schemas of the data of events.

use axum::http::{HeaderName, header};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::web::described;

/// The name of the schemas in the description.
pub const TAG: &str = "events";
/// The media type of a JSON schema (draft-bhutton-json-schema-01, section 14.1).
const SCHEMA_TYPE: &str = "application/schema+json";

type Schema = ([(HeaderName, &'static str); 1], &'static str);

/// The schemas.
pub fn schemas<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    OpenApiRouter::default()
        .routes(described(TAG, &[], routes!(changed)))
        .routes(described(TAG, &[], routes!(residence_changed)))
        .routes(described(TAG, &[], routes!(birth_registered)))
        .routes(described(TAG, &[], routes!(marriage_registered)))
        .routes(described(TAG, &[], routes!(pension_age_reached)))
        .routes(described(TAG, &[], routes!(death_registered)))
}

fn schema(text: &'static str) -> Schema {
    ([(header::CONTENT_TYPE, SCHEMA_TYPE)], text)
}

/// Show the schema of events about what a service asked for
#[utoipa::path(
    get,
    path = "/schemas/events/changed-v1.json",
    operation_id = "schema_of_changed",
    responses((status = 200, description = "A JSON Schema.", body = Object, content_type = "application/schema+json"))
)]
async fn changed() -> Schema {
    schema(include_str!("../../data/schemas/changed-v1.json"))
}

/// Show the schema of events about a citizen's move
#[utoipa::path(
    get,
    path = "/schemas/events/residence-changed-v1.json",
    operation_id = "schema_of_residence_changed",
    responses((status = 200, description = "A JSON Schema.", body = Object, content_type = "application/schema+json"))
)]
async fn residence_changed() -> Schema {
    schema(include_str!("../../data/schemas/residence-changed-v1.json"))
}

/// Show the schema of events about a birth
#[utoipa::path(
    get,
    path = "/schemas/events/birth-registered-v1.json",
    operation_id = "schema_of_birth_registered",
    responses((status = 200, description = "A JSON Schema.", body = Object, content_type = "application/schema+json"))
)]
async fn birth_registered() -> Schema {
    schema(include_str!("../../data/schemas/birth-registered-v1.json"))
}

/// Show the schema of events about a marriage
#[utoipa::path(
    get,
    path = "/schemas/events/marriage-registered-v1.json",
    operation_id = "schema_of_marriage_registered",
    responses((status = 200, description = "A JSON Schema.", body = Object, content_type = "application/schema+json"))
)]
async fn marriage_registered() -> Schema {
    schema(include_str!("../../data/schemas/marriage-registered-v1.json"))
}

/// Show the schema of events about pension age
#[utoipa::path(
    get,
    path = "/schemas/events/pension-age-reached-v1.json",
    operation_id = "schema_of_pension_age_reached",
    responses((status = 200, description = "A JSON Schema.", body = Object, content_type = "application/schema+json"))
)]
async fn pension_age_reached() -> Schema {
    schema(include_str!("../../data/schemas/pension-age-reached-v1.json"))
}

/// Show the schema of events about a death
#[utoipa::path(
    get,
    path = "/schemas/events/death-registered-v1.json",
    operation_id = "schema_of_death_registered",
    responses((status = 200, description = "A JSON Schema.", body = Object, content_type = "application/schema+json"))
)]
async fn death_registered() -> Schema {
    schema(include_str!("../../data/schemas/death-registered-v1.json"))
}
