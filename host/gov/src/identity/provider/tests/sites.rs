//! Web sites as clients: what they may ask, and what their citizens agree to.

use std::collections::BTreeSet;

use axum::http::Method;

use super::*;
use crate::audit;
use crate::consent::Consent;
use crate::death::Deaths;
use crate::identity::Scope;
use crate::identity::sites::{self, Content};
use crate::text::Localised;

const SHOP: &str = "site_shop";
const ORIGIN: &str = "https://shop.example";
const BACK: &str = "https://shop.example/callback";
const SECRET: &str = "a-secret-of-the-shop";

fn content() -> Content {
    Content {
        name: "Dükan".to_owned(),
        organisation: "Araz Soft".to_owned(),
        purpose: Localised {
            az: "Alıcını tanımaq".to_owned(),
            ..Localised::default()
        },
        origin: ORIGIN.to_owned(),
        redirect_uris: vec![BACK.to_owned()],
        post_logout_redirect_uris: vec![format!("{ORIGIN}/bye")],
        scopes: BTreeSet::from([Scope::Openid, Scope::Profile]),
        confidential: true,
        days: 30,
        verifier: None,
        citizens: 2,
    }
}

impl Site {
    /// A provider that knows the shop.
    async fn with_shop(content: &Content) -> Self {
        let site = Self::open().await;
        site.admit(content).await;
        site
    }

    async fn admit(&self, content: &Content) {
        let platform = &self.scene.platform;
        let now = platform.clock.now();
        let mut tx = platform.db.begin().await.unwrap();
        sites::admit(&mut tx, SHOP, content, now).await.unwrap();
        if content.confidential {
            assert!(sites::set_secret(&mut tx, SHOP, SECRET, now).await.unwrap());
        }
        tx.commit().await.unwrap();
    }

    async fn agree(&self, page: &Answer, cookie: &str, decision: &str) -> Answer {
        let (path, query) = page.location.split_once('?').unwrap();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookie)
            .body(Body::from(format!("{query}&decision={decision}")));
        self.send(request.unwrap()).await
    }

    /// The page that asks this person, and the cookie of their log-in.
    async fn asked(&self, fin: &str, fields: &[(&str, &str)]) -> (Answer, String) {
        let page = self.authorize(fields, "").await;
        let page = self.log_in(&page, fin).await;
        let cookie = page.cookie.clone().unwrap();
        (page, cookie.split(';').next().unwrap().to_owned())
    }

    /// The tokens of a person who agrees.
    async fn tokens(&self, fin: &str) -> (serde_json::Value, String) {
        let challenge = challenge();
        let (page, cookie) = self.asked(fin, &asks(&challenge)).await;
        let code = self.agree(&page, &cookie, "agree").await.sent("code").unwrap();
        (self.token(&redeems(&code)).await.json(), cookie)
    }
}

fn asks(challenge: &str) -> Vec<(&str, &str)> {
    with(with(good(challenge), "client_id", SHOP), "redirect_uri", BACK)
}

fn redeems(code: &str) -> Vec<(&str, &str)> {
    let fields = with(sound(code), "client_id", SHOP);
    with(with(fields, "redirect_uri", BACK), "client_secret", SECRET)
}

#[tokio::test]
async fn site_learns_nothing_before_its_citizen_agrees() {
    let site = Site::with_shop(&content()).await;
    let challenge = challenge();
    let (page, cookie) = site.asked("OTEST01", &asks(&challenge)).await;
    assert!(page.location.starts_with("/az/id/agree?"), "{}", page.location);

    let silent = site
        .authorize(&with(asks(&challenge), "prompt", "none"), &cookie)
        .await;
    assert_eq!(silent.sent("error").as_deref(), Some("consent_required"));

    let refused = site.agree(&page, &cookie, "refuse").await;
    assert!(refused.location.starts_with(BACK), "{}", refused.location);
    assert_eq!(refused.sent("error").as_deref(), Some("access_denied"));

    let agreed = site.agree(&page, &cookie, "agree").await;
    assert_eq!(agreed.sent("state").as_deref(), Some("st"));
    let tokens = site.token(&redeems(&agreed.sent("code").unwrap())).await.json();
    assert_eq!(payload(tokens["id_token"].as_str().unwrap())["aud"][0], SHOP);
    let claims = site.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(claims.json()["given_name"], "Aygün");

    // Who agreed is not asked again, unless the site demands it.
    let again = site
        .authorize(&with(asks(&challenge), "prompt", "none"), &cookie)
        .await;
    assert!(again.sent("code").is_some(), "{}", again.location);
    let demanded = site
        .authorize(&with(asks(&challenge), "prompt", "consent"), &cookie)
        .await;
    assert!(
        demanded.location.starts_with("/az/id/agree?"),
        "{}",
        demanded.location
    );

    let citizen = site.scene.identity.citizen("OTEST01").unwrap();
    let log = audit::of_citizen(&site.scene.platform.db, &citizen, None, 100)
        .await
        .unwrap();
    let mut done: Vec<_> = log
        .iter()
        .filter(|record| record.service.0 == SHOP)
        .map(|record| record.operation.as_str())
        .collect();
    done.sort_unstable();
    assert_eq!(done, ["site-agree", "site-refuse", "userinfo"]);
}

#[tokio::test]
async fn site_whose_terms_changed_asks_again() {
    let site = Site::with_shop(&content()).await;
    let challenge = challenge();
    let (tokens, cookie) = site.tokens("OTEST01").await;
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(site.userinfo(token).await.status, StatusCode::OK);
    let changed = Content {
        organisation: "Another".to_owned(),
        ..content()
    };
    site.admit(&changed).await;
    assert_eq!(site.userinfo(token).await.status, StatusCode::UNAUTHORIZED);
    let page = site.authorize(&asks(&challenge), &cookie).await;
    assert!(page.location.starts_with("/az/id/agree?"), "{}", page.location);

    // More scopes are asked for too, and what was agreed to before stays.
    let wider = Content {
        scopes: Scope::ALL.iter().copied().collect(),
        ..changed
    };
    site.admit(&wider).await;
    let agreed = site.authorize(&asks(&challenge), &cookie).await;
    let code = site.agree(&agreed, &cookie, "agree").await;
    assert!(code.sent("code").is_some(), "{}", code.location);
    let more = with(asks(&challenge), "scope", "openid email");
    let page = site.authorize(&more, &cookie).await;
    assert!(page.location.starts_with("/az/id/agree?"), "{}", page.location);
    assert!(site.agree(&page, &cookie, "agree").await.sent("code").is_some());
    for scope in ["openid email", "openid profile", "openid profile email"] {
        let fields = with(asks(&challenge), "scope", scope);
        let again = site.authorize(&fields, &cookie).await;
        assert!(again.sent("code").is_some(), "{scope}: {}", again.location);
    }
}

#[tokio::test]
async fn page_of_an_earlier_site_agrees_to_nothing() {
    let site = Site::with_shop(&content()).await;
    let challenge = challenge();
    let (page, cookie) = site.asked("OTEST01", &asks(&challenge)).await;
    let changed = Content {
        name: "Bank".to_owned(),
        ..content()
    };
    site.admit(&changed).await;
    let answer = site.agree(&page, &cookie, "agree").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let asked = site.authorize(&asks(&challenge), &cookie).await;
    assert!(asked.location.starts_with("/az/id/agree?"), "{}", asked.location);
}

#[tokio::test]
async fn page_that_asks_one_citizen_is_not_answered_by_another() {
    let site = Site::with_shop(&content()).await;
    let challenge = challenge();
    let (page, _) = site.asked("OTEST01", &asks(&challenge)).await;
    let (_, other) = site.asked("OTEST02", &asks(&challenge)).await;
    for cookie in ["", other.as_str()] {
        let answer = site.agree(&page, cookie, "agree").await;
        assert!(
            answer.location.starts_with("/az/id/login?"),
            "{}",
            answer.location
        );
    }
    let (page, cookie) = site.asked("OTEST01", &asks(&challenge)).await;
    site.scene.platform.clock.advance_ms(super::super::REQUEST_MS);
    let answer = site.agree(&page, &cookie, "agree").await;
    assert!(
        answer.location.starts_with("/az/id/login?"),
        "{}",
        answer.location
    );
}

#[tokio::test]
async fn site_that_a_citizen_stopped_or_that_ended_learns_nothing_more() {
    let site = Site::with_shop(&content()).await;
    let challenge = challenge();
    let platform = &site.scene.platform;
    let (tokens, cookie) = site.tokens("OTEST01").await;
    let token = tokens["access_token"].as_str().unwrap();
    let citizen = site.scene.identity.citizen("OTEST01").unwrap();
    let mut tx = platform.db.begin().await.unwrap();
    assert!(sites::forget_agreement(&mut tx, &citizen, SHOP).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(site.userinfo(token).await.status, StatusCode::UNAUTHORIZED);

    // A code that was on its way is worth nothing either.
    let page = site.authorize(&asks(&challenge), &cookie).await;
    let code = site.agree(&page, &cookie, "agree").await.sent("code").unwrap();
    let mut tx = platform.db.begin().await.unwrap();
    assert!(sites::forget_agreement(&mut tx, &citizen, SHOP).await.unwrap());
    tx.commit().await.unwrap();
    let late = site.token(&redeems(&code)).await;
    assert_eq!(late.json()["error"], "invalid_grant", "{}", late.body);

    let page = site.authorize(&asks(&challenge), &cookie).await;
    let code = site.agree(&page, &cookie, "agree").await.sent("code").unwrap();
    let tokens = site.token(&redeems(&code)).await.json();
    let mut tx = platform.db.begin().await.unwrap();
    sites::end(&mut tx, SHOP, platform.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(site.userinfo(token).await.status, StatusCode::UNAUTHORIZED);
    let refused = site.authorize(&asks(&challenge), &cookie).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.location, "", "nobody is sent to a site that ended");

    // In force again, it asks again.
    site.admit(&content()).await;
    let page = site.authorize(&asks(&challenge), &cookie).await;
    assert!(page.location.starts_with("/az/id/agree?"), "{}", page.location);
}

#[tokio::test]
async fn death_ends_the_agreements_with_sites() {
    let site = Site::with_shop(&content()).await;
    let (tokens, _) = site.tokens("OTEST01").await;
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(site.userinfo(access).await.status, StatusCode::OK);
    let (platform, identity) = (&site.scene.platform, &site.scene.identity);
    let citizen = identity.citizen("OTEST01").unwrap();
    let consent = Consent::new(platform.clone());
    let deaths = Deaths::new(platform.clone(), identity.clone(), consent);
    deaths.register(&citizen).await.unwrap();
    assert_eq!(site.userinfo(access).await.status, StatusCode::UNAUTHORIZED);
    let mut reader = platform.db.reader().await.unwrap();
    assert_eq!(sites::agreed_sites(&mut reader, &citizen).await.unwrap(), []);
}

#[tokio::test]
async fn agreement_lasts_until_the_day_that_the_citizen_was_told() {
    let site = Site::with_shop(&content()).await;
    let challenge = challenge();
    site.tokens("OTEST01").await;
    let clock = &site.scene.platform.clock;
    clock.advance_ms(29 * crate::clock::DAY_MS);
    // A new approval counts for 30 days more; the citizen was told of the first one.
    site.admit(&content()).await;
    let silent = async || {
        let page = site.authorize(&asks(&challenge), "").await;
        site.log_in(&page, "OTEST01").await
    };
    assert!(silent().await.sent("code").is_some());
    clock.advance_ms(2 * crate::clock::DAY_MS);
    let asked = silent().await;
    assert!(asked.location.starts_with("/az/id/agree?"), "{}", asked.location);
}

#[tokio::test]
async fn site_asks_only_for_what_was_approved() {
    let site = Site::with_shop(&content()).await;
    let challenge = challenge();
    let more = with(asks(&challenge), "scope", "openid profile address");
    let answer = site.authorize(&more, "").await;
    assert_eq!(answer.sent("error").as_deref(), Some("invalid_scope"));
    // What is not known here is ignored (OpenID Connect Core 3.1.2.1).
    let unknown = with(asks(&challenge), "scope", "openid offline_access");
    let answer = site.authorize(&unknown, "").await;
    assert!(
        answer.location.starts_with("/az/id/login?"),
        "{}",
        answer.location
    );
}

#[tokio::test]
async fn citizens_of_a_site_are_counted() {
    let site = Site::with_shop(&content()).await;
    let challenge = challenge();
    for fin in ["OTEST01", "OTEST02"] {
        let (page, cookie) = site.asked(fin, &asks(&challenge)).await;
        assert!(site.agree(&page, &cookie, "agree").await.sent("code").is_some());
    }
    let (page, cookie) = site.asked("OTEST04", &asks(&challenge)).await;
    let full = site.agree(&page, &cookie, "agree").await;
    assert_eq!(full.status, StatusCode::FORBIDDEN);
    assert!(full.body.contains("Yer qalmayıb"), "{}", full.body);
}

#[tokio::test]
async fn minor_does_not_take_part_in_a_site() {
    let site = Site::with_shop(&content()).await;
    let challenge = challenge();
    let minor = minor_fin();
    let (page, cookie) = site.asked(minor, &asks(&challenge)).await;
    let request = Request::get(&page.location)
        .header(header::COOKIE, &cookie)
        .body(Body::empty());
    let shown = site.send(request.unwrap()).await;
    assert_eq!(shown.status, StatusCode::FORBIDDEN);
    let answer = site.agree(&page, &cookie, "agree").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

/// A persona under 18 who can log in.
fn minor_fin() -> &'static str {
    let now = crate::scene::NOW;
    let mut all = crate::identity::personas::all().iter();
    let minor = all.find(|persona| persona.person.died.is_none() && persona.person.age_years(now) < 18);
    &minor.unwrap().person.fin
}

#[tokio::test]
async fn citizen_has_another_name_at_each_site() {
    let site = Site::with_shop(&content()).await;
    let (tokens, _) = site.tokens("OTEST01").await;
    let sub = payload(tokens["id_token"].as_str().unwrap())["sub"].clone();
    let identity = &site.scene.identity;
    let citizen = identity.citizen("OTEST01").unwrap();
    let service = crate::invocation::ServiceId(SHOP.to_owned());
    let others = [
        citizen.0.clone(),
        identity.sub(&service, &citizen),
        identity.client_sub("site:site_other", "OTEST01"),
    ];
    assert!(!others.iter().any(|other| sub == *other), "{sub}");
    assert_eq!(sub, identity.client_sub("site:site_shop", "OTEST01"));
}

#[tokio::test]
async fn confidential_site_proves_itself_with_its_secret() {
    let site = Site::with_shop(&content()).await;
    let challenge = challenge();
    for (secret, id) in [("", SHOP), ("guess", SHOP), (SECRET, "site_other")] {
        let (page, cookie) = site.asked("OTEST01", &asks(&challenge)).await;
        let page = match page.location.starts_with("/az/id/agree?") {
            true => site.agree(&page, &cookie, "agree").await,
            false => page,
        };
        let code = page.sent("code").unwrap();
        let fields = with(with(redeems(&code), "client_secret", secret), "client_id", id);
        let answer = site.token(&fields).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{secret:?} {id}");
        assert_eq!(answer.json()["error"], "invalid_client");
        assert!(site.token(&redeems(&code)).await.json().get("id_token").is_some());
    }
}

#[tokio::test]
async fn public_site_needs_no_secret_and_its_verifier() {
    let public = Content {
        confidential: false,
        ..content()
    };
    let site = Site::with_shop(&public).await;
    let challenge = challenge();
    let code = async || {
        let (page, cookie) = site.asked("OTEST01", &asks(&challenge)).await;
        match page.location.starts_with("/az/id/agree?") {
            true => site.agree(&page, &cookie, "agree").await,
            false => page,
        }
        .sent("code")
        .unwrap()
    };
    let (first, second, third) = (code().await, code().await, code().await);
    let public = |code| with(redeems(code), "client_secret", "");
    assert!(site.token(&public(&first)).await.json().get("id_token").is_some());
    let wrong = with(
        public(&second),
        "code_verifier",
        "another-verifier-of-more-than-forty-three-characters",
    );
    assert_eq!(site.token(&wrong).await.json()["error"], "invalid_grant");
    // A secret that it does not have proves nothing.
    assert_eq!(
        site.token(&redeems(&third)).await.json()["error"],
        "invalid_client"
    );
}

#[tokio::test]
async fn program_in_a_browser_may_call_from_every_origin_without_cookies() {
    let site = Site::open().await;
    for path in ["/id/token", "/id/userinfo", "/id/revoke", "/id/par"] {
        let request = Request::builder()
            .method(Method::OPTIONS)
            .uri(path)
            .header(header::ORIGIN, ORIGIN)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization")
            .body(Body::empty());
        let response = site.router.clone().oneshot(request.unwrap()).await.unwrap();
        let headers = response.headers();
        assert!(response.status().is_success(), "{path}");
        assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*", "{path}");
        assert_eq!(headers.get(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), None);
        let allowed = headers[header::ACCESS_CONTROL_ALLOW_HEADERS].to_str().unwrap();
        assert!(allowed.contains("authorization"), "{path}: {allowed}");
    }
}

#[tokio::test]
async fn forms_on_the_way_to_a_site_lead_there_and_nowhere_else() {
    let site = Site::with_shop(&content()).await;
    let challenge = challenge();
    let page = site.authorize(&asks(&challenge), "").await;
    let (asked, cookie) = site.asked("OTEST01", &asks(&challenge)).await;
    for (path, leads) in [(page.location, true), (asked.location, true)] {
        let request = Request::get(&path)
            .header(header::COOKIE, &cookie)
            .body(Body::empty());
        let response = site.router.clone().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        let form = policy.split("form-action").nth(1).unwrap();
        assert_eq!(form.contains(ORIGIN), leads, "{policy}");
        assert_eq!(form.trim(), format!("'self' {ORIGIN}"));
    }
}
