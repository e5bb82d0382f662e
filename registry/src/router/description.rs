//! The description of the platform's HTTP interfaces in OpenAPI 3.1, made from the same statements as their routes:
//! `/api/openapi.json`.

use aim_gov::described::API_TOKEN;
use aim_gov::identity::provider;
use aim_gov::{consent, documents, life_events, open_data, signature};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use bytes::Bytes;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{InfoBuilder, OpenApi, ServerBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api;

/// The tag of what operators ask.
pub(super) const OPERATION: &str = "operation";

/// The interfaces, by the tags of their operations.
const TAGS: [(&str, &str); 8] = [
    (
        api::TAG,
        "The API of the `aim` command: versions of services on their way, and web sites that log citizens in.",
    ),
    (
        provider::description::TAG,
        "The OpenID provider, at which web sites that two officers approved log citizens in.",
    ),
    (
        open_data::pages::TAG,
        "Open data: files, the catalogue as DCAT-AP, and the actions of CKAN.",
    ),
    (documents::pages::TAG, "What verifiers of digital documents read."),
    (
        consent::pages::TAG,
        "The keys with which receipts of consents and payments are verified.",
    ),
    (
        signature::pages::TAG,
        "What verifiers of signatures read: the authorities' certificates, and the status of certificates.",
    ),
    (life_events::pages::TAG, "The schemas of the data of events."),
    (
        OPERATION,
        "What operators and clients ask about the platform itself.",
    ),
];

/// Serves the description of these interfaces and of itself.
pub(super) fn routes<S: Clone + Send + Sync + 'static>(
    platform: &url::Url,
    parts: impl IntoIterator<Item = OpenApi>,
) -> Router<S> {
    let (router, own) = OpenApiRouter::default().routes(routes!(show)).split_for_parts();
    let mut described = parts.into_iter().fold(own, OpenApi::merge_from);
    complete(&mut described, platform);
    let text = described.to_json().unwrap_or_default();
    router.with_state(Bytes::from(text))
}

/// Adds what is said of all interfaces.
fn complete(described: &mut OpenApi, platform: &url::Url) {
    described.info = InfoBuilder::new()
        .title("AIM Sandbox")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Every interface for programs. Pages for people are not described. Refusals of the registry's API are problem \
             details (RFC 9457) with a stable `code`.",
        ))
        .build();
    let address = platform.as_str().trim_end_matches('/');
    described.servers = Some(vec![ServerBuilder::new().url(address).build()]);
    let tags = TAGS.map(|(name, text)| TagBuilder::new().name(name).description(Some(text)).build());
    described.tags = Some(tags.into());
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "An API token, which a developer makes on the developers' page.",
        ))
        .build();
    let client = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(
        "The id and the secret of a web site. Both may be in the form instead; a public client sends its id alone.",
    ));
    let access = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some(
            "An access token, which the provider's token endpoint gives.",
        ));
    let components = described.components.get_or_insert_default();
    for (name, scheme) in [
        (API_TOKEN, token),
        (provider::description::CLIENT, client.build()),
        (provider::description::ACCESS_TOKEN, access.build()),
    ] {
        components.add_security_scheme(name, SecurityScheme::Http(scheme));
    }
}

/// Describe every interface for programs
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    operation_id = "openapi",
    tag = OPERATION,
    responses((status = 200, description = "This description (OpenAPI 3.1).", body = Object, content_type = "application/json"))
)]
async fn show(State(text): State<Bytes>) -> ([(HeaderName, &'static str); 4], Bytes) {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text)
}

/// Names the description in every answer of an interface (RFC 8631).
pub(super) fn link() -> SetResponseHeaderLayer<HeaderValue> {
    let value =
        HeaderValue::from_static("</api/openapi.json>; rel=\"service-desc\"; type=\"application/json\"");
    SetResponseHeaderLayer::appending(header::LINK, value)
}
