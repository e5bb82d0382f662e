//! The component's bytes, hashed and counted while they stream.

use std::time::Duration;

use aim_gov::web::header_text;
use axum::Json;
use axum::body::BodyDataStream;
use axum::extract::{Path, Request, State};
use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderMap, StatusCode, header};

use super::auth::Developer;
use super::problem::Problem;
use super::submissions::{View, own};
use crate::app::App;
use crate::objects::{COMPONENT_BYTES_MAX, Incoming, ObjectError};
use crate::publish::{self, Busy, NotAComponent, SNIFF_BYTES, UPLOADS_PER_ORGANISATION_MAX, sniff};

/// How long the next piece of an upload may take.
const PIECE_WAIT: Duration = Duration::from_secs(15);
/// How long a whole upload may take: this, and what [`UPLOAD_BYTES_PER_SECOND_MIN`] adds.
const UPLOAD_WAIT: Duration = Duration::from_secs(20);
/// The slowest connection that an upload may have: 1 Mbit/s.
const UPLOAD_BYTES_PER_SECOND_MIN: u64 = 125_000;
/// Bytes that stay free on the disk of the components, where the database may be too: 1 GiB.
const DISK_RESERVE_BYTES: u64 = 1 << 30;
/// How long, and how much, we go on reading what we have refused: a client that is still sending when
/// the connection closes sees a broken pipe instead of the reason.
const DRAIN_WAIT: Duration = Duration::from_secs(30);
pub(super) const DRAIN_BYTES_MAX: usize = 128 << 20;

pub(super) async fn receive(
    State(app): State<App>,
    Developer(token): Developer,
    Path(id): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<View>), Problem> {
    let submission = own(&app, &token.organisation, &id).await?;
    let (head, body) = request.into_parts();
    let mut pieces = body.into_data_stream();
    if let Err(problem) = check_headers(&head.headers) {
        drain(pieces);
        return Err(problem);
    }
    publish::takes_component(&submission)?;
    let _place = app.uploads.enter(&token.organisation).await.map_err(no_room)?;
    if app.objects.free_bytes()? < DISK_RESERVE_BYTES {
        return Err(Problem::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "storage-full",
            "the platform has no room for components at the moment; try again later",
        ));
    }
    let mut incoming = app.objects.receive(&submission.digest).await?;
    let time = Duration::from_secs(submission.size_bytes / UPLOAD_BYTES_PER_SECOND_MIN);
    let received = tokio::time::timeout(
        UPLOAD_WAIT.saturating_add(time),
        stream(&mut incoming, &mut pieces, submission.size_bytes),
    )
    .await
    .unwrap_or_else(|_| Err(too_slow()));
    if let Err(problem) = received {
        drain(pieces);
        incoming.abandon().await?;
        return Err(problem);
    }
    let _settling = app.uploads.settling.read().await;
    if let Err(found) = incoming.finish().await? {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "wrong-hash",
            format!(
                "the bytes have the hash {found}, but {} was announced; announce the version again with this file",
                submission.digest
            ),
        ));
    }
    let submission = publish::received(&app, &token, &submission.id, &submission.digest).await?;
    Ok((StatusCode::ACCEPTED, Json(View::of(&app, &submission, None))))
}

fn no_room(busy: Busy) -> Problem {
    match busy {
        Busy::Organisation => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-uploads",
            format!(
                "your organisation is sending {UPLOADS_PER_ORGANISATION_MAX} components already; wait for them to end"
            ),
        ),
        Busy::Everybody => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "too many components are arriving at the moment; try again later",
        ),
    }
}

fn check_headers(headers: &HeaderMap) -> Result<(), Problem> {
    let encoding = headers
        .get(header::CONTENT_ENCODING)
        .map(|value| value.as_bytes());
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content-encoding",
            "send the component as it is, without `Content-Encoding`",
        ));
    }
    let length = header_text(headers, header::CONTENT_LENGTH).and_then(|value| value.parse::<u64>().ok());
    match length {
        Some(length) if length > COMPONENT_BYTES_MAX => Err(too_large()),
        _ => Ok(()),
    }
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "component-too-large",
        format!(
            "a component has at most {COMPONENT_BYTES_MAX} bytes; leave out debug information and unused code"
        ),
    )
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "too-slow",
        "the upload took too long; try again on a better connection",
    )
}

/// Reads and forgets the rest of a refused upload while the refusal is on its way.
fn drain(mut pieces: BodyDataStream) {
    tokio::spawn(tokio::time::timeout(DRAIN_WAIT, async move {
        let mut total: usize = 0;
        while let Some(Ok(piece)) = pieces.next().await {
            total = total.saturating_add(piece.len());
            if total > DRAIN_BYTES_MAX {
                break;
            }
        }
    }));
}

/// Passes the body on to the store, unless it is too long, too slow, or obviously no component.
async fn stream(incoming: &mut Incoming, pieces: &mut BodyDataStream, announced: u64) -> Result<(), Problem> {
    let mut start = Vec::with_capacity(SNIFF_BYTES);
    let mut total: u64 = 0;
    loop {
        let piece = tokio::time::timeout(PIECE_WAIT, pieces.next())
            .await
            .map_err(|_| too_slow())?;
        let Some(piece) = piece else {
            break;
        };
        let piece: Bytes = piece.map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "broken-upload",
                "the connection broke; send the component again",
            )
        })?;
        total = total.saturating_add(piece.len() as u64);
        if total > COMPONENT_BYTES_MAX {
            return Err(too_large());
        }
        if start.len() < SNIFF_BYTES {
            start.extend(piece.iter().take(SNIFF_BYTES - start.len()));
            if start.len() == SNIFF_BYTES {
                sniff(&start)?;
            }
        }
        incoming.write(&piece).await?;
    }
    sniff(&start)?;
    if total == announced {
        Ok(())
    } else {
        Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "wrong-size",
            format!(
                "{total} bytes arrived, but {announced} were announced; announce the version again with this file"
            ),
        ))
    }
}

impl From<NotAComponent> for Problem {
    fn from(found: NotAComponent) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, found.code(), found.to_string())
    }
}

impl From<ObjectError> for Problem {
    fn from(error: ObjectError) -> Self {
        Self::internal(&error)
    }
}
