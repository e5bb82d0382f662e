//! Accepts connections and serves HTTP/1.1 on them, in clear text to reverse proxies or over TLS to browsers.
//! Connections are admitted by [`connections`] and watched by [`activity`]; a stop lets each finish the request
//! that is under way.

mod activity;
mod connections;
mod cores;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aim_runtime::Peer;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::{BoxError, Router};
use futures::future::BoxFuture;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tracing::Instrument as _;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use self::activity::{Activity, Counted, Times, Watched};
use self::connections::{ConnectionPermit, Connections};
use crate::forwarded::{TrustedProxies, peer_of_proxy};
use crate::listeners::Listeners;
use crate::metric_names::{CONNECTIONS, REFUSED, REQUEST_SECONDS, REQUESTS};
use crate::traces;

pub use self::connections::Limits;
pub use self::cores::Cores;

/// Bytes of a request's head, and of what is buffered of an answer.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How long the loop waits after the machine refused a connection for want of files or memory.
const REFUSED_WAIT: Duration = Duration::from_millis(100);
/// The whole answer to a client that has no room for another connection.
const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n\
    content-type: text/plain; charset=utf-8\r\ncontent-length: 52\r\n\r\n\
    too many connections at the moment; try again later\n";

/// How connections and what they say about themselves are taken.
#[derive(Clone, Default)]
pub struct Transport {
    /// Whose word about clients counts.
    pub proxies: TrustedProxies,
    /// With what to speak TLS; without it, clear text.
    pub tls: Option<TlsAcceptor>,
    /// The `Strict-Transport-Security` (RFC 6797) of answers that reach browsers over HTTPS.
    pub hsts: Option<HeaderValue>,
    /// Where connections are served.
    pub cores: Cores,
}

/// Answers with `router` on the connections that `listeners` accept until `stop` is cancelled, and returns
/// when the requests under way are answered.
pub async fn serve(
    listeners: impl Into<Listeners>,
    router: Router,
    limits: Limits,
    transport: Transport,
    stop: CancellationToken,
) {
    let listeners = listeners.into();
    let mut http = Builder::new(TokioExecutor::new()).http1_only();
    http.http1()
        // `Activity` has the timers: hyper's cannot tell a silent client from an idle connection.
        .header_read_timeout(None)
        .max_buf_size(BUFFER_BYTES_MAX);
    let connections = Arc::new(Connections::new(limits));
    let transport = Arc::new(transport);
    let graceful = GracefulShutdown::new();
    while let Some((stream, address)) = stop.run_until_cancelled(accept(&listeners)).await {
        let permit = if transport.proxies.contains(address.ip()) {
            connections.admit_proxy(Peer::new(peer_of_proxy(address.ip())))
        } else {
            connections.admit(Peer::new(address.ip()))
        };
        let Some(permit) = permit else {
            // Fits into the empty send buffer; a client that does not read it learns nothing.
            let _ = stream.try_write(NO_ROOM);
            metrics::counter!(REFUSED).increment(1);
            continue;
        };
        let serving = Serving {
            http: http.clone(),
            watcher: graceful.watcher(),
            router: router.clone(),
            transport: transport.clone(),
            stop: stop.clone(),
            times: limits.times,
        };
        transport
            .cores
            .run(stream, move |stream| serving.run(stream, address, permit));
    }
    drop(listeners);
    graceful.shutdown().await;
}

/// What one connection is served with.
struct Serving {
    http: Builder<TokioExecutor>,
    watcher: Watcher,
    router: Router,
    transport: Arc<Transport>,
    stop: CancellationToken,
    times: Times,
}

impl Serving {
    /// Runs one connection to its end, or until its client takes too long.
    async fn run(self, stream: TcpStream, address: SocketAddr, permit: ConnectionPermit) {
        metrics::gauge!(CONNECTIONS).increment(1);
        let times = self.times;
        tokio::select! {
            ended = self.serve(stream, address, permit.activity().clone()) => {
                if let Err(error) = ended {
                    tracing::debug!(peer = %address, %error, "server.connection ended");
                }
            }
            reason = permit.activity().overdue(times) => {
                tracing::debug!(peer = %address, reason, "server.connection closed");
            }
        }
        metrics::gauge!(CONNECTIONS).decrement(1);
    }

    async fn serve(
        self,
        stream: TcpStream,
        address: SocketAddr,
        activity: Arc<Activity>,
    ) -> Result<(), BoxError> {
        let tls = self.transport.tls.clone();
        let service = TowerToHyperService::new(Service {
            router: self.router,
            address,
            transport: self.transport,
            activity: activity.clone(),
        });
        let stream = Watched::new(stream, activity);
        let Some(tls) = tls else {
            let connection = self.http.serve_connection(TokioIo::new(stream), service);
            return self.watcher.watch(connection.into_owned()).await;
        };
        // The times of a head count for the handshake, too.
        let Some(stream) = self.stop.run_until_cancelled(tls.accept(stream)).await else {
            return Ok(());
        };
        let connection = self.http.serve_connection(TokioIo::new(stream?), service);
        self.watcher.watch(connection.into_owned()).await
    }
}

/// The router for one connection, where each request counts as activity from its head to the end of its body
/// and of its answer.
#[derive(Clone)]
struct Service {
    router: Router,
    address: SocketAddr,
    transport: Arc<Transport>,
    activity: Arc<Activity>,
}

impl<B> tower::Service<Request<B>> for Service
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Counted<Body>>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Some(busy) = self.activity.begin() else {
            // The connection is closed before anybody reads this.
            let closed = Response::new(Counted::new(Body::empty(), None));
            return Box::pin(std::future::ready(Ok(closed)));
        };
        let (mut parts, body) = request.into_parts();
        let span = tracing::debug_span!(
            "http.request",
            otel.kind = "server",
            http.response.status_code = Empty,
        );
        let Transport {
            proxies, tls, hsts, ..
        } = &*self.transport;
        if !span.is_disabled() && proxies.contains(self.address.ip()) {
            // Fails where nobody collects traces.
            let _ = span.set_parent(traces::begun_by_proxy(&parts.headers));
        }
        let is_https = tls.is_some() || proxies.say_https(self.address, &parts.headers);
        let hsts = hsts.clone().filter(|_| is_https);
        let client = proxies.client(self.address, &mut parts.headers);
        parts.extensions.insert(ConnectInfo(client));
        let body = if body.is_end_stream() {
            Body::empty()
        } else {
            Body::new(Counted::new(body, busy.and()))
        };
        let begun = Instant::now();
        let answered = self.router.clone().oneshot(Request::from_parts(parts, body));
        let traced = span.clone();
        let answering = async move {
            let mut response = match answered.await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if let Some(hsts) = hsts {
                response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, hsts);
            }
            traced.record("http.response.status_code", response.status().as_u16());
            metrics::counter!(REQUESTS, "status" => class(response.status())).increment(1);
            metrics::histogram!(REQUEST_SECONDS).record(begun.elapsed());
            Ok(response.map(|body| Counted::new(body, Some(busy))))
        };
        Box::pin(answering.instrument(span))
    }
}

/// The first digit of a status. A service chooses the rest of it.
fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

/// The next connection.
async fn accept(listeners: &Listeners) -> (TcpStream, SocketAddr) {
    loop {
        match listeners.accept().await {
            Ok((stream, address)) => {
                // Answers are written whole; waiting for more to send only delays them.
                let _ = stream.set_nodelay(true);
                return (stream, address);
            }
            Err(error) => {
                tracing::warn!(%error, "server.accept failed");
                tokio::time::sleep(REFUSED_WAIT).await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
