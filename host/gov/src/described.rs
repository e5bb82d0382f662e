//! What the descriptions of HTTP interfaces (OpenAPI 3.1) share, beside what is derived from types and handlers.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{AllOfBuilder, Object, Type};
use utoipa::openapi::{ArrayBuilder, ContentBuilder, ObjectBuilder, Paths, Ref, RefOr, Response, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Where the platform's description is.
pub const PATH: &str = "/api/openapi.json";

/// The name of an API token among the ways to authenticate.
pub const API_TOKEN: &str = "api-token";

/// A text that is one of `codes`.
pub fn one_of<'a>(codes: impl IntoIterator<Item = &'a str>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(codes))
        .build()
}

/// A text of `min` to `max` characters.
pub fn text(min: usize, max: usize) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(min))
        .max_length(Some(max))
        .build()
}

/// The operations of an address, with the method of each.
pub fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    let all = [
        ("GET", &item.get),
        ("PUT", &item.put),
        ("POST", &item.post),
        ("DELETE", &item.delete),
        ("OPTIONS", &item.options),
        ("HEAD", &item.head),
        ("PATCH", &item.patch),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

/// Completes every operation.
pub fn complete(paths: &mut Paths, complete: impl Fn(&mut Operation)) {
    for item in paths.paths.values_mut() {
        let all = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.options,
            &mut item.head,
            &mut item.patch,
        ];
        all.into_iter().flatten().for_each(&complete);
    }
}

/// The answer of this status, which is added where it is missing.
pub fn answer(operation: &mut Operation, status: u16) -> Option<&mut Response> {
    let answers = &mut operation.responses.responses;
    match answers
        .entry(status.to_string())
        .or_insert_with(|| RefOr::T(Response::default()))
    {
        RefOr::T(response) => Some(response),
        RefOr::Ref(_) => None,
    }
}

/// Adds what a status means to its description.
pub fn say(response: &mut Response, words: &str) {
    if !response.description.is_empty() {
        response.description.push_str("; ");
    }
    response.description.push_str(words);
}

/// Adds an answer of this status: a body `T`, whose `member` is one of `codes`.
pub fn refuse<T: ToSchema>(
    operation: &mut Operation,
    status: u16,
    media_type: &str,
    member: &str,
    codes: &[&str],
) {
    let Some(response) = answer(operation, status) else {
        return;
    };
    let listed: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
    say(response, &listed.join(", "));
    let schema = AllOfBuilder::new()
        .item(Ref::from_schema_name(T::name()))
        .item(ObjectBuilder::new().property(member, one_of(codes.iter().copied())));
    let content = ContentBuilder::new().schema(Some(schema)).build();
    response.content.insert(media_type.to_owned(), RefOr::T(content));
}

/// Adds an answer of this status: a page for people.
pub fn page(operation: &mut Operation, status: u16, words: &str) {
    if let Some(response) = answer(operation, status) {
        say(response, words);
        let schema = ObjectBuilder::new().schema_type(Type::String);
        let content = ContentBuilder::new().schema(Some(schema)).build();
        response.content.insert("text/html".to_owned(), RefOr::T(content));
    }
}

/// The pages that any address outside the registry's API may answer with.
pub fn pages_of_faults(operation: &mut Operation) {
    page(operation, 400, "a page: the request holds the character U+0000");
    page(operation, 500, "a page: a fault of the platform");
    page(operation, 503, "a page: it took too long");
}

/// Public keys (RFC 7517).
pub struct KeySet;

impl PartialSchema for KeySet {
    fn schema() -> RefOr<Schema> {
        let text = || ObjectBuilder::new().schema_type(Type::String);
        let key = ObjectBuilder::new()
            .property("kty", text())
            .required("kty")
            .property("kid", text())
            .required("kid")
            .property("alg", text())
            .property("use", text());
        ObjectBuilder::new()
            .description(Some("Public keys (RFC 7517)."))
            .property("keys", ArrayBuilder::new().items(key))
            .required("keys")
            .into()
    }
}

impl ToSchema for KeySet {}

/// A schema with its name, and those that it refers to.
pub fn schemas_of<T: ToSchema + PartialSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    T::schemas(schemas);
    schemas.push((T::name().into_owned(), T::schema()));
}
