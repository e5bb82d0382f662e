//! The client of a security server: what it sends, what it never does, and whom it takes for one.

use std::sync::Mutex;

use aim_gov::exchange::client::ProbeError;
use aim_gov::exchange::message::{STATUS, path};
use aim_gov::random::Random;
use aim_gov::remote::Fault;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha512};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::*;

/// What a server was asked.
type Asked = Arc<Mutex<Vec<(Uri, HeaderMap, Bytes)>>>;

/// A server that writes down what it is asked, and leads elsewhere.
async fn leading_elsewhere() -> (Client, Asked) {
    async fn serve(State(asked): State<Asked>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
        asked.lock().unwrap().push((uri, headers, body));
        (StatusCode::TEMPORARY_REDIRECT, [("Location", "/elsewhere")]).into_response()
    }
    let asked = Asked::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = Router::new().fallback(serve).with_state(asked.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (client(&url), asked)
}

fn client(url: &str) -> Client {
    Client::new(url.parse().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn redirect_is_never_followed_and_no_address_has_a_number() {
    let (_folder, mut rig) = on_sqlite().await;
    let (client, asked) = leading_elsewhere().await;
    rig.apis = rig.apis.with_exchange(Arc::new(client), AGENCY_WITHIN);
    let invocation = agreed(&rig, ORDINARY).await;
    let vehicles = about("vehicles.of-person", &[]);
    let refused = read(&rig, &invocation, &vehicles, &["make"]).await;
    assert_eq!(refused.unwrap_err().code(), "agency-failed");
    let body = submissions::application("SM-K-03", "Nərgiz");
    let unknown = submissions::submit(&rig, &invocation, "key", &body).await;
    assert_eq!(unknown.unwrap_err().code(), "agency-silent");
    let asked = asked.lock().unwrap();
    let paths: Vec<_> = asked.iter().map(|(uri, _, _)| uri.to_string()).collect();
    assert_eq!(
        paths,
        [
            "/r1/AZ/GOV/SIM-VEHICLES/registry/of-person",
            "/r1/AZ/GOV/SIM-EDUCATION/registry/place-application",
        ]
    );
    let (_, headers, body) = &asked[1];
    assert_eq!(headers["x-road-userid"], format!("AZ{ORDINARY}"));
    assert_eq!(headers["x-road-represented-party"], "COM/1234567890");
    let body: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(
        (&body["fin"], &body["content_type"]),
        (&json!(ORDINARY), &json!("application/json"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn security_server_is_known_by_its_list_of_services() {
    let (_folder, rig) = on_sqlite().await;
    let server = SecurityServer::start(simulated(&rig)).await.unwrap();
    let asked = async |url: &str| client(url).probe(&Random::seeded(1)).await;
    asked(&server.url).await.unwrap();
    let (stranger, _) = leading_elsewhere().await;
    let stranger = stranger.probe(&Random::seeded(1)).await;
    assert!(
        matches!(stranger, Err(ProbeError::Silent(Fault::Unfit(_)))),
        "{stranger:?}"
    );
    let nobody = asked("http://127.0.0.1:1").await;
    assert!(
        matches!(nobody, Err(ProbeError::Silent(Fault::Failed(_)))),
        "{nobody:?}"
    );
    let withdrawn = SecurityServer::without(simulated(&rig), &["vehicles.owns", "income.below"]);
    let withdrawn = withdrawn.await.unwrap();
    match asked(&withdrawn.url).await {
        Err(ProbeError::NotAllowed(codes)) => assert_eq!(codes, ["vehicles.owns", "income.below"]),
        other => panic!("{other:?}"),
    }

    let http = aim_tests::http::plain().unwrap();
    let ask = async |client: &str, address: &str| {
        let url = format!("{}/r1/{address}", server.url);
        let asked = http
            .get(url)
            .header("X-Road-Client", client)
            .send()
            .await
            .unwrap();
        let error = asked.headers().get("X-Road-Error").cloned();
        let error = error.map(|error| error.to_str().unwrap().to_owned());
        (error, asked.json::<Value>().await.unwrap())
    };
    let known = path(&["AZ", "GOV", "SIM-AIM", "sandbox"]);
    let (error, list) = ask(&known, "AZ/GOV/SIM-EDUCATION/registry/allowedMethods").await;
    assert_eq!(error, None);
    let services = list["service"].as_array().unwrap();
    let place = services
        .iter()
        .find(|service| service["service_code"] == "place-application");
    let endpoints = &place.unwrap()["endpoint_list"];
    assert_eq!(
        endpoints[1],
        json!({ "method": "POST", "path": format!("/{STATUS}") })
    );
    let mine = Operation::all()
        .iter()
        .filter(|one| one.code.starts_with("education."))
        .count();
    assert_eq!(services.len(), mine);
    for (client, address, error) in [
        (
            "AZ/COM/1/other",
            "AZ/GOV/SIM-EDUCATION/registry/listMethods",
            "Server.ClientProxy.UnknownMember",
        ),
        (known.as_str(), "AZ/GOV", "Client.BadRequest"),
        (
            known.as_str(),
            "AZ/GOV/SIM-EDUCATION/registry/getWsdl",
            "Server.ServerProxy.UnknownService",
        ),
    ] {
        assert_eq!(ask(client, address).await.0.as_deref(), Some(error), "{address}");
    }
}

/// A proxy that adds a header, in front of a security server.
async fn proxy(server: String) -> Client {
    async fn pass_on(
        State((http, server)): State<(reqwest::Client, String)>,
        method: Method,
        uri: Uri,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> Response {
        headers.remove("host");
        headers.insert("X-Forwarded-For", HeaderValue::from_static("192.0.2.1"));
        let sent = http.request(method, format!("{server}{uri}")).headers(headers);
        let answered = sent.body(body).send().await.unwrap();
        let (status, mut headers) = (answered.status(), answered.headers().clone());
        headers.remove("transfer-encoding");
        (status, headers, answered.bytes().await.unwrap()).into_response()
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let http = aim_tests::http::plain().unwrap();
    let router = Router::new().fallback(pass_on).with_state((http, server));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    client(&url)
}

#[tokio::test(flavor = "multi_thread")]
async fn message_that_is_changed_on_its_way_is_noticed() {
    let (_folder, mut rig) = on_sqlite().await;
    let server = SecurityServer::start(simulated(&rig)).await.unwrap();
    let proxy = proxy(server.url.clone()).await;
    let asked = proxy.probe(&Random::seeded(1)).await;
    assert!(matches!(asked, Err(ProbeError::Changed)), "{asked:?}");
    rig.apis = rig.apis.with_exchange(Arc::new(proxy), AGENCY_WITHIN);
    let invocation = agreed(&rig, ORDINARY).await;
    let refused = exists(&rig, &invocation, &about("property.owns-home", &[])).await;
    assert_eq!(refused.unwrap_err().code(), "agency-failed");
}

/// The headers that are not hashed (`RestMessage.SKIPPED_HEADERS`, X-Road 7.8).
const SKIPPED: [&str; 13] = [
    "transfer-encoding",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "upgrade",
    "connection",
    "user-agent",
    "host",
    "content-length",
    "server",
    "expect",
];

/// Answers one request as a security server does that hashes its bytes as they came, with this line in the head.
async fn answer_bytes(listener: TcpListener, line: &[u8]) -> std::io::Result<()> {
    let (stream, _) = listener.accept().await?;
    let mut stream = BufReader::new(stream);
    let (mut head, mut id, mut length) = (String::new(), String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(": ").filter(|_| !head.is_empty()) else {
            let mut start = line.split(' ');
            head = format!("{}\r\n{}\r\n", start.next().unwrap(), start.next().unwrap());
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "x-road-id" => value.clone_into(&mut id),
            _ => (),
        }
        if !SKIPPED.contains(&name.to_ascii_lowercase().as_str()) {
            head.push_str(&format!("{name}:{value}\r\n"));
        }
    }
    head.push_str("X-Road-Request-Id:7\r\n");
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let mut both = Sha512::new();
    both.update(Sha512::digest(&head));
    both.update(Sha512::digest(&body));
    let hash = STANDARD.encode(both.finalize());
    stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
    stream.write_all(line).await?;
    let answer = format!(
        "Content-Type: application/json\r\nContent-Length: 15\r\nX-Road-Id: {id}\r\n\
         X-Road-Request-Id: 7\r\nX-Road-Request-Hash: {hash}\r\n\r\n{{\"exists\":true}}"
    );
    stream.write_all(answer.as_bytes()).await
}

/// What a service is told where a security server answers with this line in the head.
async fn told_with(line: &'static [u8]) -> Result<bool, GovError> {
    let (_folder, mut rig) = on_sqlite().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(&format!("http://{}", listener.local_addr().unwrap()));
    let server = tokio::spawn(answer_bytes(listener, line));
    rig.apis = rig.apis.with_exchange(Arc::new(client), AGENCY_WITHIN);
    let invocation = agreed(&rig, ORDINARY).await;
    let told = exists(&rig, &invocation, &about("property.owns-home", &[])).await;
    server.await.unwrap().unwrap();
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn request_hash_is_that_of_the_bytes_that_arrive() {
    assert_eq!(told_with(b"").await, Ok(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn error_of_the_exchange_that_is_not_ascii_is_not_overlooked() {
    let told = told_with(b"X-Road-Error: \xc9\r\n").await;
    assert_eq!(told.unwrap_err().code(), "agency-failed");
}
