//! The provider through its router: requests that somebody changed, codes that are used twice.

mod attempts;
mod authorize;
mod clients;
mod external;
mod keys;
mod pushed;
mod revoke;
mod sites;
mod token;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;

use super::{Client, LogIn, Provider, ProviderConfig, routes};
use crate::identity::personas::ONE_TIME_CODE;
use crate::scene::Scene;

const REDIRECT: &str = "http://client.example/callback";
const VERIFIER: &str = "a-verifier-of-more-than-forty-three-characters";

struct Site {
    scene: Scene,
    provider: Provider,
    router: Router,
}

struct Answer {
    status: StatusCode,
    location: String,
    cookie: Option<String>,
    body: String,
}

impl Answer {
    /// A field of the query of the place that it redirects to.
    fn sent(&self, name: &str) -> Option<String> {
        let address = url::Url::parse(&self.location).ok()?;
        let mut pairs = address.query_pairs();
        pairs
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.into_owned())
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

fn client(id: &str, secret: &str) -> Client {
    Client {
        id: id.to_owned(),
        secret: secret.into(),
        redirect_uris: vec![REDIRECT.to_owned()],
        post_logout_redirect_uris: vec!["http://client.example/bye".to_owned()],
        sector: format!("sector-of-{id}"),
    }
}

impl Site {
    async fn open() -> Self {
        Self::at("http://localhost", ONE_TIME_CODE).await
    }

    async fn at(platform: &str, one_time_code: &str) -> Self {
        let one_time_code = one_time_code.into();
        Self::with(platform, LogIn::Simulated { one_time_code }).await
    }

    async fn with(platform: &str, log_in: LogIn) -> Self {
        let scene = Scene::set().await;
        let config = ProviderConfig {
            platform: url::Url::parse(platform).unwrap(),
            clients: vec![client("shop", "s3cret"), client("bank", "other")],
            log_in,
        };
        let provider = Provider::open(scene.identity.clone(), config).await.unwrap();
        Self {
            scene,
            router: routes(provider.clone()).into(),
            provider,
        }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let text = |name| {
            let value = response.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let (location, cookie) = (
            text(header::LOCATION).unwrap_or_default(),
            text(header::SET_COOKIE),
        );
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Answer {
            status,
            location,
            cookie,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    async fn authorize(&self, fields: &[(&str, &str)], cookie: &str) -> Answer {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = Request::get(format!("/id/authorize?{query}"))
            .header(header::COOKIE, cookie)
            .body(Body::empty());
        self.send(request.unwrap()).await
    }

    /// Logs a person in at the page that `to_page` leads to.
    async fn log_in(&self, to_page: &Answer, fin: &str) -> Answer {
        self.log_in_with(to_page, fin, "").await
    }

    /// The same in a browser that sends this cookie.
    async fn log_in_with(&self, to_page: &Answer, fin: &str, cookie: &str) -> Answer {
        let (path, query) = to_page.location.split_once('?').unwrap();
        let fin: String = url::form_urlencoded::byte_serialize(fin.as_bytes()).collect();
        let body = format!("{query}&fin={fin}&code=111111&action=log-in");
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookie)
            .body(Body::from(body));
        self.send(request.unwrap()).await
    }

    /// A fresh code for the client `shop`, and the cookie of the log-in.
    async fn code(&self) -> (String, String) {
        let page = self.authorize(&good(&challenge()), "").await;
        let answer = self.log_in(&page, "OTEST01").await;
        let cookie = answer.cookie.clone().unwrap();
        (
            answer.sent("code").unwrap(),
            cookie.split(';').next().unwrap().to_owned(),
        )
    }

    async fn token(&self, fields: &[(&str, &str)]) -> Answer {
        self.post("/id/token", fields).await
    }

    /// Sends a form that the client itself sends.
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.send(request.unwrap()).await
    }

    async fn userinfo(&self, token: &str) -> Answer {
        let request = Request::get("/id/userinfo")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty());
        self.send(request.unwrap()).await
    }
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()))
}

/// A request without a fault.
fn good(challenge: &str) -> Vec<(&str, &str)> {
    vec![
        ("response_type", "code"),
        ("client_id", "shop"),
        ("redirect_uri", REDIRECT),
        ("scope", "openid profile"),
        ("state", "st"),
        ("nonce", "no"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]
}

/// A token request without a fault.
fn sound(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("client_id", "shop"),
        ("client_secret", "s3cret"),
        ("code_verifier", VERIFIER),
    ]
}

/// What stands in a signed token.
fn payload(token: &str) -> serde_json::Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// `fields` with one of them changed; an empty value takes it out.
fn with<'a>(fields: Vec<(&'a str, &'a str)>, name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<_> = fields.into_iter().filter(|(field, _)| *field != name).collect();
    if !value.is_empty() {
        fields.push((name, value));
    }
    fields
}

#[tokio::test]
async fn provider_describes_itself() {
    let site = Site::open().await;
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let about = site
        .send(get("/id/.well-known/openid-configuration"))
        .await
        .json();
    for (field, value) in [
        ("issuer", serde_json::json!("http://localhost/id")),
        ("token_endpoint", serde_json::json!("http://localhost/id/token")),
        ("response_types_supported", serde_json::json!(["code"])),
        ("subject_types_supported", serde_json::json!(["pairwise"])),
        ("code_challenge_methods_supported", serde_json::json!(["S256"])),
        (
            "authorization_response_iss_parameter_supported",
            serde_json::json!(true),
        ),
        (
            "end_session_endpoint",
            serde_json::json!("http://localhost/id/end-session"),
        ),
        (
            "pushed_authorization_request_endpoint",
            serde_json::json!("http://localhost/id/par"),
        ),
        (
            "revocation_endpoint",
            serde_json::json!("http://localhost/id/revoke"),
        ),
    ] {
        assert_eq!(about[field], value, "{field}");
    }
    let oauth = site.send(get("/.well-known/oauth-authorization-server/id")).await;
    assert_eq!(oauth.json(), about);
    let keys = site.send(get("/id/jwks")).await.json();
    assert_eq!(keys["keys"][0]["kty"], "RSA");
    assert_eq!(keys["keys"][0].get("d"), None, "the private half is public");
}
