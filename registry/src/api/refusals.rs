//! Which refusals each operation of the API has, for its description. The answers themselves are [`super::Problem`]s; the
//! tests compare every answer that they get with this.

use std::collections::BTreeMap;

use aim_gov::described::{API_TOKEN, answer, complete, refuse, schemas_of};
use strum::VariantNames as _;
use utoipa::openapi::RefOr;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::UtoipaMethodRouter;

use super::problem::Body;
use crate::domain::submission::Reason;

/// A status, and the codes that it comes with.
pub(super) type Refusals = &'static [(u16, &'static [&'static str])];

/// The name of the API's operations among all that the platform describes.
pub(crate) const TAG: &str = "registry";

/// What any operation may answer.
const ALWAYS: Refusals = &[
    (400, &["zero-character", "bad-path", "unknown-parameter"]),
    (401, &["token-required"]),
    (429, &["too-many-requests"]),
    (500, &["internal"]),
];
/// What is asked for is not the organisation's, or the organisation is gone.
pub(super) const MISSING: Refusals = &[(404, &["not-found"])];
/// The platform has no room for more.
pub(super) const STORAGE: Refusals = &[(507, &["storage-full"])];
/// The body of an announcement, and what it announces.
pub(super) const ANNOUNCEMENT: Refusals = &[
    (400, &["bad-announcement"]),
    (403, &["name-taken"]),
    (
        409,
        &[
            "version-exists",
            "version-same",
            "version-older",
            "version-ended",
            "changed-meanwhile",
        ],
    ),
    (413, &["bad-announcement", "component-too-large"]),
    (415, &["bad-announcement"]),
    (
        422,
        &["bad-announcement", "bad-manifest", "bad-hash", "empty-component"],
    ),
    (429, &["too-many"]),
];
/// A component that arrives.
pub(super) const UPLOAD: Refusals = &[
    (400, &["broken-upload"]),
    (408, &["too-slow"]),
    (409, &["version-over", "changed-meanwhile"]),
    (409, Reason::VARIANTS),
    (413, &["component-too-large"]),
    (415, &["content-encoding"]),
    (
        422,
        &[
            "wrong-hash",
            "wrong-size",
            "empty-component",
            "core-module",
            "precompiled-code",
            "elf-file",
            "wasm-text",
            "unknown-wasm-version",
            "not-wasm",
        ],
    ),
    (429, &["too-many-uploads"]),
    (503, &["busy", "store-unavailable"]),
];
/// The body of an application for a web site.
pub(super) const APPLICATION: Refusals = &[
    (400, &["bad-site"]),
    (413, &["bad-site"]),
    (415, &["bad-site"]),
    (422, &["bad-site"]),
    (429, &["too-many"]),
];
/// A site in a state in which this cannot be done.
pub(super) const STATE: Refusals = &[(409, &["changed-meanwhile"]), (409, Reason::VARIANTS)];
/// A site that has no secret.
pub(super) const SECRET: Refusals = &[(409, &["no-secret"])];

/// The same routes, each of which needs a token, and is described with these refusals beside those that any has.
pub(super) fn refusing<S>(
    (mut schemas, mut paths, router): UtoipaMethodRouter<S>,
    refusals: &[Refusals],
) -> UtoipaMethodRouter<S> {
    let mut codes: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for (status, more) in refusals.iter().chain([&ALWAYS]).copied().flatten() {
        codes.entry(*status).or_default().extend(*more);
    }
    complete(&mut paths, |operation| {
        operation.tags = Some(vec![TAG.to_owned()]);
        operation.security = Some(vec![SecurityRequirement::new(API_TOKEN, [""; 0])]);
        for (status, codes) in &codes {
            describe(operation, *status, codes);
        }
    });
    schemas_of::<Body<'_>>(&mut schemas);
    (schemas, paths, router)
}

fn describe(operation: &mut Operation, status: u16, codes: &[&str]) {
    refuse::<Body<'_>>(operation, status, "application/problem+json", "code", codes);
    let (401, Some(response)) = (status, answer(operation, status)) else {
        return;
    };
    let header = HeaderBuilder::new()
        .description(Some("The scheme `Bearer`."))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    response
        .headers
        .insert("WWW-Authenticate".to_owned(), RefOr::T(header));
}
