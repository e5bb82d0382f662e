//! The component's bytes, hashed and counted while they arrive.

use std::collections::VecDeque;
use std::time::Duration;

use aim_gov::db::DbError;
use aim_gov::web::header_text;
use aim_runtime::{Pace, Paced, Peer, TooSlow};
use axum::Json;
use axum::body::{Body, BodyDataStream};
use axum::extract::{Request, State};
use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderMap, StatusCode, header};

use super::address::{Id, Segment};
use super::auth::Developer;
use super::problem::Problem;
use super::submissions::{View, own};
use crate::app::App;
use crate::component_store::{COMPONENT_BYTES_MAX, ComponentStoreError, Incoming};
use crate::domain::submission::Submission;
use crate::domain::token::ApiToken;
use crate::publish::{
    self, Busy, NotAComponent, SNIFF_BYTES, UPLOADS_PER_ORGANISATION_MAX, UPLOADS_PER_PEER_MAX, UploadPermit,
    sniff,
};

/// The slowest upload: 1 Mbit/s, after a few seconds for the connection to speed up. The largest component
/// takes four and a half minutes at that rate.
const PACE: Pace = Pace {
    grace: Duration::from_secs(5),
    bytes_per_second_min: 125_000,
    time_max: Duration::from_secs(300),
};
/// Bytes of a component, or all of a smaller one, that must have arrived before it uses memory and disk.
const START_BYTES: usize = 64 * 1024;
/// How long, and how much, of a refused upload is still read: a client that is sending when the connection
/// closes would see a broken pipe instead of the reason.
const DRAIN_WAIT: Duration = Duration::from_secs(30);
pub(super) const DRAIN_BYTES_MAX: usize = 128 << 20;

/// Send the component of an announced version
///
/// Its bytes have the size and the SHA-256 that were announced. Vetting begins when all have arrived.
#[utoipa::path(
    put,
    path = "/submissions/{id}/component",
    operation_id = "send_component",
    params(("id" = inline(Id), Path, description = "The submission's id.")),
    request_body(content = [u8], content_type = "application/wasm", description = "A WebAssembly component of at most 32 MiB, without `Content-Encoding`."),
    responses((status = 202, description = "The submission, which waits for vetting.", body = View))
)]
pub(super) async fn receive(
    State(app): State<App>,
    Developer(token): Developer,
    peer: Peer,
    Segment(id): Segment<String>,
    request: Request,
) -> Result<(StatusCode, Json<View>), Problem> {
    let submission = own(&app, &token.organisation, &id).await?;
    let (head, body) = request.into_parts();
    let mut upload = Upload::begin(body, PACE);
    let received = async {
        check_headers(&head.headers)?;
        publish::takes_component(&submission)?;
        let place = app.uploads.enter(&token.organisation, peer).map_err(no_room)?;
        take(&app, &token, &submission, &mut upload, place).await
    };
    match received.await {
        Ok(submission) => Ok((
            StatusCode::ACCEPTED,
            Json(View::load(&app, &submission, None).await?),
        )),
        Err(problem) => {
            drain(upload.pieces);
            Err(problem)
        }
    }
}

/// Receives the component and starts the vetting of the submission.
async fn take(
    app: &App,
    token: &ApiToken,
    submission: &Submission,
    upload: &mut Upload,
    mut place: UploadPermit,
) -> Result<Submission, Problem> {
    upload.read_start().await?;
    upload.paced.pause(place.take_room()).await.map_err(no_room)?;
    app.platform.db.reserve().check().map_err(DbError::from)?;
    let mut incoming = app.components.receive(&submission.digest)?;
    if let Err(problem) = stream(&mut incoming, upload, submission.size_bytes).await {
        incoming.abandon().await;
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
    Ok(publish::received(app, token, &submission.id, &submission.digest).await?)
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
        Busy::Peer => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-uploads",
            format!(
                "your network address is sending {UPLOADS_PER_PEER_MAX} components already; wait for them to end"
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

/// Reads and discards the rest of a refused upload while the refusal is being sent.
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

struct Upload {
    pieces: BodyDataStream,
    paced: Paced,
    /// Pieces that arrived before the upload was admitted.
    start: VecDeque<Bytes>,
}

impl Upload {
    fn begin(body: Body, pace: Pace) -> Self {
        Self {
            pieces: body.into_data_stream(),
            paced: Paced::begin(pace),
            start: VecDeque::new(),
        }
    }

    /// Waits for [`START_BYTES`], or all of a smaller component.
    async fn read_start(&mut self) -> Result<(), Problem> {
        let mut bytes: usize = 0;
        while bytes < START_BYTES {
            let Some(piece) = self.receive().await? else {
                break;
            };
            bytes = bytes.saturating_add(piece.len());
            self.start.push_back(piece);
        }
        Ok(())
    }

    /// The next piece; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        match self.start.pop_front() {
            Some(piece) => Ok(Some(piece)),
            None => self.receive().await,
        }
    }

    async fn receive(&mut self) -> Result<Option<Bytes>, Problem> {
        let piece = self.paced.next(self.pieces.next()).await?;
        let piece = piece.transpose().map_err(|_| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "broken-upload",
                "the connection broke; send the component again",
            )
        })?;
        self.paced.received(piece.as_ref().map_or(0, Bytes::len));
        Ok(piece)
    }
}

/// Streams the body to the store, unless it is too long, too slow, or clearly not a component.
async fn stream(incoming: &mut Incoming, upload: &mut Upload, announced: u64) -> Result<(), Problem> {
    let mut start = Vec::with_capacity(SNIFF_BYTES);
    let mut total: u64 = 0;
    while let Some(piece) = upload.next().await? {
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
        upload.paced.pause(incoming.write(&piece)).await?;
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

impl From<TooSlow> for Problem {
    fn from(_: TooSlow) -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "too-slow",
            format!(
                "the upload came more slowly than {} kB a second; send it again on a faster connection, or make \
                 the component smaller: leave out debug information and unused code",
                PACE.bytes_per_second_min / 1_000
            ),
        )
    }
}

impl From<NotAComponent> for Problem {
    fn from(found: NotAComponent) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, found.code(), found.to_string())
    }
}

impl From<ComponentStoreError> for Problem {
    fn from(error: ComponentStoreError) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "api.component_store failed"
        );
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "store-unavailable",
            "the platform cannot keep components at the moment; nothing was changed, publish again later",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn trickling_upload_is_told_what_to_do() {
        let pace = Pace {
            grace: Duration::from_millis(10),
            ..PACE
        };
        let first = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"\0asm"))]);
        let trickle = first.chain(futures::stream::pending());
        let mut upload = Upload::begin(Body::from_stream(trickle), pace);
        let Err(problem) = upload.read_start().await else {
            panic!("it was waited for");
        };
        let response = axum::response::IntoResponse::into_response(problem);
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(
            body.contains("\"too-slow\"") && body.contains("more slowly than 125 kB a second"),
            "{body}"
        );
    }
}
