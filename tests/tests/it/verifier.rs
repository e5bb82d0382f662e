//! A verifier of OpenID4VP 1.0 with a server of its own: it signs requests and keeps what it is sent.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

/// What the server does and what it saw.
pub struct Shared {
    /// Of the request object, before it is signed.
    pub members: Value,
    /// The header of the request object.
    pub header: Value,
    pub key: SigningKey,
    /// In place of the signed object.
    pub token: Option<String>,
    /// The answer to what is sent.
    pub answer: (StatusCode, String),
    /// The bodies that were sent.
    pub got: Vec<String>,
    /// The bodies with which the object was fetched; empty for GET.
    pub fetched: Vec<String>,
}

/// A key of a test.
pub fn key(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 32]).unwrap()
}

pub fn jwk(key: &SigningKey) -> Value {
    let point = key.verifying_key().to_sec1_point(false);
    let (x, y) = point.as_bytes()[1..].split_at(32);
    json!({ "kty": "EC", "crv": "P-256", "kid": "k1", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) })
}

pub fn signed(shared: &Shared, wallet_nonce: Option<String>) -> String {
    if let Some(token) = &shared.token {
        return token.clone();
    }
    let mut members = shared.members.clone();
    if let Some(nonce) = wallet_nonce {
        members["wallet_nonce"] = nonce.into();
    }
    let encoded = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(shared.header.to_string()),
        URL_SAFE_NO_PAD.encode(members.to_string())
    );
    let signature: Signature = shared.key.sign(encoded.as_bytes());
    format!("{encoded}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
}

/// Shared with the server.
pub type Seen = Arc<Mutex<Shared>>;

fn handed_out(server: &Seen, body: String) -> Response {
    let mut shared = server.lock().unwrap();
    let nonce = field(&body, "wallet_nonce");
    shared.fetched.push(body);
    let kind = [(header::CONTENT_TYPE, "application/oauth-authz-req+jwt")];
    (kind, signed(&shared, nonce)).into_response()
}

fn taken(server: &Seen, body: String) -> Response {
    let mut shared = server.lock().unwrap();
    shared.got.push(body);
    let (status, body) = shared.answer.clone();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// A member of a form.
pub fn field(form: &str, name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(form.as_bytes());
    pairs
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

/// A server that listens on this machine.
pub struct Server {
    pub origin: String,
    pub shared: Seen,
}

impl Server {
    /// A server of the verifier with this key and no request yet.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Mutex::new(Shared {
            members: Value::Null,
            header: json!({ "typ": "oauth-authz-req+jwt", "alg": "ES256", "kid": "k1" }),
            key: key(1),
            token: None,
            answer: (
                StatusCode::OK,
                format!("{{\"redirect_uri\":\"{origin}/done#code=1\"}}"),
            ),
            got: Vec::new(),
            fetched: Vec::new(),
        }));
        let router = Router::new()
            .route(
                "/request",
                get(|State(server): State<Seen>| async move { handed_out(&server, String::new()) }).post(
                    |State(server): State<Seen>, body: String| async move { handed_out(&server, body) },
                ),
            )
            .route("/moved", get(|| async { Redirect::temporary("/request") }))
            .route("/long", get(|| async { "x".repeat(1024 * 1024) }))
            .route(
                "/answer",
                post(|State(server): State<Seen>, body: String| async move { taken(&server, body) }),
            )
            .with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin, shared }
    }

    /// The request of the client `id` for one document, which is called `card`.
    pub fn request(&self, id: &str, query: Value) -> Value {
        json!({
            "client_id": id,
            "aud": "https://self-issued.me/v2",
            "response_type": "vp_token",
            "response_mode": "direct_post",
            "response_uri": format!("{}/answer", self.origin),
            "nonce": "n-1",
            "state": "s-1",
            "dcql_query": query,
        })
    }

    /// Changes what the server does.
    pub fn set(&self, change: impl FnOnce(&mut Shared)) {
        change(&mut self.shared.lock().unwrap());
    }

    /// What was sent since the last look.
    pub fn got(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.lock().unwrap().got)
    }
}

/// The query for one claim of the kind at this address.
pub fn query(vct: &str, claim: &str) -> Value {
    json!({ "credentials": [{
        "id": "card",
        "format": "dc+sd-jwt",
        "meta": { "vct_values": [vct] },
        "claims": [{ "path": [claim] }],
    }] })
}
