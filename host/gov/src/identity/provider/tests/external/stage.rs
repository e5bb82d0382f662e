//! The provider of the platform with an external one behind it, and citizens on their way.

use super::*;

pub(super) fn settings(issuer: &str) -> Settings {
    Settings {
        issuer: issuer.to_owned(),
        client_id: "aim".to_owned(),
        client_secret: "client-s3cret".into(),
        scopes: vec!["profile".to_owned()],
        fin_claim: "fin".to_owned(),
        acr_substantial: Some("two".to_owned()),
        acr_high: Some("signed".to_owned()),
    }
}

/// The provider of the platform, and the external one behind it.
pub(super) struct Stage {
    pub(super) site: Site,
    pub(super) foreign: Foreign,
}

/// A citizen on the way to the external provider.
pub(super) struct Leaving {
    pub(super) address: url::Url,
    pub(super) cookie: String,
}

impl Leaving {
    pub(super) fn sent(&self, name: &str) -> Option<String> {
        let mut pairs = self.address.query_pairs();
        pairs
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.into_owned())
    }
}

impl Stage {
    pub(super) async fn set() -> Self {
        Self::of(|_| {}).await
    }

    /// The stage with other settings.
    pub(super) async fn of(change: impl FnOnce(&mut Settings)) -> Self {
        let foreign = Foreign::open().await;
        let mut settings = settings(&foreign.issuer);
        change(&mut settings);
        let external = External::new(settings).unwrap();
        Self {
            site: Site::with("http://localhost", LogIn::External(external)).await,
            foreign,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.site.scene.platform.clock.now()
    }

    /// The log-in page for this request, and its answer.
    pub(super) async fn page(&self, fields: &[(&str, &str)], cookie: &str) -> Answer {
        let fields = [fields, &[("ui_locales", "en")]].concat();
        let page = self.site.authorize(&fields, "").await;
        assert!(
            page.location.starts_with("/en/id/login?request="),
            "{}",
            page.location
        );
        self.get(&page.location, cookie).await
    }

    pub(super) async fn get(&self, address: &str, cookie: &str) -> Answer {
        let request = Request::get(address)
            .header(header::COOKIE, cookie)
            .header(header::ACCEPT_LANGUAGE, "en")
            .body(Body::empty());
        self.site.send(request.unwrap()).await
    }

    pub(super) async fn leaves(&self, fields: &[(&str, &str)]) -> Leaving {
        let answer = self.page(fields, "").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let cookie = answer.cookie.unwrap();
        Leaving {
            address: url::Url::parse(&answer.location).unwrap(),
            cookie: cookie.split(';').next().unwrap().to_owned(),
        }
    }

    /// The claims of an ID token without a fault for a citizen on the way.
    pub(super) fn sound(&self, leaving: &Leaving) -> Value {
        let now = self.now().seconds();
        json!({
            "iss": self.foreign.issuer,
            "sub": "them",
            "aud": "aim",
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": leaving.sent("nonce"),
            "acr": "two",
            "amr": ["pin", "with space"],
            "fin": "OTEST01",
        })
    }

    pub(super) async fn comes_back_with(&self, fields: &[(&str, &str)], cookie: &str) -> Answer {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.get(&format!("/id/callback?{query}"), cookie).await
    }

    /// Comes back with a code, after the external provider was told what to say.
    pub(super) async fn comes_back(&self, leaving: &Leaving) -> Answer {
        let state = leaving.sent("state").unwrap();
        let fields = [
            ("code", "c0de"),
            ("state", state.as_str()),
            ("iss", &self.foreign.issuer),
        ];
        self.comes_back_with(&fields, &leaving.cookie).await
    }

    /// One log-in whose ID token is changed before.
    pub(super) async fn tries(&self, fields: &[(&str, &str)], change: impl FnOnce(&mut Value)) -> Answer {
        let leaving = self.leaves(fields).await;
        let mut claims = self.sound(&leaving);
        change(&mut claims);
        self.foreign.says(|script| script.claims = claims);
        self.comes_back(&leaving).await
    }
}

/// That nobody is logged in, and the page says why.
pub(super) fn assert_refused(answer: &Answer, status: StatusCode, says: &str, case: &str) {
    assert_eq!(
        answer.status, status,
        "{case}: {} {}",
        answer.location, answer.body
    );
    assert!(answer.body.contains(says), "{case}: {}", answer.body);
    assert_eq!(answer.cookie, None, "{case}");
}

/// What the client gets, where the citizen is logged in.
#[track_caller]
pub(super) fn assert_logged_in(answer: &Answer) {
    assert!(
        answer.sent("code").is_some(),
        "{} {}",
        answer.location,
        answer.body
    );
    assert!(
        answer.cookie.as_ref().unwrap().starts_with("aim_id="),
        "{:?}",
        answer.cookie
    );
}
