//! A system that closes the connection, answers garbage, breaks its answer off, sends too much or answers
//! twice: the error for the plug-in, the log line for the developer, and that the next call is not affected.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::tests::{call, hooks};
use super::*;
use crate::log::{Asked, Logs};
use crate::testing;

const GOOD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood";

/// What the system sends on a connection, once it has read a request.
#[derive(Clone)]
enum Says {
    /// These bytes, and then nothing more.
    Ends(Vec<u8>),
    /// These bytes for each request, and the connection stays open.
    Stays(Vec<u8>),
}

/// Reads one request; `false` if the client closed the connection.
async fn request(stream: &mut TcpStream) -> bool {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut read).await.unwrap_or(0) == 0 {
            return false;
        }
    }
    true
}

async fn serve(mut stream: TcpStream, says: Says) {
    while request(&mut stream).await {
        match &says {
            Says::Ends(bytes) => {
                // The client may have closed the connection.
                let _ = stream.write_all(bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Says::Stays(bytes) => {
                let _ = stream.write_all(bytes).await;
            }
        }
    }
}

/// The result of a call for the plug-in: the whole body.
async fn body(hooks: &mut Hooks, url: &str) -> Result<Vec<u8>, Error> {
    let (response, _) = call(hooks, url).await?;
    let body = response.into_body().collect().await?;
    Ok(body.to_bytes().to_vec())
}

fn bytes(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

#[tokio::test]
async fn plug_in_and_developer_learn_how_an_answer_failed() {
    let too_much = OUTBOUND_ANSWER_BYTES_MAX + 1;
    let mut flood = bytes(&format!("HTTP/1.1 200 OK\r\ncontent-length: {too_much}\r\n\r\n"));
    flood.resize(flood.len() + too_much, b'x');
    let headers = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(1 << 20));
    let cases: [(Says, Error); 9] = [
        (Says::Ends(Vec::new()), Error::HttpProtocolError),
        (
            Says::Ends(bytes("\u{0}\u{1}garbage\r\n\r\n")),
            Error::HttpProtocolError,
        ),
        (
            Says::Ends(bytes("HTTP/1.1 999999 OK\r\n\r\n")),
            Error::HttpProtocolError,
        ),
        (
            Says::Ends(bytes("HTTP/1.1 200 OK\r\ncontent-")),
            Error::HttpProtocolError,
        ),
        (
            Says::Ends(bytes(
                "HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\ngood",
            )),
            Error::HttpProtocolError,
        ),
        (Says::Ends(bytes(&headers)), Error::HttpProtocolError),
        (
            Says::Ends(bytes("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\ngood")),
            Error::HttpResponseIncomplete,
        ),
        (
            Says::Ends(bytes(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ngood\r\nzz\r\n",
            )),
            Error::HttpResponseIncomplete,
        ),
        (
            Says::Ends(flood),
            Error::HttpResponseBodySize(u64::try_from(OUTBOUND_ANSWER_BYTES_MAX).ok()),
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let platform = testing::platform(folder.path()).await;
    let open = ["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()].into();
    let outbound = Outbound::new(open).unwrap();
    for (number, (says, expected)) in cases.into_iter().enumerate() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            serve(stream, says).await;
            // The system is in order again.
            let (stream, _) = listener.accept().await.unwrap();
            serve(stream, Says::Ends(bytes(GOOD))).await;
        });
        let host = format!("localhost:{port}");
        let (mut hooks, _) = hooks(&platform, outbound.clone(), &host);
        let logs = Arc::new(Logs::default());
        hooks.log = RequestLog::new(logs.clone(), platform.clock.clone(), Asked::default());
        let url = format!("http://{host}/citizens?fin=1");
        let failed = body(&mut hooks, &url).await.unwrap_err();
        assert_eq!(failed.to_string(), expected.to_string(), "case {number}");
        let lines = logs.lines();
        assert_eq!(lines.len(), 1, "case {number}");
        assert_eq!(lines[0].context, "outbound-failed");
        assert_eq!(
            lines[0].message,
            format!("GET localhost: {expected}"),
            "case {number}"
        );
        assert_eq!(body(&mut hooks, &url).await.unwrap(), b"good", "case {number}");
        server.await.unwrap();
    }
}

/// A second answer without a request does not belong to a later call.
#[tokio::test]
async fn answer_that_comes_twice_is_taken_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let twice = format!("{GOOD}HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad");
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Says::Stays(bytes(&twice))));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let platform = testing::platform(folder.path()).await;
    let host = format!("localhost:{port}");
    let open = ["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()].into();
    let (mut hooks, _) = hooks(&platform, Outbound::new(open).unwrap(), &host);
    for _ in 0..20 {
        assert_eq!(
            body(&mut hooks, &format!("http://{host}/")).await.unwrap(),
            b"good"
        );
    }
    server.abort();
}
