//! Who takes connections away from others, met by the real binary. The clients have addresses of this machine
//! that are not the operator's.

use std::net::{Ipv4Addr, SocketAddr};

use aim_tests::instance::Instance;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

const CROWD: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const OTHER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
/// Connections that one address may have.
const SHARE: usize = 512;
const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

async fn connect(platform: &Instance, from: Ipv4Addr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    let port = platform.port;
    socket
        .connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .await
        .unwrap()
}

/// What comes until the connection ends, which is a reset where the server did not read everything.
async fn read_to_end(client: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let _ = client.read_to_end(&mut read).await;
    String::from_utf8(read).unwrap()
}

async fn health(platform: &Instance, from: Ipv4Addr) -> String {
    let mut client = connect(platform, from).await;
    let request = format!(
        "GET /healthz HTTP/1.1\r\nhost: localhost:{}\r\nconnection: close\r\n\r\n",
        platform.port
    );
    let _ = client.write_all(request.as_bytes()).await;
    read_to_end(&mut client).await
}

/// A connection with a request whose body the server waits for.
async fn keep_busy(platform: &Instance) -> TcpStream {
    let mut client = connect(platform, CROWD).await;
    let head = format!(
        "POST /id/token HTTP/1.1\r\nhost: localhost:{}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: 100\r\nexpect: 100-continue\r\n\r\n",
        platform.port
    );
    client.write_all(head.as_bytes()).await.unwrap();
    let mut told = [0; CONTINUE.len()];
    client.read_exact(&mut told).await.unwrap();
    assert_eq!(std::str::from_utf8(&told).unwrap(), CONTINUE);
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn busy_address_has_its_share_of_connections_and_no_more() {
    let platform = Instance::start().await.unwrap();
    let mut busy = Vec::new();
    for _ in 0..SHARE {
        busy.push(keep_busy(&platform).await);
    }
    let refused = health(&platform, CROWD).await;
    assert!(
        refused.starts_with("HTTP/1.1 503 ") || refused.is_empty(),
        "{refused}"
    );
    for from in [OTHER, Ipv4Addr::LOCALHOST] {
        let answer = health(&platform, from).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    drop(busy);
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_and_slow_heads_are_closed() {
    let platform = Instance::start().await.unwrap();
    let mut silent = connect(&platform, CROWD).await;
    let mut slow = connect(&platform, CROWD).await;
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost:").await.unwrap();
    // The end comes, or the test does not end.
    assert_eq!(read_to_end(&mut silent).await, "");
    assert_eq!(read_to_end(&mut slow).await, "");
}
