//! The description of the actions, from their table.

use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{AdditionalProperties, Schema, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, HttpMethod, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem,
    PathsBuilder, Ref, RefOr, Required, ResponseBuilder,
};
use utoipa::{PartialSchema as _, ToSchema as _};

use super::super::TAG;
use super::actions::{ACTIONS, Action, Run};
use super::{Answered, Failed};
use crate::described::{API_TOKEN, answer, one_of, pages_of_faults, say};

/// The statuses of refusals, with the `__type` of their errors.
const REFUSALS: [(u16, &str); 4] = [
    (400, "Bad Request Error"),
    (404, "Not Found Error"),
    (409, "Validation Error"),
    (503, "Unavailable"),
];
/// The refusal of an action that changes something.
const DENIED: (u16, &str) = (403, "Authorization Error");
/// The media type of bodies that have a file in them.
const FORM_DATA: &str = "multipart/form-data";

/// Every action at `/api/3/action/…`, by POST, and by GET where it only reads.
pub(super) fn actions() -> OpenApi {
    let mut paths = PathsBuilder::new();
    for action in ACTIONS {
        let mut item = PathItem::new(HttpMethod::Post, operation(action, HttpMethod::Post));
        if !matches!(action.run, Run::Write(_)) {
            item.get = Some(operation(action, HttpMethod::Get));
        }
        paths = paths.path(format!("/api/3/action/{}", action.name), item);
    }
    let components = ComponentsBuilder::new()
        .schema(Answered::name(), Answered::schema())
        .schema(Failed::name(), Failed::schema());
    OpenApiBuilder::new()
        .paths(paths)
        .components(Some(components.build()))
        .build()
}

fn operation(action: &Action, method: HttpMethod) -> utoipa::openapi::path::Operation {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Answered::name())));
    let done = ResponseBuilder::new()
        .description("The action was done.")
        .content("application/json", content.build());
    let (summary, _) = action.help.split_once(". ").unwrap_or((action.help, ""));
    let mut operation = OperationBuilder::new()
        .tag(TAG)
        .summary(Some(summary.trim_end_matches('.')))
        .description(Some(format!(
            "{} The same is at `/api/action/{name}`, `/api/1/action/{name}` and `/api/2/action/{name}`.",
            action.help,
            name = action.name
        )))
        .response("200", done);
    match method {
        HttpMethod::Get => {
            operation = operation.operation_id(Some(format!("get_{}", action.name)));
            for name in action.arguments {
                operation = operation.parameter(
                    ParameterBuilder::new()
                        .name(*name)
                        .parameter_in(ParameterIn::Query)
                        .required(Required::False)
                        .schema(Some(text())),
                );
            }
        }
        _ => {
            operation = operation
                .operation_id(Some(action.name))
                .request_body(Some(body(action)));
        }
    }
    let writes = matches!(action.run, Run::Write(_));
    if writes {
        operation = operation.security(SecurityRequirement::new(API_TOKEN, [""; 0]));
    }
    let mut operation = operation.build();
    pages_of_faults(&mut operation);
    for (status, kind) in REFUSALS.into_iter().chain(writes.then_some(DENIED)) {
        let Some(response) = answer(&mut operation, status) else {
            continue;
        };
        say(response, kind);
        let error = ObjectBuilder::new()
            .property("__type", one_of([kind]))
            .required("__type");
        let refusal = utoipa::openapi::schema::AllOfBuilder::new()
            .item(Ref::from_schema_name(Failed::name()))
            .item(ObjectBuilder::new().property("error", error));
        let content = ContentBuilder::new().schema(Some(refusal)).build();
        response
            .content
            .insert("application/json".to_owned(), RefOr::T(content));
    }
    operation
}

/// The arguments as one object. Other arguments are refused by name, except those that ask for what no data set has.
fn body(action: &Action) -> RequestBody {
    let mut arguments =
        ObjectBuilder::new().additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)));
    let has_file = action.arguments.contains(&"upload");
    for name in action.arguments {
        let value = match *name {
            "upload" => ObjectBuilder::new()
                .schema_type(Type::String)
                .content_media_type("application/octet-stream"),
            _ if has_file => ObjectBuilder::new().schema_type(Type::String),
            _ => ObjectBuilder::new().schema_type(utoipa::openapi::schema::SchemaType::AnyValue),
        };
        arguments = arguments.property(*name, value);
    }
    let content = ContentBuilder::new().schema(Some(arguments)).build();
    let media_type = if has_file { FORM_DATA } else { "application/json" };
    RequestBodyBuilder::new()
        .description(Some("The arguments."))
        .content(media_type, content)
        .build()
}
