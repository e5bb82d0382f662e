//! A service that exports `wasi:http/incoming-handler`. Its instance may go on writing after its
//! response began, so the response's body carries the instance and runs it: no channel of our own, and
//! when the browser goes away or does not read, the instance goes too.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::FutureExt as _;
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use http::{Request, Response};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt as _;
use tokio::sync::oneshot;
use tokio::time::Instant;
use wasmtime::Store;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme as WitScheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_http::{Error, WasiHttpView as _};

use super::failure::{BadResponse, Failure, status};
use super::headers::{Answered, Asked, clean_request, clean_response};
use super::lease::{BrokenOff, Lease};
use super::markup::{self, Filter};
use super::{Permits, Running};
use crate::background::{self, Runnable};
use crate::glue::RequestState;
use crate::limits::{ANSWER_PIECE_BYTES, STREAM_BODY_BYTES_MAX};
use crate::log::RequestLog;
use crate::reach::Reach;

/// The instance at work. Dropping it ends it.
type Guest = background::Guest<Result<(), Failure>>;
type Outcome = Result<Response<HyperOutgoingBody>, ErrorCode>;

/// What bounds one request.
pub(super) struct Limits {
    pub(super) deadline: Instant,
    pub(super) permits: Arc<Permits>,
}

/// Runs the service until the first bytes of its response are there; the rest happens while the body is read.
pub(super) async fn answer(
    pre: ProxyPre<RequestState>,
    mut running: Running,
    background: Runnable,
    request: Request<Body>,
    limits: Limits,
    reach: &Arc<Reach>,
    log: &RequestLog,
) -> Result<Response<Body>, Failure> {
    let host_fault = |error| Failure::Trap {
        error,
        out_of_memory: false,
    };
    let store = &mut running.store;
    let state = store.data();
    let (service, slices) = (state.invocation.service.clone(), state.slices.clone());
    let path = state.invocation.return_path.clone();
    let authorization = service.grant.authorization;
    let head = request.method() == http::Method::HEAD;
    let scheme = match service.origin.starts_with("https:") {
        true => WitScheme::Https,
        false => WitScheme::Http,
    };
    let (sender, mut receiver) = oneshot::channel();
    let request = incoming(store, request)?;
    let mut http = store.data_mut().http();
    let request = http.new_incoming_request(scheme, request).map_err(host_fault)?;
    let out = http.new_response_outparam(sender).map_err(host_fault)?;
    let guest = async move {
        // The whole of it: with its store alone, the permits would stay behind.
        let mut running = running;
        let store = &mut running.store;
        let called = async {
            let proxy = pre.instantiate_async(&mut *store).await?;
            proxy
                .wasi_http_incoming_handler()
                .call_handle(&mut *store, request, out)
                .await
        };
        called.await.map_err(|error| Failure::Trap {
            error,
            out_of_memory: store.data().limiter.refused,
        })
    };
    let mut guest = Guest::new(guest, slices, service, background);
    let begun = async {
        tokio::select! {
            biased;
            done = &mut guest => done.map(|()| (receiver.try_recv().ok(), None)),
            received = &mut receiver => Ok((received.ok(), Some(()))),
        }
    };
    let (answered, running) = match tokio::time::timeout_at(limits.deadline, begun).await {
        Ok(begun) => begun?,
        Err(_) => return Err(Failure::Time),
    };
    let guest = running.map(|()| guest);
    let asked = Asked {
        path: &path,
        reach,
        authorization,
        head,
        log,
    };
    respond(answered, guest, limits, asked, reach).await
}

/// The request as the service sees it: its own origin, whatever the browser claimed.
fn incoming(
    store: &Store<RequestState>,
    request: Request<Body>,
) -> Result<Request<impl http_body::Body<Data = Bytes, Error = Error> + Send + 'static>, Failure> {
    let (mut parts, body) = request.into_parts();
    let invocation = &store.data().invocation;
    clean_request(
        &mut parts.headers,
        invocation.locale,
        invocation.service.grant.authorization,
    );
    let origin = &invocation.service.origin;
    let (scheme, authority) = origin.split_once("://").unwrap_or(("http", origin));
    let path = parts
        .uri
        .path_and_query()
        .cloned()
        .unwrap_or(PathAndQuery::from_static("/"));
    parts.uri = Uri::builder()
        .scheme(Scheme::try_from(scheme).unwrap_or(Scheme::HTTP))
        .authority(Authority::try_from(authority).map_err(|_| Failure::BodyBroken)?)
        .path_and_query(path)
        .build()
        .map_err(|_| Failure::BodyBroken)?;
    let body = body.map_err(|_| Error::HttpProtocolError);
    Ok(Request::from_parts(parts, body))
}

async fn respond(
    answered: Option<Outcome>,
    guest: Option<Guest>,
    limits: Limits,
    asked: Asked<'_>,
    reach: &Arc<Reach>,
) -> Result<Response<Body>, Failure> {
    let response = match answered {
        Some(Ok(response)) => response,
        Some(Err(code)) => return Err(Failure::ErrorCode(format!("{code:?}"))),
        None => return Err(Failure::NoResponse),
    };
    let (mut parts, body) = response.into_parts();
    parts.status = status(parts.status.as_u16()).map_err(Failure::Response)?;
    let Answered { html, declared } = clean_response(&mut parts.headers, parts.status, asked)?;
    let declared = declared.filter(|_| !asked.head);
    let Limits { deadline, permits } = limits;
    let mut source = Source {
        inner: body,
        guest,
        ends: deadline,
        declared,
        sent: 0,
        permits: Some(permits),
        log: asked.log.clone(),
    };
    let begun = match tokio::time::timeout_at(deadline, source.begin()).await {
        Ok(begun) => begun?,
        Err(_) => return Err(Failure::Time),
    };
    let begun = match begun {
        Begun::Whole(whole) if html => {
            let page = markup::whole(whole, asked.reach, asked.path, asked.log);
            return Ok(Response::from_parts(parts, Body::from(page)));
        }
        Begun::Whole(whole) => return Ok(Response::from_parts(parts, Body::from(whole))),
        Begun::More(begun) => begun,
    };
    let stream = Stream {
        source,
        begun: Some(begun),
        markup: html.then(|| (Filter::new(asked.path), reach.clone())),
        broken: false,
    };
    let log = asked.log.clone();
    let lease = Lease::new(stream, deadline, move || Failure::Time.log(&log));
    Ok(Response::from_parts(parts, Body::new(lease)))
}

/// How a body begins.
enum Begun {
    Whole(Bytes),
    More(Bytes),
}

/// A service's body, which runs the service while it is read.
struct Source {
    inner: HyperOutgoingBody,
    guest: Option<Guest>,
    ends: Instant,
    declared: Option<u64>,
    sent: u64,
    permits: Option<Arc<Permits>>,
    log: RequestLog,
}

impl Source {
    /// Reads as much as the response's head waits for, so that what fails until then is a page: the first piece, and
    /// of a body whose length is declared [`ANSWER_PIECE_BYTES`] or all of it.
    async fn begin(&mut self) -> Result<Begun, Failure> {
        let enough = match self.declared {
            None => 1,
            // One more than all of it: the end itself.
            Some(declared) => usize::try_from(declared.saturating_add(1))
                .unwrap_or(usize::MAX)
                .min(ANSWER_PIECE_BYTES),
        };
        let mut begun = Bytes::new();
        loop {
            // What the service wrote before it ended lies here; nothing is waited for.
            if begun.len() >= enough && self.guest.is_some() {
                return Ok(Begun::More(begun));
            }
            let Some(piece) = std::future::poll_fn(|cx| self.poll(cx)).await.transpose()? else {
                return Ok(Begun::Whole(begun));
            };
            begun = if begun.is_empty() {
                piece
            } else {
                let mut joined = BytesMut::from(begun);
                joined.extend_from_slice(&piece);
                joined.freeze()
            };
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        if self.permits.is_none() {
            return Poll::Ready(None);
        }
        if let Some(guest) = &mut self.guest
            && let Poll::Ready(ended) = guest.poll_unpin(cx)
        {
            self.guest = None;
            if let Err(failure) = ended {
                return self.fail(failure);
            }
        }
        loop {
            let frame = match Pin::new(&mut self.inner).poll_frame(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => {
                    // A service that ended without a word about its body did not end the body.
                    if let Some(declared) = self.declared.filter(|declared| self.sent < *declared) {
                        let sent = self.sent;
                        return self.fail(Failure::Response(BadResponse::Short { declared, sent }));
                    }
                    self.finish();
                    return Poll::Ready(None);
                }
                Poll::Ready(Some(Err(error))) => {
                    let failure = self.cause(&error);
                    return self.fail(failure);
                }
                Poll::Ready(Some(Ok(frame))) => frame,
            };
            // Trailers would be headers that nobody has checked.
            let Ok(data) = frame.into_data() else { continue };
            self.sent = self
                .sent
                .saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
            if self.sent > STREAM_BODY_BYTES_MAX {
                return self.fail(Failure::Response(BadResponse::StreamBody));
            }
            if !data.is_empty() {
                return Poll::Ready(Some(Ok(data)));
            }
        }
    }

    /// What an aborted body is to the developer.
    fn cause(&self, error: &Error) -> Failure {
        let sent = self.sent;
        match (error, self.declared) {
            (Error::HttpProtocolError, Some(declared)) if sent < declared => {
                Failure::Response(BadResponse::Short { declared, sent })
            }
            (Error::HttpProtocolError, _) => Failure::Response(BadResponse::Unfinished),
            (error, _) => Failure::ErrorCode(error.to_string()),
        }
    }

    fn fail(&mut self, failure: Failure) -> Poll<Option<Result<Bytes, Failure>>> {
        self.guest = None;
        self.permits = None;
        Poll::Ready(Some(Err(failure)))
    }

    /// The body is whole; what the service still does goes on by itself, until its time is over.
    fn finish(&mut self) {
        if let Some(guest) = self.guest.take() {
            let (permits, log, ends) = (self.permits.take(), self.log.clone(), self.ends);
            tokio::spawn(async move {
                match tokio::time::timeout_at(ends, guest).await {
                    Ok(Ok(())) => {}
                    Ok(Err(failure)) => failure.log(&log),
                    Err(_) => Failure::Time.log(&log),
                }
                drop(permits);
            });
        }
        self.permits = None;
    }
}

/// The body of a response whose head has left.
struct Stream {
    source: Source,
    begun: Option<Bytes>,
    markup: Option<(Filter, Arc<Reach>)>,
    broken: bool,
}

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        loop {
            // Ends the response in the middle, so that the browser does not take it for whole.
            if std::mem::take(&mut self.broken) {
                return Poll::Ready(Some(Err(BrokenOff)));
            }
            let polled = match self.begun.take() {
                Some(begun) => Some(Ok(begun)),
                None => ready!(self.source.poll(cx)),
            };
            let piece = match polled {
                Some(Err(failure)) => {
                    failure.log(&self.source.log);
                    self.markup = None;
                    self.broken = true;
                    // First the server sends what it has, or the browser would get nothing, not even the head.
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Ok(piece)) => match &mut self.markup {
                    Some((filter, reach)) => filter.push(&piece, reach),
                    None => piece,
                },
                None => {
                    let Some((mut filter, reach)) = self.markup.take() else {
                        return Poll::Ready(None);
                    };
                    filter.finish(&reach, &self.source.log)
                }
            };
            if !piece.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
        }
    }
}
