//! An OpenID provider of somebody else's, which says what a test lets it say.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Form, Json};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use sha2::Sha512;

use super::*;

/// What it says.
pub(super) struct Script {
    /// Its metadata; what a test adds counts.
    pub(super) metadata: Value,
    /// The ID token's header, claims and key.
    pub(super) header: Value,
    pub(super) claims: Value,
    pub(super) signed_by: [u8; 32],
    /// The key that it publishes.
    pub(super) key: ([u8; 32], &'static str),
    pub(super) userinfo: Value,
    /// An error in place of tokens.
    pub(super) refusal: Option<&'static str>,
    /// The requests for tokens that came, with their `Authorization`.
    pub(super) asked: Vec<(String, HashMap<String, String>)>,
}

#[derive(Clone)]
pub(super) struct Foreign {
    pub(super) issuer: String,
    script: Arc<Mutex<Script>>,
}

pub(super) const ACCESS_TOKEN: &str = "an-access-token";

fn base64(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

impl Foreign {
    pub(super) async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let script = Script {
            metadata: json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/auth"),
                "token_endpoint": format!("{issuer}/token"),
                "userinfo_endpoint": format!("{issuer}/me"),
                "jwks_uri": format!("{issuer}/jwks"),
                "end_session_endpoint": format!("{issuer}/end"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["EdDSA"],
                "authorization_response_iss_parameter_supported": true,
            }),
            header: json!({"alg": "EdDSA", "kid": "one"}),
            claims: json!({}),
            signed_by: [1; 32],
            key: ([1; 32], "one"),
            userinfo: json!({}),
            refusal: None,
            asked: Vec::new(),
        };
        let foreign = Self {
            issuer,
            script: Arc::new(Mutex::new(script)),
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(keys))
            .route("/token", post(tokens))
            .route("/me", get(userinfo))
            .with_state(foreign.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        foreign
    }

    /// Changes what it says.
    pub(super) fn says<T>(&self, change: impl FnOnce(&mut Script) -> T) -> T {
        change(&mut self.script.lock().unwrap())
    }
}

async fn metadata(State(foreign): State<Foreign>) -> Json<Value> {
    Json(foreign.says(|script| script.metadata.clone()))
}

async fn keys(State(foreign): State<Foreign>) -> Json<Value> {
    let (seed, id) = foreign.says(|script| script.key);
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    Json(json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": id, "x": x}]}))
}

async fn tokens(
    State(foreign): State<Foreign>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> axum::response::Response {
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap().to_owned();
    let authorization = headers.get(header::AUTHORIZATION).map(text).unwrap_or_default();
    foreign.says(|script| {
        script.asked.push((authorization, form));
        if let Some(error) = script.refusal {
            return (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response();
        }
        let signed = format!("{}.{}", base64(&script.header), base64(&script.claims));
        let pair = Ed25519KeyPair::from_seed_unchecked(&script.signed_by).unwrap();
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes()));
        Json(json!({
            "access_token": ACCESS_TOKEN,
            "token_type": "Bearer",
            "id_token": format!("{signed}.{signature}"),
        }))
        .into_response()
    })
}

async fn userinfo(State(foreign): State<Foreign>, headers: HeaderMap) -> axum::response::Response {
    if headers[header::AUTHORIZATION] != format!("Bearer {ACCESS_TOKEN}") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(foreign.says(|script| script.userinfo.clone())).into_response()
}

/// `at_hash` of the access token: half of its SHA-512, which goes with Ed25519.
pub(super) fn at_hash() -> String {
    let hash = Sha512::digest(ACCESS_TOKEN.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.get(..32).unwrap())
}
