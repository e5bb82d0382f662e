use aim_gov::db::Engine;
use aim_gov::identity::provider::{Client, LogIn, Provider, ProviderConfig, routes};
use axum::Router;
use reqwest::StatusCode;
use url::Url;

use super::{Rig, on_both};

/// 43 characters, and their SHA-256 in unpadded base64url (RFC 7636, appendix B).
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "http://client.example/callback";
/// Codes that are each presented by several at once.
const CODES: usize = 12;

pub(super) struct Site {
    client: reqwest::Client,
    address: Url,
}

impl Site {
    pub(super) async fn open(rig: &Rig) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let config = ProviderConfig {
            platform: address.clone(),
            clients: vec![Client {
                id: "shop".to_owned(),
                secret: "s3cret".into(),
                redirect_uris: vec![REDIRECT.to_owned()],
                post_logout_redirect_uris: Vec::new(),
                sector: "shop".to_owned(),
            }],
            log_in: LogIn::Simulated {
                one_time_code: "111111".into(),
            },
        };
        let provider = Provider::open(rig.apis.identity.clone(), config).await.unwrap();
        let router: Router = routes(provider).into();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { client, address }
    }

    async fn location(&self, request: reqwest::RequestBuilder) -> Url {
        let answer = request.send().await.unwrap();
        let location = answer.headers()["location"].to_str().unwrap().to_owned();
        self.address.join(&location).unwrap()
    }

    /// The log-in page.
    async fn page(&self) -> Url {
        let asked = [
            ("response_type", "code"),
            ("client_id", "shop"),
            ("redirect_uri", REDIRECT),
            ("scope", "openid profile"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let authorize = self.address.join("/id/authorize").unwrap();
        self.location(self.client.get(authorize).query(&asked)).await
    }

    /// The form of the log-in page with this one-time code.
    fn filled(&self, page: &Url, code: &str) -> reqwest::RequestBuilder {
        let request = page.query_pairs().next().unwrap().1.into_owned();
        let filled = [
            ("request", request.as_str()),
            ("fin", super::ORDINARY),
            ("code", code),
            ("action", "log-in"),
        ];
        self.client.post(page.clone()).form(&filled)
    }

    /// What somebody who logs in with this one-time code is shown.
    pub(super) async fn log_in(&self, code: &str) -> (StatusCode, String) {
        let page = self.page().await;
        let answer = self.filled(&page, code).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    pub(super) async fn code(&self) -> String {
        let page = self.page().await;
        let back = self.location(self.filled(&page, "111111")).await;
        let code = back.query_pairs().find(|(name, _)| name == "code").unwrap();
        code.1.into_owned()
    }

    pub(super) async fn token(&self, code: &str) -> Option<String> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("client_id", "shop"),
            ("client_secret", "s3cret"),
            ("code_verifier", VERIFIER),
        ];
        let address = self.address.join("/id/token").unwrap();
        let answer = self.client.post(address).form(&fields).send().await.unwrap();
        let is_good = answer.status() == StatusCode::OK;
        let body: serde_json::Value = answer.json().await.unwrap();
        is_good.then(|| body["access_token"].as_str().unwrap().to_owned())
    }

    pub(super) async fn userinfo(&self, token: &str) -> StatusCode {
        let address = self.address.join("/id/userinfo").unwrap();
        let answer = self.client.get(address).bearer_auth(token).send().await.unwrap();
        answer.status()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn code_that_several_present_at_once_leaves_no_token_alive() {
    on_both(async |rig: Rig| {
        let site = Site::open(&rig).await;
        let engine: Engine = rig.db.engine();
        let once = site.token(&site.code().await).await.unwrap();
        assert_eq!(site.userinfo(&once).await, StatusCode::OK, "{engine:?}");
        for _ in 0..CODES {
            let code = site.code().await;
            let answers = futures::future::join_all((0..4).map(|_| site.token(&code))).await;
            let won: Vec<_> = answers.into_iter().flatten().collect();
            assert!(won.len() <= 1, "{engine:?}: {}", won.len());
            for token in won {
                assert_eq!(
                    site.userinfo(&token).await,
                    StatusCode::UNAUTHORIZED,
                    "{engine:?}"
                );
            }
        }
    })
    .await;
}
