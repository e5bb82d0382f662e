//! A security server of X-Road in front of an exchange, for tests of the client that speaks to one: the message protocol
//! for REST (`/r1/…`), its errors, and the lists of its metadata protocol.

mod metadata;

use std::sync::Arc;

use aim_gov::exchange::message::{self, PROTOCOL, Request, Response, STATUS};
use aim_gov::exchange::{Backend, Operation, ServiceAddress};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::IntoResponse as _;
use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Headers of a request that a security server passes on and hashes; the last is one that proxies add.
const PASSED: [&str; 10] = [
    message::CLIENT,
    message::ID,
    message::USER_ID,
    message::REPRESENTED_PARTY,
    message::ISSUE,
    message::PURPOSE,
    message::CONSENT,
    "Accept",
    "Content-Type",
    "X-Forwarded-For",
];

/// A server that ends when it is dropped.
#[derive(Debug)]
pub struct SecurityServer {
    /// Its address.
    pub url: String,
    task: JoinHandle<()>,
}

impl Drop for SecurityServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What stands behind the server.
#[derive(Clone, Debug)]
struct Behind {
    exchange: Arc<dyn Backend>,
    /// Operations that the platform may not call.
    withdrawn: &'static [&'static str],
}

impl SecurityServer {
    /// Serves this exchange on a port of this machine.
    pub async fn start(exchange: Arc<dyn Backend>) -> std::io::Result<Self> {
        Self::without(exchange, &[]).await
    }

    /// The same, where agencies withdrew the platform's right to these operations.
    pub async fn without(
        exchange: Arc<dyn Backend>,
        withdrawn: &'static [&'static str],
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let behind = Behind { exchange, withdrawn };
        let router = Router::new().fallback(serve).with_state(behind);
        let task = tokio::spawn(async move {
            // It ends with the task alone.
            let _ended = axum::serve(listener, router).await;
        });
        Ok(Self { url, task })
    }
}

/// A path below `/r1`: the service, and what of it is called.
struct Called {
    service: ServiceAddress,
    endpoint: Option<String>,
}

impl Called {
    /// `{instance}/{class}/{member}/{subsystem}/{service}[/…]`, each part percent-encoded.
    fn of(uri: &Uri) -> Option<Self> {
        let mut parts = Vec::new();
        for part in uri.path().strip_prefix('/')?.split('/') {
            parts.push(percent_decode_str(part).decode_utf8().ok()?.into_owned());
        }
        let mut parts = parts.into_iter();
        (parts.next()? == PROTOCOL).then_some(())?;
        let (instance, member_class, member_code) = (parts.next()?, parts.next()?, parts.next()?);
        let subsystem = Some(parts.next()?);
        let service = ServiceAddress {
            instance,
            member_class,
            member_code,
            subsystem,
            service_code: parts.next()?,
        };
        let endpoint = parts.next();
        parts.next().is_none().then_some(Self { service, endpoint })
    }
}

async fn serve(
    State(behind): State<Behind>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> axum::response::Response {
    let Some(called) = Called::of(&uri) else {
        return error(StatusCode::BAD_REQUEST, "Client.BadRequest");
    };
    if !headers.contains_key(message::CLIENT) {
        return error(StatusCode::BAD_REQUEST, "Client.BadRequest");
    }
    let refused = |kind| error(StatusCode::INTERNAL_SERVER_ERROR, kind);
    if header(&headers, message::CLIENT) != message::client() {
        return refused("Server.ClientProxy.UnknownMember");
    }
    if method == Method::GET {
        return metadata::answer(&called, behind.withdrawn, uri.path(), &passed(&headers));
    }
    let Some(operation) = Operation::at(&called.service) else {
        return refused("Server.ServerProxy.UnknownService");
    };
    let endpoint = match called.endpoint.as_deref() {
        _ if behind.withdrawn.contains(&operation.code.as_str()) => {
            return refused("Server.ServerProxy.AccessDenied");
        }
        None => None,
        Some(STATUS) => Some(STATUS),
        Some(_) => return refused("Server.ServerProxy.AccessDenied"),
    };
    let request = Request {
        message_id: header(&headers, message::ID),
        service: called.service,
        endpoint,
        headers: passed(&headers),
        body: body.to_vec(),
    };
    match behind.exchange.ask(&request).await {
        Ok(response) => passed_on(&request.service, response),
        Err(_) => refused("Server.ServerProxy.NetworkError"),
    }
}

fn header(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// The headers that are passed on, in the order in which they came.
fn passed(headers: &HeaderMap) -> Vec<(&'static str, String)> {
    let known = |name: &HeaderName| {
        let mut passed = PASSED.into_iter();
        passed.find(|known| known.eq_ignore_ascii_case(name.as_str()))
    };
    headers
        .keys()
        .filter_map(known)
        .map(|name| (name, header(headers, name)))
        .collect()
}

/// The agency's answer with the headers of the protocol (PR-REST, 4.3). What cannot be a header is left out.
fn passed_on(service: &ServiceAddress, response: Response) -> axum::response::Response {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = (status, response.body).into_response();
    let fields = [
        (message::CLIENT, Some(message::client())),
        (message::SERVICE, Some(service.path())),
        (message::ID, Some(response.message_id)),
        (message::REQUEST_ID, Some(response.request_id)),
        (message::REQUEST_HASH, response.request_hash),
        (message::ERROR, response.error),
        ("Content-Type", Some(response.content_type)),
    ];
    answer.headers_mut().remove("Content-Type");
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = value.and_then(|value| HeaderValue::from_str(&value).ok());
        if let (Ok(name), Some(value)) = (name, value) {
            answer.headers_mut().insert(name, value);
        }
    }
    if status.is_redirection() {
        let location = HeaderValue::from_static("/elsewhere");
        answer.headers_mut().insert("Location", location);
    }
    answer
}

/// An error of the exchange itself (PR-REST, 4.6).
fn error(status: StatusCode, kind: &'static str) -> axum::response::Response {
    let body = json!({ "type": kind, "message": kind, "detail": "" });
    let mut answer = (status, body.to_string()).into_response();
    let headers = answer.headers_mut();
    headers.insert("X-Road-Error", HeaderValue::from_static(kind));
    headers.insert("Content-Type", HeaderValue::from_static(message::JSON));
    answer
}
