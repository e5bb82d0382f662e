//! What programs read to verify a document: the issuer's keys (SD-JWT VC, section 5), the description of its kind
//! (section 6), and the list of its state (Token Status List, section 8).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

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

/// `GET /.well-known/jwt-vc-issuer`.
pub(super) async fn issuer(State(documents): State<Documents>) -> Response {
    let issuer = &documents.issuer;
    let described = json!({ "issuer": issuer.address, "jwks": issuer.key.public() });
    (public(KEEP_SECONDS), Json(described)).into_response()
}

/// `GET /documents/kinds/{digest}`.
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
fn described(address: &str, kind: &DocumentKind) -> serde_json::Value {
    let claims: Vec<_> = kind
        .claims
        .iter()
        .map(|claim| {
            json!({
                "path": [claim.name],
                "display": labels(&claim.title, "label"),
                "sd": "always",
            })
        })
        .collect();
    json!({
        "vct": address,
        "name": kind.title.az,
        "display": labels(&kind.title, "name"),
        "claims": claims,
    })
}

fn labels(text: &Localised, member: &str) -> Vec<serde_json::Value> {
    let texts = [
        ("az", Some(&text.az)),
        ("en", text.en.as_ref()),
        ("ru", text.ru.as_ref()),
    ];
    let texts = texts.into_iter().filter_map(|(lang, text)| Some((lang, text?)));
    texts
        .map(|(lang, text)| json!({ "locale": lang, member: text }))
        .collect()
}

/// `GET /documents/status/{list}`.
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
