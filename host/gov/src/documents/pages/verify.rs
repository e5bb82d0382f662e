//! What programs read to verify a document: the issuer's keys (SD-JWT VC, section 5), the description of its kind
//! (section 6), and the list of its state (Token Status List, section 8).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::described::KeySet;
use crate::document_kind::DocumentKind;
use crate::documents::Documents;
use crate::documents::status_list::KEEP_SECONDS;
use crate::sql;
use crate::text::Localised;

/// Digits of a kind's digest.
const DIGEST_CHARS: usize = 64;
/// How long a description may be kept, in seconds: it never changes.
const KIND_KEEP_SECONDS: u32 = 24 * 60 * 60;

/// Headers of what programs of every origin may read and keep for some seconds.
fn public(seconds: impl std::fmt::Display) -> [(HeaderName, HeaderValue); 3] {
    let keep = HeaderValue::from_str(&format!("public, max-age={seconds}"));
    [
        (
            header::CACHE_CONTROL,
            keep.unwrap_or(HeaderValue::from_static("no-store")),
        ),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ]
}

fn failed(error: &(dyn std::error::Error + 'static)) -> Response {
    tracing::error!(error, "documents.verification failed");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

/// The issuer of documents and its keys (SD-JWT VC, section 5).
#[derive(serde::Serialize, utoipa::ToSchema)]
struct DocumentIssuer<'a> {
    issuer: &'a str,
    #[schema(value_type = KeySet)]
    jwks: serde_json::Value,
}

/// Show the issuer of documents and its keys
#[utoipa::path(
    get,
    path = "/.well-known/jwt-vc-issuer",
    operation_id = "document_issuer",
    responses((status = 200, description = "The issuer.", body = DocumentIssuer))
)]
pub(super) async fn issuer(State(documents): State<Documents>) -> Response {
    let issuer = &documents.issuer;
    let described = DocumentIssuer {
        issuer: &issuer.address,
        jwks: issuer.key.public(),
    };
    (public(KEEP_SECONDS), Json(described)).into_response()
}

/// Describe a kind of documents
///
/// The address is the `vct` of the documents of this kind.
#[utoipa::path(
    get,
    path = "/documents/kinds/{digest}",
    operation_id = "document_kind",
    params(("digest" = String, Path, description = "The digest of the kind.", pattern = "^[0-9a-f]{64}$")),
    responses((status = 200, description = "The kind.", body = KindMetadata))
)]
pub(super) async fn kind(State(documents): State<Documents>, Path(digest): Path<String>) -> Response {
    let is_digest = digest.len() == DIGEST_CHARS && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_digest {
        return StatusCode::NOT_FOUND.into_response();
    }
    let found = async {
        let mut reader = documents.platform.db.reader().await?;
        let found: Option<(String,)> = sql!("documents/kind", &digest).optional(&mut reader).await?;
        Ok::<_, crate::db::DbError>(found)
    };
    let description = match found.await {
        Ok(Some((description,))) => description,
        Ok(None) => return StatusCode::NOT_FOUND.into_response(),
        Err(error) => return failed(&error),
    };
    match serde_json::from_str::<DocumentKind>(&description) {
        Ok(kind) => {
            let described = described(&documents.issuer.kind_address(&digest), &kind);
            (public(KIND_KEEP_SECONDS), Json(described)).into_response()
        }
        Err(error) => failed(&error),
    }
}

/// The metadata of a kind (SD-JWT VC, sections 6.2, 8 and 9).
#[derive(serde::Serialize, utoipa::ToSchema)]
struct KindMetadata {
    /// The address of this description.
    vct: String,
    name: String,
    display: Vec<KindName>,
    claims: Vec<ClaimMetadata>,
}

/// The name of a kind in one language.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct KindName {
    locale: &'static str,
    name: String,
}

/// A claim of a kind.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct ClaimMetadata {
    path: [String; 1],
    display: Vec<ClaimLabel>,
    /// `always`: each claim is disclosed by itself.
    sd: &'static str,
}

/// The name of a claim in one language.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct ClaimLabel {
    locale: &'static str,
    label: String,
}

fn described(address: &str, kind: &DocumentKind) -> KindMetadata {
    let names = labels(&kind.title).map(|(locale, name)| KindName { locale, name });
    let claims = kind.claims.iter().map(|claim| ClaimMetadata {
        path: [claim.name.clone()],
        display: labels(&claim.title)
            .map(|(locale, label)| ClaimLabel { locale, label })
            .collect(),
        sd: "always",
    });
    KindMetadata {
        vct: address.to_owned(),
        name: kind.title.az.clone(),
        display: names.collect(),
        claims: claims.collect(),
    }
}

fn labels(text: &Localised) -> impl Iterator<Item = (&'static str, String)> {
    let texts = [
        ("az", Some(&text.az)),
        ("en", text.en.as_ref()),
        ("ru", text.ru.as_ref()),
    ];
    texts
        .into_iter()
        .filter_map(|(lang, text)| Some((lang, text?.clone())))
}

/// Show the states of copies of documents
///
/// A signed list (Token Status List) with two bits for each copy, zlib-compressed.
#[utoipa::path(
    get,
    path = "/documents/status/{list}",
    operation_id = "document_status_list",
    params(("list" = i64, Path, description = "The number of the list.", minimum = 0)),
    responses((status = 200, description = "A JSON Web Token.", body = String, content_type = "application/statuslist+jwt"))
)]
pub(super) async fn list(State(documents): State<Documents>, Path(list): Path<String>) -> Response {
    let Ok(list) = list.parse::<i64>() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match documents.status_list(list).await {
        Ok(Some(token)) => {
            let kind = (header::CONTENT_TYPE, "application/statuslist+jwt");
            ([kind], public(KEEP_SECONDS), token).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => failed(&error),
    }
}
