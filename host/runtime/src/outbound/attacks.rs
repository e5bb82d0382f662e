//! Attempts to reach another system than the approved one.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures::future::BoxFuture;
use http_body_util::Full;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::tests::{call, hooks, meter};
use super::*;
use crate::testing;

/// The address that the operator permits.
const PERMITTED: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// An internal address, which is not permitted.
const INSIDE: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// Calls while the name changes its address.
const CALLS: usize = 1_000;

/// A resolver that returns another address each time.
struct Alternating(Arc<AtomicUsize>);

impl Names for Alternating {
    fn look_up(&self, _: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        let turn = self.0.fetch_add(1, Ordering::SeqCst);
        let address = if turn.is_multiple_of(2) { PERMITTED } else { INSIDE };
        async move { Ok(vec![SocketAddr::from((address, 0))]) }.boxed()
    }
}

/// A resolver that knows one address.
struct Fixed;

impl Names for Fixed {
    fn look_up(&self, _: String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> {
        async { Ok(vec![SocketAddr::from((PERMITTED, 0))]) }.boxed()
    }
}

/// Two listeners on one port: the permitted one, and one inside.
async fn listeners() -> (TcpListener, TcpListener, u16) {
    loop {
        let permitted = TcpListener::bind((PERMITTED, 0)).await.unwrap();
        let port = permitted.local_addr().unwrap().port();
        // Another process may use the port there.
        if let Ok(inside) = TcpListener::bind((INSIDE, port)).await {
            return (permitted, inside, port);
        }
    }
}

/// Reads one request and answers it, with these header lines; returns the request.
async fn answer(mut stream: TcpStream, status_and_headers: &str) -> Vec<u8> {
    let mut request = Vec::new();
    let end = |request: &[u8]| request.windows(4).position(|four| four == b"\r\n\r\n");
    while end(&request).is_none() {
        assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
    }
    let answer = format!("HTTP/1.1 {status_and_headers}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    // Further bytes on this connection belong to the client's request.
    let _ = stream.read_to_end(&mut request).await;
    request
}

/// Asserts that nobody has connected to it.
async fn assert_untouched(listener: &TcpListener) {
    let connected = futures::poll!(std::pin::pin!(listener.accept()));
    assert!(connected.is_pending(), "an address inside was dialled");
}

/// Case 43 of the attack list: the name resolves to a permitted address when it is checked and to an internal
/// one when it is dialled.
#[tokio::test]
async fn name_that_changes_its_address_never_leads_inside() {
    let (permitted, inside, port) = listeners().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = permitted.accept().await {
            tokio::spawn(async move { answer(stream, "204 No Content").await });
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let platform = testing::platform(folder.path()).await;
    let host = format!("api.example.az:{port}");
    let lookups = Arc::new(AtomicUsize::new(0));
    let outbound = Outbound::with([PERMITTED.into()].into(), Alternating(lookups.clone())).unwrap();
    let (mut hooks, _) = hooks(&platform, outbound, &host);
    let (mut answered, mut refused) = (0, 0);
    for _ in 0..CALLS {
        // Each call in a request of its own, because the calls of a request are limited.
        hooks.meter = meter(&platform, 1, None);
        match call(&mut hooks, &format!("http://{host}/")).await {
            Ok((answer, _)) => {
                assert_eq!(answer.status(), 204);
                answered += 1;
            }
            Err(Error::DestinationIpProhibited) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_untouched(&inside).await;
    assert_eq!((answered, refused), (CALLS / 2, CALLS / 2));
    assert_eq!(
        lookups.load(Ordering::SeqCst),
        CALLS,
        "a name is looked up once for a call"
    );
}

/// Case 44: an approved system redirects to an internal address.
#[tokio::test]
async fn redirect_is_given_to_the_plug_in_and_not_followed() {
    let (permitted, inside, port) = listeners().await;
    let folder = tempfile::tempdir().unwrap();
    let platform = testing::platform(folder.path()).await;
    let host = format!("api.example.az:{port}");
    let outbound = Outbound::with([PERMITTED.into()].into(), Fixed).unwrap();
    let (mut hooks, _) = hooks(&platform, outbound, &host);
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Temporary",
        "308 Permanent",
    ] {
        let location = format!("http://{INSIDE}:{port}/");
        let serve = async {
            let (stream, _) = permitted.accept().await.unwrap();
            answer(stream, &format!("{status}\r\nlocation: {location}")).await
        };
        let url = format!("http://{host}/");
        let (seen, _) = tokio::join!(call(&mut hooks, &url), serve);
        let (response, _) = seen.ok().unwrap();
        assert!(status.starts_with(response.status().as_str()));
        assert_eq!(response.headers()["location"], *location);
    }
    assert_untouched(&inside).await;
}

/// Case 45: a plug-in writes headers and targets that split one request in two, or name another host (Spin's
/// CVE-2024-32980 was such a `Host`).
#[tokio::test]
async fn sink_sees_one_well_formed_request_whatever_the_plug_in_writes() {
    let (permitted, _inside, port) = listeners().await;
    let folder = tempfile::tempdir().unwrap();
    let platform = testing::platform(folder.path()).await;
    let host = format!("api.example.az:{port}");
    let outbound = Outbound::with([PERMITTED.into()].into(), Fixed).unwrap();
    let (mut hooks, _) = hooks(&platform, outbound, &host);
    let hostile_headers = [
        ("host", "evil.example"),
        ("content-length", "3"),
        ("content-length", "9999"),
        ("transfer-encoding", "chunked"),
        ("transfer-encoding", "identity, chunked"),
        ("te", "trailers"),
        ("trailer", "host"),
        ("connection", "upgrade, keep-alive"),
        ("upgrade", "h2c"),
        ("expect", "100-continue"),
        ("proxy-authorization", "Basic eDp5"),
        ("x-plain", "stays"),
    ];
    let targets = [
        "/",
        "//evil.example/",
        "/http://evil.example/",
        "/a?b=/../..//evil",
        "/%0d%0aHost:%20evil.example",
        "/;@evil.example/",
    ];
    let smuggled = "abcGET /admin HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    for target in targets {
        for (name, value) in hostile_headers {
            let body = Full::new(Bytes::from(smuggled))
                .map_err(|never| match never {})
                .boxed_unsync();
            let request = http::Request::post(format!("http://{host}{target}"))
                .header(name, value)
                .body(body)
                .unwrap();
            let sent = Box::into_pin(hooks.send_request(request, None, Box::new(async { Ok(()) })));
            let serve = async {
                let (stream, _) = permitted.accept().await.unwrap();
                answer(stream, "204 No Content").await
            };
            let (sent, seen) = tokio::join!(sent, serve);
            assert_eq!(sent.ok().unwrap().0.status(), 204);
            let seen = String::from_utf8(seen).unwrap();
            let (head, rest) = seen.split_once("\r\n\r\n").unwrap();
            let mut lines: Vec<_> = head.split("\r\n").map(str::to_ascii_lowercase).collect();
            let line = lines.remove(0);
            assert!(
                line.starts_with("post /") && line.ends_with(" http/1.1"),
                "{line}"
            );
            lines.retain(|line| line != "accept: */*");
            let mut expected = vec![
                format!("host: {host}"),
                format!("content-length: {}", smuggled.len()),
            ];
            if name == "x-plain" {
                expected.push("x-plain: stays".to_owned());
            }
            lines.sort_unstable();
            expected.sort_unstable();
            assert_eq!(lines, expected, "{name}: {value} at {target}");
            assert_eq!(rest, smuggled);
        }
    }
}

/// Case 46: more than a request may have. Nothing of it is sent.
#[tokio::test]
async fn flood_of_headers_or_bytes_is_refused() {
    let (permitted, _inside, port) = listeners().await;
    let folder = tempfile::tempdir().unwrap();
    let platform = testing::platform(folder.path()).await;
    let host = format!("api.example.az:{port}");
    let outbound = Outbound::with([PERMITTED.into()].into(), Fixed).unwrap();
    let (mut hooks, _) = hooks(&platform, outbound, &host);
    for (headers, value_bytes, body_bytes) in [
        (HEADERS_MAX + 1, 1, 0),
        (1, HEADER_BYTES_MAX, 0),
        (0, 0, REQUEST_BODY_BYTES_MAX + 1),
    ] {
        let body = Full::new(Bytes::from(vec![b'x'; body_bytes]))
            .map_err(|never| match never {})
            .boxed_unsync();
        let mut request = http::Request::post(format!("http://{host}/"));
        for number in 0..headers {
            request = request.header(format!("x-{number}"), "x".repeat(value_bytes));
        }
        let sent = hooks.send_request(request.body(body).unwrap(), None, Box::new(async { Ok(()) }));
        let refused = Box::into_pin(sent).await.err();
        let expected = match body_bytes {
            0 => matches!(refused, Some(Error::HttpRequestHeaderSectionSize(Some(_)))),
            _ => matches!(refused, Some(Error::HttpRequestBodySize(_))),
        };
        assert!(expected, "{headers} headers: {refused:?}");
    }
    assert_untouched(&permitted).await;
}

#[tokio::test]
async fn answer_that_is_too_long_is_an_error() {
    let (permitted, _inside, port) = listeners().await;
    let folder = tempfile::tempdir().unwrap();
    let platform = testing::platform(folder.path()).await;
    let host = format!("api.example.az:{port}");
    let outbound = Outbound::with([PERMITTED.into()].into(), Fixed).unwrap();
    let (mut hooks, _) = hooks(&platform, outbound, &host);
    let url = format!("http://{host}/");
    for (bytes, fits) in [
        (OUTBOUND_ANSWER_BYTES_MAX, true),
        (OUTBOUND_ANSWER_BYTES_MAX + 1, false),
    ] {
        let serve = async {
            let (mut stream, _) = permitted.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
            }
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            // The client closes the connection on an answer that is too long.
            let _ = stream.write_all(&vec![b'x'; bytes]).await;
        };
        let read = async {
            let (response, _) = call(&mut hooks, &url).await.ok().unwrap();
            response
                .into_body()
                .collect()
                .await
                .map(|whole| whole.to_bytes().len())
        };
        let (read, ()) = tokio::join!(read, serve);
        match read {
            Ok(length) => assert_eq!((length, fits), (bytes, true)),
            Err(error) => assert!(
                matches!(error, Error::HttpResponseBodySize(_)) && !fits,
                "{bytes}: {error:?}"
            ),
        }
    }
}
