//! Web sites of organisations: the form, the officers' decisions, the secret, the API.

use super::*;
use crate::domain::ApplicationId;
use crate::domain::site::{NewSite, SITES_MAX};
use crate::sites;
use crate::store::decision::Actor;

const FORM: [(&str, &str); 8] = [
    ("name", "Xəzər Dükan"),
    ("purpose_az", "Alıcını tanımaq üçün"),
    ("redirect_uris", "https://shop.example/callback\r\n"),
    ("post_logout_redirect_uris", ""),
    ("profile", "yes"),
    ("kind", "confidential"),
    ("days", "90"),
    ("citizens", "100"),
];

/// An application through the form: the path of its page below the language, and its id.
async fn apply(stage: &Stage, cookie: &str) -> String {
    let sent = stage.post_form("/en/developers/sites", cookie, &FORM).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    sent.location().rsplit('/').next().unwrap().to_owned()
}

async fn application(stage: &Stage, id: &str) -> crate::domain::site::Application {
    let mut reader = stage.app.platform.db.reader().await.unwrap();
    let found = store::site::get(&mut reader, &ApplicationId(id.to_owned())).await;
    found.unwrap().unwrap()
}

/// An officer's approval, confirmed.
async fn approve_site(stage: &Stage, officer: &str, id: &str) -> crate::testing::Answer {
    let digest = application(stage, id).await.digest;
    let fields = [
        ("digest", digest.as_str()),
        ("grounds", "The site was looked at."),
        ("confirm", "yes"),
    ];
    let path = format!("/en/staff/sites/{id}/approve");
    stage.post_form(&path, officer, &fields).await
}

async fn in_force(stage: &Stage, id: &str) {
    for officer in ["aysel@aim.example", "rashad@aim.example"] {
        let officer = stage.staff(officer).await;
        let answer = approve_site(stage, &officer, id).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }
}

#[tokio::test]
async fn site_comes_into_force_with_the_second_officer() {
    let stage = Stage::new().await;
    let cookie = developer(&stage).await;
    let id = apply(&stage, &cookie).await;
    let page = format!("/en/staff/sites/{id}");
    let (aysel, rashad) = (
        stage.staff("aysel@aim.example").await,
        stage.staff("rashad@aim.example").await,
    );
    let list = stage.get("/en/staff/sites", &aysel).await.body;
    assert!(list.contains("https://shop.example"), "{list}");
    let shown = stage.get(&page, &aysel).await.body;
    for words in [
        "https://shop.example/callback",
        "Alıcını tanımaq üçün",
        "Xəzər MMC",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let site = application(&stage, &id).await.site;
    let authorize = format!(
        "/id/authorize?response_type=code&client_id={site}&redirect_uri=https%3A%2F%2Fshop.example%2Fcallback&scope=openid&code_challenge_method=S256&code_challenge={}",
        "x".repeat(43)
    );
    assert_eq!(
        stage.get(&authorize, "").await.status,
        StatusCode::BAD_REQUEST,
        "the provider knows the site before its approval"
    );
    let first = approve_site(&stage, &aysel, &id).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
    let same = approve_site(&stage, &aysel, &id).await;
    assert_eq!(same.status, StatusCode::FORBIDDEN);
    assert!(same.body.contains("must be another officer"), "{}", same.body);
    let other = stage.get(&page, &rashad).await.body;
    assert!(
        !other.contains("The site was looked at.") && other.contains("Hidden until"),
        "{other}"
    );
    assert_eq!(stage.get(&authorize, "").await.status, StatusCode::BAD_REQUEST);

    // The second approval is asked for once more.
    let digest = application(&stage, &id).await.digest;
    let fields = [("digest", digest.as_str()), ("grounds", "Good.")];
    let asked = stage
        .post_form(&format!("{page}/approve"), &rashad, &fields)
        .await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.body.contains("Approve this website?"), "{}", asked.body);
    let second = approve_site(&stage, &rashad, &id).await;
    assert_eq!(second.status, StatusCode::SEE_OTHER, "{}", second.body);
    let known = stage.get(&authorize, "").await;
    assert_eq!(known.status, StatusCode::SEE_OTHER, "{}", known.body);
    assert!(
        known.location().starts_with("/az/id/login?"),
        "{}",
        known.location()
    );

    // Stopping needs the grounds, and acts at once.
    let stop = format!("{page}/stop");
    let silent = stage.post_form(&stop, &aysel, &[("confirm", "yes")]).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("reason", "It shows something else now."), ("confirm", "yes")];
    let stopped = stage.post_form(&stop, &aysel, &fields).await;
    assert_eq!(stopped.status, StatusCode::SEE_OTHER, "{}", stopped.body);
    assert_eq!(stage.get(&authorize, "").await.status, StatusCode::BAD_REQUEST);
    let told = stage
        .get(&format!("/en/developers/sites/{id}"), &cookie)
        .await
        .body;
    assert!(
        told.contains("It shows something else now.") && !told.contains("The site was looked at."),
        "{told}"
    );
    let log = stage.get(&page, &aysel).await.body;
    assert!(log.contains("must be another officer"), "refusals are in the log");
}

#[tokio::test]
async fn officer_decides_about_what_was_seen_of_a_verified_organisation() {
    let stage = Stage::new().await;
    let token = stage.another_organisation().await;
    let new = site_json();
    let organisation = {
        let mut reader = stage.app.platform.db.reader().await.unwrap();
        let found = store::organisation::get(&mut reader, &token.organisation).await;
        found.unwrap().unwrap()
    };
    let actor = Actor::token(&token, &organisation.name);
    let id = sites::apply(&stage.app, actor, &organisation, &new, None)
        .await
        .unwrap()
        .id
        .0;
    let aysel = stage.staff("aysel@aim.example").await;
    let page = format!("/en/staff/sites/{id}");
    let digest = application(&stage, &id).await.digest;
    let early = approve_site(&stage, &aysel, &id).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "{}", early.body);
    assert!(early.body.contains("not verified yet"), "{}", early.body);
    let verify = format!("{page}/verify");
    let empty = stage.post_form(&verify, &aysel, &[("evidence", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", empty.body);
    let evidence = [("evidence", "Extract 7/2026")];
    let verified = stage.post_form(&verify, &aysel, &evidence).await;
    assert_eq!(verified.status, StatusCode::SEE_OTHER, "{}", verified.body);
    let twice = stage.post_form(&verify, &aysel, &evidence).await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "{}", twice.body);
    for (digest, grounds, status, words) in [
        ("other", "Good.", StatusCode::CONFLICT, "another application"),
        (
            digest.as_str(),
            " ",
            StatusCode::UNPROCESSABLE_ENTITY,
            "Write the grounds",
        ),
        (
            digest.as_str(),
            "a\u{202e}b",
            StatusCode::UNPROCESSABLE_ENTITY,
            "invisible character",
        ),
    ] {
        let fields = [("digest", digest), ("grounds", grounds)];
        let answer = stage.post_form(&format!("{page}/approve"), &aysel, &fields).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    let fields = [("reason", "The address is another firm's."), ("confirm", "yes")];
    let rejected = stage.post_form(&format!("{page}/reject"), &aysel, &fields).await;
    assert_eq!(rejected.status, StatusCode::SEE_OTHER, "{}", rejected.body);
    assert_eq!(application(&stage, &id).await.state.code(), "rejected");
    let late = approve_site(&stage, &aysel, &id).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    for path in ["approve", "reject", "stop", "verify"] {
        let path = format!("/en/staff/sites/sap_none/{path}");
        let answer = stage.post_form(&path, &aysel, &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn change_of_a_site_replaces_it_once_it_is_approved() {
    let stage = Stage::new().await;
    let cookie = developer(&stage).await;
    let id = apply(&stage, &cookie).await;
    in_force(&stage, &id).await;
    let filled = stage
        .get(&format!("/en/developers/sites?changes={id}"), &cookie)
        .await
        .body;
    assert!(
        filled.contains("https://shop.example/callback") && filled.contains("Xəzər Dükan"),
        "{filled}"
    );
    let mut fields = FORM.to_vec();
    fields.retain(|(name, _)| *name != "redirect_uris");
    fields.extend([
        ("redirect_uris", "https://shop.example/other"),
        ("changes", id.as_str()),
    ]);
    let sent = stage.post_form("/en/developers/sites", &cookie, &fields).await;
    let change = sent.location().rsplit('/').next().unwrap().to_owned();
    let before = application(&stage, &change).await;
    assert_eq!(before.site, application(&stage, &id).await.site);
    let admitted = async || {
        let mut reader = stage.app.platform.db.reader().await.unwrap();
        let site = aim_gov::identity::sites::load(&mut reader, &before.site).await;
        site.unwrap().unwrap().content.redirect_uris
    };
    assert_eq!(admitted().await, ["https://shop.example/callback"]);
    in_force(&stage, &change).await;
    assert_eq!(admitted().await, ["https://shop.example/other"]);
    assert_eq!(application(&stage, &id).await.state.code(), "superseded");
    let aysel = stage.staff("aysel@aim.example").await;
    let page = stage.get(&format!("/en/staff/sites/{change}"), &aysel).await.body;
    assert!(page.contains(&format!("/en/staff/sites/{id}\"")), "{page}");

    // Withdrawing what is in force ends it.
    let path = format!("/en/developers/sites/{change}/withdraw");
    assert_eq!(stage.get(&path, &cookie).await.status, StatusCode::OK);
    assert_eq!(
        stage.post_form(&path, &cookie, &[]).await.status,
        StatusCode::SEE_OTHER
    );
    let again = stage.post_form(&path, &cookie, &[]).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    let mut reader = stage.app.platform.db.reader().await.unwrap();
    let site = aim_gov::identity::sites::load(&mut reader, &before.site)
        .await
        .unwrap()
        .unwrap();
    assert!(!site.is_in_force(stage.app.platform.clock.now()));
}

#[tokio::test]
async fn secret_of_a_site_is_shown_once_and_replaced() {
    let stage = Stage::new().await;
    let cookie = developer(&stage).await;
    let id = apply(&stage, &cookie).await;
    let path = format!("/en/developers/sites/{id}/secret");
    let early = stage.post_form(&path, &cookie, &[]).await;
    assert_eq!(early.status, StatusCode::CONFLICT, "{}", early.body);
    in_force(&stage, &id).await;
    assert_eq!(stage.get(&path, &cookie).await.status, StatusCode::OK);
    let mut secrets = Vec::new();
    for _ in 0..2 {
        let made = stage.post_form(&path, &cookie, &[]).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
        let page = stage.get(made.location(), &cookie).await.body;
        let secret = page.split("<output").nth(1).unwrap();
        secrets.push(secret.split(['>', '<']).nth(1).unwrap().to_owned());
        let again = stage.get(made.location(), &cookie).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER, "it is shown again");
    }
    let site = application(&stage, &id).await.site;
    let token = async |secret: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", "invented"),
            ("client_id", site.as_str()),
            ("client_secret", secret),
        ];
        let answer = stage.post_form("/id/token", "", &fields).await;
        answer.json()["error"].as_str().unwrap().to_owned()
    };
    let [old, new] = secrets.as_slice() else {
        panic!("two secrets")
    };
    assert_eq!(token(old).await, "invalid_client");
    assert_eq!(token(new).await, "invalid_grant");
}

#[tokio::test]
async fn wrong_field_of_a_site_is_named_where_it_stands() {
    let stage = Stage::new().await;
    let cookie = developer(&stage).await;
    let fields = [
        ("name", ""),
        ("purpose_az", "Alıcını tanımaq üçün"),
        ("redirect_uris", "http://shop.example/callback"),
        ("days", "many"),
        ("citizens", "10"),
    ];
    let answer = stage.post_form("/en/developers/sites", &cookie, &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in [
        "href=\"#name\"",
        "href=\"#redirect_uris\"",
        "“http://shop.example/callback” must begin with https://.",
        "Enter a number from 1 to 365.",
        "value=\"Alıcını tanımaq üçün\"",
    ] {
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    let mut reader = stage.app.platform.db.reader().await.unwrap();
    let all = store::site::of_organisation(&mut reader, &stage.organisation.id).await;
    assert_eq!(all.unwrap(), []);
}

fn site_json() -> NewSite {
    serde_json::from_str(
        r#"{"name":"Dükan","purpose_az":"Alıcını tanımaq üçün","redirect_uris":["https://shop.example/callback"],
            "scopes":["profile"],"confidential":true,"days":30,"citizens":10}"#,
    )
    .unwrap()
}

#[tokio::test]
async fn sites_are_applied_for_through_the_api() {
    let stage = Stage::new().await;
    let other = stage.another_organisation().await;
    let send = async |method: &str, path: &str, body: String| {
        let request = request(method, path)
            .header(header::AUTHORIZATION, format!("Bearer {}", stage.secret))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body));
        stage.send(request.unwrap()).await
    };
    let body = r#"{"name":"Dükan","purpose_az":"Alıcını tanımaq üçün","redirect_uris":["https://shop.example/callback"],"confidential":true,"days":30,"citizens":10}"#;
    let made = send("POST", "/api/v1/sites", body.to_owned()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let made = made.json();
    let id = made["id"].as_str().unwrap().to_owned();
    assert!(made["client_id"].as_str().unwrap().starts_with("site_"), "{made}");
    assert_eq!(made["issuer"], "http://localhost:8080/id");
    assert_eq!(
        send("GET", "/api/v1/sites", String::new()).await.json()[0]["id"],
        id.as_str()
    );
    let early = send("POST", &format!("/api/v1/sites/{id}/secret"), String::new()).await;
    assert_eq!(
        (early.status, early.json()["code"].as_str()),
        (StatusCode::CONFLICT, Some("no-secret"))
    );
    in_force(&stage, &id).await;
    let secret = send("POST", &format!("/api/v1/sites/{id}/secret"), String::new()).await;
    assert_eq!(secret.json()["client_id"], made["client_id"]);
    assert!(secret.json()["client_secret"].is_string());
    let change = send("POST", &format!("/api/v1/sites/{id}/changes"), body.to_owned()).await;
    assert_eq!(change.json()["client_id"], made["client_id"]);

    let wrong = send("POST", "/api/v1/sites", body.replace("30", "0")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.json()["errors"][0]["field"], "days", "{}", wrong.body);
    let unknown = send("POST", "/api/v1/sites", body.replace("\"days\"", "\"dayz\"")).await;
    assert_eq!(unknown.json()["code"], "bad-site", "{}", unknown.body);

    let withdrawn = send("POST", &format!("/api/v1/sites/{id}/withdraw"), String::new()).await;
    assert_eq!(withdrawn.json()["state"], "withdrawn");
    let twice = send("POST", &format!("/api/v1/sites/{id}/withdraw"), String::new()).await;
    assert_eq!(twice.json()["code"], "wrong-state", "{}", twice.body);

    // Another organisation's application is missing.
    let theirs = {
        let mut reader = stage.app.platform.db.reader().await.unwrap();
        let organisation = store::organisation::get(&mut reader, &other.organisation).await;
        let organisation = organisation.unwrap().unwrap();
        drop(reader);
        let actor = Actor::token(&other, &organisation.name);
        let made = sites::apply(&stage.app, actor, &organisation, &site_json(), None).await;
        made.unwrap().id.0
    };
    for (method, path) in [
        ("GET", format!("/api/v1/sites/{theirs}")),
        ("POST", format!("/api/v1/sites/{theirs}/secret")),
        ("POST", format!("/api/v1/sites/{theirs}/withdraw")),
    ] {
        let answer = send(method, &path, String::new()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
    }
    let change = send(
        "POST",
        &format!("/api/v1/sites/{theirs}/changes"),
        body.to_owned(),
    )
    .await;
    assert_eq!(change.status, StatusCode::NOT_FOUND, "{}", change.body);
}

#[tokio::test]
async fn organisation_has_so_many_applications_and_no_more() {
    let stage = Stage::new().await;
    let actor = Actor::token(&stage.token, &stage.organisation.name);
    let apply = async || {
        let new = site_json();
        sites::apply(&stage.app, actor.clone(), &stage.organisation, &new, None).await
    };
    for _ in 0..SITES_MAX {
        apply().await.unwrap();
    }
    assert!(matches!(apply().await, Err(sites::SiteError::TooMany)));
    let cookie = developer(&stage).await;
    let full = stage.post_form("/en/developers/sites", &cookie, &FORM).await;
    assert_eq!(full.status, StatusCode::CONFLICT, "{}", full.body);
    assert!(full.body.contains("Withdraw one first"), "{}", full.body);
}
