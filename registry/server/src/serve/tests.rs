use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;

/// A client that is not the operator: another address of this machine.
const STRANGER: [u8; 4] = [127, 0, 0, 2];
const ANOTHER: [u8; 4] = [127, 0, 0, 3];
const OPERATOR: [u8; 4] = [127, 0, 0, 1];
/// Over at once, as far as a test is concerned.
const SHORT: Duration = Duration::from_millis(20);
/// Longer than a test.
const LONG: Duration = Duration::from_secs(3_600);

/// Nothing takes too long.
const PATIENT: Limits = Limits {
    connections: 100,
    per_peer: 100,
    reserved: 0,
    times: Times {
        first_byte: LONG,
        head: LONG,
        idle: LONG,
        stalled: LONG,
    },
};

struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(router: Router, limits: Limits) -> Self {
        Self::behind(router, limits, TrustedProxies::default()).await
    }

    async fn behind(router: Router, limits: Limits, proxies: TrustedProxies) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let transport = Transport {
            proxies,
            hsts: Some(HeaderValue::from_static("max-age=7")),
            cores: Cores::start().unwrap(),
            ..Transport::default()
        };
        let task = tokio::spawn(serve(listener, router, limits, transport, stop.clone()));
        Self { address, stop, task }
    }

    async fn connect(&self, from: [u8; 4]) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((from, 0).into()).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

async fn ask(client: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
}

/// What the client reads until it has seen `end`.
async fn read_until(client: &mut TcpStream, end: &str) -> String {
    let mut read = String::new();
    while !read.ends_with(end) {
        let mut piece = [0; 1024];
        let length = client.read(&mut piece).await.unwrap();
        assert_ne!(length, 0, "the connection ended after {read:?}");
        read.push_str(std::str::from_utf8(&piece[..length]).unwrap());
    }
    read
}

/// What the client reads until the connection ends; a reset is an end, too.
async fn read_to_end(client: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let _ = client.read_to_end(&mut read).await;
    String::from_utf8(read).unwrap()
}

/// `/` answers, `/hold` answers when it is told to.
struct Holding {
    router: Router,
    begun: Arc<Notify>,
    go: Arc<Notify>,
}

fn holding() -> Holding {
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (begun.clone(), go.clone());
    let hold = move |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move {
        tell.notify_one();
        wait.notified().await;
        format!("{peer} done")
    };
    let router = Router::new()
        .route("/", get(|| async { "well" }))
        .route("/hold", get(hold));
    Holding { router, begun, go }
}

#[tokio::test]
async fn stop_finishes_requests_under_way_and_accepts_no_others() {
    let Holding { router, begun, go } = holding();
    let server = Server::start(router, PATIENT).await;
    let mut client = server.connect(STRANGER).await;
    let peer = client.local_addr().unwrap();
    ask(&mut client, "/hold").await;
    begun.notified().await;
    server.stop.cancel();
    go.notify_one();
    let answer = read_to_end(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.ends_with(&format!("{peer} done")), "{answer}");
    let address = server.address;
    server.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn silent_connection_is_closed() {
    let mut limits = PATIENT;
    limits.times.first_byte = SHORT;
    let server = Server::start(Router::new(), limits).await;
    let mut silent = server.connect(STRANGER).await;
    // The end comes, or the test does not end.
    assert_eq!(read_to_end(&mut silent).await, "");
    server.stop().await;
}

#[tokio::test]
async fn slow_head_is_closed() {
    let mut limits = PATIENT;
    limits.times.head = SHORT;
    let server = Server::start(Router::new(), limits).await;
    let mut slow = server.connect(STRANGER).await;
    slow.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
    assert_eq!(read_to_end(&mut slow).await, "", "it was taken for a request");
    server.stop().await;
}

#[tokio::test]
async fn idle_connection_is_closed() {
    let mut limits = PATIENT;
    limits.times.idle = SHORT;
    let server = Server::start(holding().router, limits).await;
    let mut client = server.connect(STRANGER).await;
    ask(&mut client, "/").await;
    let answers = read_to_end(&mut client).await;
    assert!(answers.ends_with("well"), "{answers}");
    server.stop().await;
}

#[tokio::test]
async fn client_that_does_not_read_its_answer_is_closed() {
    let mut limits = PATIENT;
    limits.times.stalled = SHORT;
    let dropped = Arc::new(Notify::new());
    let told = dropped.clone();
    struct Tell(Arc<Notify>);
    impl Drop for Tell {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let endless = get(move || {
        let tell = Tell(told.clone());
        async move {
            let pieces = futures::stream::repeat_with(move || {
                let _held = &tell;
                Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 4096]))
            });
            Body::from_stream(pieces)
        }
    });
    let server = Server::start(Router::new().route("/", endless), limits).await;
    let mut client = server.connect(STRANGER).await;
    ask(&mut client, "/").await;
    dropped.notified().await;
    drop(client);
    server.stop().await;
}

#[tokio::test]
async fn idle_connection_gives_way_to_a_newcomer() {
    let limits = Limits {
        connections: 2,
        ..PATIENT
    };
    let server = Server::start(holding().router, limits).await;
    let mut oldest = server.connect(STRANGER).await;
    ask(&mut oldest, "/").await;
    read_until(&mut oldest, "well").await;
    let mut next = server.connect(STRANGER).await;
    ask(&mut next, "/").await;
    read_until(&mut next, "well").await;
    let mut newcomers = Vec::new();
    for _ in 0..2 {
        let mut newcomer = server.connect(ANOTHER).await;
        ask(&mut newcomer, "/").await;
        assert!(read_until(&mut newcomer, "well").await.contains("200 OK"));
        newcomers.push(newcomer);
    }
    assert_eq!(read_to_end(&mut oldest).await, "");
    assert_eq!(read_to_end(&mut next).await, "");
    server.stop().await;
}

#[tokio::test]
async fn one_address_has_a_share_of_the_connections() {
    let Holding { router, begun, go } = holding();
    let limits = Limits {
        per_peer: 1,
        ..PATIENT
    };
    let server = Server::start(router, limits).await;
    let mut busy = server.connect(STRANGER).await;
    ask(&mut busy, "/hold").await;
    begun.notified().await;
    let mut refused = server.connect(STRANGER).await;
    let answer = read_to_end(&mut refused).await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("retry-after: 1"), "{answer}");
    assert!(answer.ends_with("try again later\n"), "{answer}");
    let mut other = server.connect(ANOTHER).await;
    ask(&mut other, "/").await;
    read_until(&mut other, "well").await;
    go.notify_one();
    read_until(&mut busy, "done").await;
    server.stop().await;
}

#[tokio::test]
async fn reserve_answers_a_probe_of_this_machine_in_a_crowd() {
    let Holding { router, begun, go } = holding();
    let limits = Limits {
        connections: 2,
        reserved: 1,
        ..PATIENT
    };
    let server = Server::start(router, limits).await;
    let mut busy = server.connect(STRANGER).await;
    ask(&mut busy, "/hold").await;
    begun.notified().await;
    let mut refused = server.connect(ANOTHER).await;
    assert!(read_to_end(&mut refused).await.starts_with("HTTP/1.1 503 "));
    let mut probe = server.connect(OPERATOR).await;
    ask(&mut probe, "/").await;
    read_until(&mut probe, "well").await;
    go.notify_one();
    read_until(&mut busy, "done").await;
    server.stop().await;
}

/// What a server behind these proxies takes the sender of a request with these headers for.
async fn taken_for(server: &Server, from: [u8; 4], headers: &str) -> String {
    let mut client = server.connect(from).await;
    let request = format!("GET / HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let answer = read_until(&mut client, ">").await;
    answer.rsplit_once('<').unwrap().1.to_owned()
}

async fn who(peer: Peer, headers: axum::http::HeaderMap) -> String {
    let names: Vec<_> = headers.keys().map(|name| name.as_str()).collect();
    format!("<{} {} {}>", peer.0, peer.is_operator(), names.join(","))
}

#[tokio::test]
async fn forwarded_address_is_believed_from_a_trusted_proxy_alone() {
    let proxies = TrustedProxies::new(vec!["127.0.0.2/32".parse().unwrap()]);
    let server = Server::behind(Router::new().route("/", get(who)), PATIENT, proxies).await;
    let headers =
        "x-forwarded-for: 127.0.0.1, 192.0.2.1\r\nforwarded: for=192.0.2.9\r\nx-forwarded-host: other\r\n";
    for (from, expected) in [
        (STRANGER, "192.0.2.1 false host>"),
        (ANOTHER, "127.0.0.3 false host>"),
        (OPERATOR, "127.0.0.1 true host>"),
    ] {
        assert_eq!(taken_for(&server, from, headers).await, expected);
    }
    server.stop().await;
}

#[tokio::test]
async fn clients_of_a_trusted_proxy_on_loopback_are_not_the_operator() {
    let proxies = TrustedProxies::new(vec!["127.0.0.1/32".parse().unwrap()]);
    let server = Server::behind(Router::new().route("/", get(who)), PATIENT, proxies).await;
    for (headers, expected) in [
        ("", "0.0.0.0 false host>"),
        ("x-forwarded-for: 127.0.0.1\r\n", "0.0.0.0 false host>"),
        ("x-forwarded-for: 192.0.2.1, ::1\r\n", "0.0.0.0 false host>"),
        ("x-forwarded-for: ::1, 192.0.2.1\r\n", "192.0.2.1 false host>"),
    ] {
        assert_eq!(taken_for(&server, OPERATOR, headers).await, expected, "{headers}");
    }
    server.stop().await;
}

#[tokio::test]
async fn trusted_proxy_on_loopback_has_no_share_and_leaves_the_reserve() {
    let Holding { router, begun, go } = holding();
    let limits = Limits {
        connections: 3,
        per_peer: 1,
        reserved: 1,
        ..PATIENT
    };
    let proxies = TrustedProxies::new(vec!["127.0.0.1/32".parse().unwrap()]);
    let server = Server::behind(router, limits, proxies).await;
    let mut busy = Vec::new();
    for _ in 0..2 {
        let mut client = server.connect(OPERATOR).await;
        ask(&mut client, "/hold").await;
        begun.notified().await;
        busy.push(client);
    }
    let mut refused = server.connect(OPERATOR).await;
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    refused.write_all(request).await.unwrap();
    assert!(read_to_end(&mut refused).await.starts_with("HTTP/1.1 503 "));
    for client in &mut busy {
        go.notify_one();
        read_until(client, "done").await;
    }
    server.stop().await;
}

#[tokio::test]
async fn hsts_is_sent_where_a_trusted_proxy_says_https_alone() {
    const HTTPS: &str = "x-forwarded-proto: https\r\n";
    let proxies = TrustedProxies::new(vec!["127.0.0.2/32".parse().unwrap()]);
    let server = Server::behind(Router::new().route("/", get(who)), PATIENT, proxies).await;
    for (from, headers, expected) in [
        (STRANGER, HTTPS.to_owned(), true),
        (STRANGER, String::new(), false),
        (STRANGER, "x-forwarded-proto: http\r\n".to_owned(), false),
        (STRANGER, format!("x-forwarded-proto: http\r\n{HTTPS}"), false),
        (STRANGER, format!("{HTTPS}x-forwarded-proto: http\r\n"), false),
        (ANOTHER, HTTPS.to_owned(), false),
    ] {
        let mut client = server.connect(from).await;
        let request = format!("GET / HTTP/1.1\r\nhost: host\r\nconnection: close\r\n{headers}\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        let answer = read_to_end(&mut client).await;
        let sent = answer.contains("strict-transport-security: max-age=7\r\n");
        assert_eq!(sent, expected, "{from:?} {headers}: {answer}");
    }
    server.stop().await;
}
