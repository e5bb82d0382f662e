//! The loop that takes connections: HTTP/1.1 in clear text, as browsers and reverse proxies speak it to us.
//! A connection has to say what it wants in time, there are only so many of them, and a stop lets each
//! finish the request that it is at.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower::Layer as _;

/// Connections at once. More wait to be taken.
pub const CONNECTIONS_MAX: usize = 4096;
/// How long the head of a request may take, from the connection or the answer before it: an idle
/// connection is closed after that.
pub const HEAD_TIME: Duration = Duration::from_secs(30);
/// How long we wait after the machine refused us a connection: it has no more files, or no memory.
const REFUSED_WAIT: Duration = Duration::from_millis(100);

/// Answers with `router` on every connection that `listener` takes, until it is told to stop; then returns
/// once the requests under way are answered. `head_time` is [`HEAD_TIME`].
pub async fn serve(listener: TcpListener, router: Router, head_time: Duration, stop: CancellationToken) {
    let mut connections = Builder::new(TokioExecutor::new()).http1_only();
    connections
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head_time);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    while let Some(Some((stream, peer, place))) = stop.run_until_cancelled(next(&listener, &places)).await {
        let service = Extension(ConnectInfo(peer)).layer(router.clone());
        let connection = connections
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
            .into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, error, "server.connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The next connection, once there is room for it; `None` when there will be none.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are written whole; waiting for more to send only delays them.
                let _ = stream.set_nodelay(true);
                return Some((stream, peer, place));
            }
            Err(error) => {
                tracing::warn!(%error, "server.accept failed");
                tokio::time::sleep(REFUSED_WAIT).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::Notify;

    use super::*;

    async fn start(
        router: Router,
        head_time: Duration,
    ) -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let server = tokio::spawn(serve(listener, router, head_time, stop.clone()));
        (address, stop, server)
    }

    #[tokio::test]
    async fn a_stop_finishes_what_is_under_way_and_takes_nothing_new() {
        let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let router = {
            let (begun, go) = (begun.clone(), go.clone());
            Router::new().route(
                "/",
                get(move |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move {
                    begun.notify_one();
                    go.notified().await;
                    peer.to_string()
                }),
            )
        };
        let (address, stop, server) = start(router, HEAD_TIME).await;
        let mut client = TcpStream::connect(address).await.unwrap();
        let peer = client.local_addr().unwrap();
        client
            .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await
            .unwrap();
        begun.notified().await;
        stop.cancel();
        go.notify_one();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.ends_with(&peer.to_string()), "{answer}");
        server.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
    }

    #[tokio::test]
    async fn who_says_nothing_is_hung_up_on() {
        let (address, stop, server) = start(Router::new(), Duration::from_millis(20)).await;
        let mut silent = TcpStream::connect(address).await.unwrap();
        silent.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
        // The end comes, or the test does not end.
        let mut rest = Vec::new();
        let _ = silent.read_to_end(&mut rest).await;
        assert!(!rest.starts_with(b"HTTP/1.1 404"), "it was taken for a request");
        stop.cancel();
        server.await.unwrap();
    }
}
