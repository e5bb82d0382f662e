//! The description of the addresses of the catalogue that end in an extension.

use utoipa::IntoParams as _;
use utoipa::openapi::path::{OperationBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{
    ContentBuilder, HttpMethod, ObjectBuilder, PathItem, Paths, PathsBuilder, ResponseBuilder,
};

use super::PageQuery;

/// The address with this extension, which answers with this media type.
pub(super) fn of(path: &str, extension: &str, media_type: &str) -> Paths {
    let essence = media_type.split(';').next().unwrap_or(media_type);
    // A document in JSON has the schema of JSON-LD, which is not repeated here.
    let text = (!essence.ends_with("json")).then(|| ObjectBuilder::new().schema_type(Type::String));
    let document = ContentBuilder::new().schema(text).build();
    let answer = ResponseBuilder::new()
        .description("A page of the catalogue.")
        .content(essence, document);
    let name: String = path
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let operation = OperationBuilder::new()
        .operation_id(Some(format!("read{name}")))
        .summary(Some(format!("Read the catalogue as `{extension}`")))
        .parameters(Some(PageQuery::into_params(|| Some(ParameterIn::Query))))
        .response("200", answer);
    PathsBuilder::new()
        .path(path, PathItem::new(HttpMethod::Get, operation))
        .build()
}
