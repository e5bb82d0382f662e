//! A service that exports `wasi:http/incoming-handler`. Its instance may go on writing after its
//! response began, so the response's body carries the instance and runs it: no channel of our own, and
//! when the browser goes away or does not read, the instance goes too.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::uri::{Authority, PathAndQuery, Scheme, Uri};
use http::{Request, Response};
use http_body::Frame;
use http_body_util::BodyExt as _;
use tokio::sync::oneshot;
use tokio::time::Instant;
use wasmtime::Store;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme as WitScheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_http::{Error, WasiHttpView as _};

use super::Permits;
use super::failure::{BadResponse, Failure, status};
use super::headers::{clean_request, clean_response};
use super::lease::{BrokenOff, Lease};
use crate::glue::RequestState;
use crate::limits::STREAM_BODY_BYTES_MAX;
use crate::log::RequestLog;

/// The instance at work. Dropping it ends it.
type Guest = BoxFuture<'static, Result<(), Failure>>;
type Answered = Result<Response<HyperOutgoingBody>, ErrorCode>;

/// Runs the service until its response begins; the rest happens while the body is read.
pub(super) async fn answer(
    pre: ProxyPre<RequestState>,
    mut store: Store<RequestState>,
    request: Request<Body>,
    deadline: Instant,
    permits: Permits,
    log: &RequestLog,
) -> Result<Response<Body>, Failure> {
    let host_fault = |error| Failure::Trap {
        error,
        out_of_memory: false,
    };
    let scheme = match store.data().invocation.service.origin.starts_with("https:") {
        true => WitScheme::Https,
        false => WitScheme::Http,
    };
    let (sender, mut receiver) = oneshot::channel();
    let request = incoming(&store, request)?;
    let mut http = store.data_mut().http();
    let request = http.new_incoming_request(scheme, request).map_err(host_fault)?;
    let out = http.new_response_outparam(sender).map_err(host_fault)?;
    let mut guest: Guest = Box::pin(async move {
        let called = async {
            let proxy = pre.instantiate_async(&mut store).await?;
            proxy
                .wasi_http_incoming_handler()
                .call_handle(&mut store, request, out)
                .await
        };
        called.await.map_err(|error| Failure::Trap {
            error,
            out_of_memory: store.data().limiter.refused,
        })
    });
    let begun = async {
        tokio::select! {
            biased;
            done = &mut guest => done.map(|()| (receiver.try_recv().ok(), None)),
            received = &mut receiver => Ok((received.ok(), Some(()))),
        }
    };
    let (answered, running) = match tokio::time::timeout_at(deadline, begun).await {
        Ok(begun) => begun?,
        Err(_) => return Err(Failure::Time),
    };
    let guest = running.map(|()| guest);
    respond(answered, guest, deadline, permits, log)
}

/// The request as the service sees it: its own origin, whatever the browser claimed.
fn incoming(
    store: &Store<RequestState>,
    request: Request<Body>,
) -> Result<Request<impl http_body::Body<Data = Bytes, Error = Error> + Send + 'static>, Failure> {
    let (mut parts, body) = request.into_parts();
    let invocation = &store.data().invocation;
    clean_request(&mut parts.headers, invocation.locale);
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

fn respond(
    answered: Option<Answered>,
    guest: Option<Guest>,
    deadline: Instant,
    permits: Permits,
    log: &RequestLog,
) -> Result<Response<Body>, Failure> {
    let response = match answered {
        Some(Ok(response)) => response,
        Some(Err(code)) => return Err(Failure::ErrorCode(format!("{code:?}"))),
        None => return Err(Failure::NoResponse),
    };
    let (mut parts, mut body) = response.into_parts();
    parts.status = status(parts.status.as_u16()).map_err(Failure::Response)?;
    clean_response(&mut parts.headers, log).map_err(Failure::Response)?;
    if guest.is_none()
        && let Some(whole) = drain(&mut body)?
    {
        return Ok(Response::from_parts(parts, Body::from(whole)));
    }
    let stream = Stream {
        inner: body,
        guest,
        ends: deadline,
        sent: 0,
        permits: Some(permits),
        log: log.clone(),
    };
    let log = log.clone();
    let lease = Lease::new(stream, deadline, move || Failure::Time.log(&log));
    Ok(Response::from_parts(parts, Body::new(lease)))
}

/// The whole body, where the service has already ended and so nothing of it is still to come.
fn drain(body: &mut HyperOutgoingBody) -> Result<Option<Bytes>, Failure> {
    let mut whole = Bytes::new();
    loop {
        let data = match body.frame().now_or_never() {
            None => return Ok(None),
            Some(None) => return Ok(Some(whole)),
            Some(Some(Err(error))) => return Err(Failure::ErrorCode(error.to_string())),
            Some(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
        };
        whole = if whole.is_empty() {
            data
        } else {
            let mut joined = BytesMut::from(whole);
            joined.extend_from_slice(&data);
            joined.freeze()
        };
    }
}

/// A body that runs its service while it is read.
struct Stream {
    inner: HyperOutgoingBody,
    guest: Option<Guest>,
    ends: Instant,
    sent: u64,
    permits: Option<Permits>,
    log: RequestLog,
}

impl Stream {
    /// Ends the response in the middle, so that the browser does not take it for whole.
    fn break_off(&mut self, failure: &Failure) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        failure.log(&self.log);
        self.guest = None;
        self.permits = None;
        Poll::Ready(Some(Err(BrokenOff)))
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

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if self.permits.is_none() {
            return Poll::Ready(None);
        }
        if let Some(guest) = &mut self.guest
            && let Poll::Ready(ended) = guest.as_mut().poll(cx)
        {
            self.guest = None;
            if let Err(failure) = ended {
                return self.break_off(&failure);
            }
        }
        loop {
            let frame = match Pin::new(&mut self.inner).poll_frame(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => {
                    self.finish();
                    return Poll::Ready(None);
                }
                Poll::Ready(Some(Err(error))) => {
                    return self.break_off(&Failure::ErrorCode(error.to_string()));
                }
                Poll::Ready(Some(Ok(frame))) => frame,
            };
            // Trailers would be headers that nobody has checked.
            let Ok(data) = frame.into_data() else { continue };
            self.sent = self
                .sent
                .saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
            if self.sent > STREAM_BODY_BYTES_MAX {
                return self.break_off(&Failure::Response(BadResponse::StreamBody));
            }
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
    }
}
