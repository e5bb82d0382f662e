//! The files themselves.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;

use crate::db::DbError;
use crate::open_data::catalogue::{CSV_MEDIA_TYPE, Content};
use crate::open_data::{OpenData, published};
use crate::web::{PageContext, PageError};

/// Download a file
///
/// The file is CSV in UTF-8, whose first line has the names of the columns. `ETag` is the SHA-256 of the content.
#[utoipa::path(
    get,
    path = "/open-data/{file}",
    operation_id = "download_file",
    params(
        ("file" = String, Path, description = "The id of the file with `.csv`.", example = "az-public-holidays.csv"),
        ("If-None-Match" = Option<String>, Header, description = "Tags of contents that the client has."),
    ),
    responses(
        (status = 200, description = "The file.", body = String, content_type = "text/csv", headers(("ETag" = String))),
        (status = 304, description = "The client has this content.", headers(("ETag" = String))),
    )
)]
pub(super) async fn download(
    context: PageContext,
    State(open_data): State<OpenData>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let missing = || PageError::new(context.clone(), StatusCode::NOT_FOUND);
    let id = name.strip_suffix(".csv").ok_or_else(missing)?;
    let catalogue = open_data.catalogue();
    let stored = catalogue.stored.get(id).ok_or_else(missing)?;
    let mut files = catalogue.datasets().flat_map(|dataset| &dataset.distribution);
    let file = files.find(|file| file.id == id).ok_or_else(missing)?;
    let sha256 = file.sha256.as_deref().unwrap_or_default();
    // The hash of the content, so a client can verify its copy.
    let tag = format!("\"{sha256}\"");
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok((
        [
            (
                header::CONTENT_TYPE,
                format!("{CSV_MEDIA_TYPE}; charset=utf-8; header=present"),
            ),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{id}.csv\""),
            ),
            (header::ETAG, tag),
        ],
        public(),
        body(&open_data, &stored.content),
    )
        .into_response())
}

/// The content of a file. That of a publisher's is sent piece by piece; if the database fails meanwhile, the answer ends
/// in the middle, which the client sees.
fn body(open_data: &OpenData, content: &Content) -> Body {
    let file = match content {
        Content::Memory { file, .. } => return Body::from(file.clone()),
        Content::Kept(file) => file.clone(),
    };
    let db = open_data.platform().db.clone();
    let pieces = stream::try_unfold((db, file, 0_i64), async |(db, file, number)| {
        let piece = published::file::piece(&db, &file, number).await?;
        Ok::<_, DbError>(piece.map(|piece| (piece, (db, file, number.saturating_add(1)))))
    });
    Body::from_stream(pieces)
}

/// Whether the client has the content already (RFC 9110, 13.1.2: a weak comparison with each listed tag).
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let lists = headers.get_all(header::IF_NONE_MATCH).into_iter();
    lists.filter_map(|list| list.to_str().ok()).any(|list| {
        let mut known = list.split(',').map(|known| known.trim());
        known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
    })
}

/// Headers of public content, which pages of any origin may read and caches may keep for a while.
pub(super) fn public() -> [(header::HeaderName, HeaderValue); 3] {
    [
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=3600"),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    ]
}
