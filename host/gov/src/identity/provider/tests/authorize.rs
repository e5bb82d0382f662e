use super::*;

#[tokio::test]
async fn request_for_an_unknown_place_sends_the_citizen_nowhere() {
    let site = Site::open().await;
    let challenge = challenge();
    for (field, value) in [
        ("client_id", ""),
        ("client_id", "nobody"),
        ("redirect_uri", ""),
        ("redirect_uri", "http://evil.example/callback"),
        ("redirect_uri", "http://client.example/callback/"),
        ("redirect_uri", "http://client.example/callback?x=1"),
        ("redirect_uri", "http://client.example/callback#x"),
        ("redirect_uri", "http://CLIENT.example/callback"),
        ("redirect_uri", "http://client.example/callback/../evil"),
    ] {
        let answer = site.authorize(&with(good(&challenge), field, value), "").await;
        assert_eq!(
            (answer.status, answer.location.as_str()),
            (StatusCode::BAD_REQUEST, ""),
            "{field}: {value}"
        );
    }
    for twice in [("client_id", "shop"), ("redirect_uri", REDIRECT)] {
        let mut fields = good(&challenge);
        fields.push(twice);
        let answer = site.authorize(&fields, "").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{twice:?}");
    }
}

#[tokio::test]
async fn request_with_a_fault_is_answered_with_its_error() {
    let site = Site::open().await;
    let challenge = challenge();
    let long = "x".repeat(513);
    let longest = "x".repeat(crate::identity::provider::STATE_BYTES_MAX + 1);
    for (field, value, error) in [
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("scope", "", "invalid_scope"),
        ("scope", "profile", "invalid_scope"),
        ("nonce", long.as_str(), "invalid_request"),
        ("state", longest.as_str(), "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge", "=".repeat(43).leak(), "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        ("max_age", "soon", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "shout", "invalid_request"),
        ("prompt", "consent", "invalid_request"),
        ("request", "x.y.z", "request_not_supported"),
        ("request_uri", "https://x.example", "request_uri_not_supported"),
        ("registration", "{}", "registration_not_supported"),
        ("claims", "{\"userinfo\":{\"name\":null}}", "invalid_request"),
        ("resource", "https://api.example", "invalid_target"),
        ("authorization_details", "[]", "invalid_authorization_details"),
        ("dpop_jkt", "x", "invalid_request"),
        ("display", "wap", "invalid_request"),
        ("login_hint", long.as_str(), "invalid_request"),
        ("id_token_hint", "a.b.c", "invalid_request"),
    ] {
        let answer = site.authorize(&with(good(&challenge), field, value), "").await;
        assert_eq!(answer.sent("error").as_deref(), Some(error), "{field}: {value}");
        assert_eq!(answer.sent("iss").as_deref(), Some("http://localhost/id"));
        assert_eq!(answer.sent("code"), None);
        if field != "state" {
            assert_eq!(answer.sent("state").as_deref(), Some("st"), "{field}");
        }
    }
    let mut fields = good(&challenge);
    fields.push(("scope", "openid"));
    let answer = site.authorize(&fields, "").await;
    assert_eq!(answer.sent("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn log_in_that_holds_is_used_unless_the_client_wants_another() {
    let site = Site::open().await;
    let challenge = challenge();
    let none = site
        .authorize(&with(good(&challenge), "prompt", "none"), "")
        .await;
    assert_eq!(none.sent("error").as_deref(), Some("login_required"));

    let (_, cookie) = site.code().await;
    let is_code = |answer: &Answer| answer.sent("code").is_some();
    let is_page = |answer: &Answer| answer.location.starts_with("/az/id/login?request=");
    assert!(is_code(&site.authorize(&good(&challenge), &cookie).await));
    for (field, value, shown) in [
        ("prompt", "none", false),
        ("prompt", "login", true),
        ("prompt", "select_account", true),
        ("max_age", "60", false),
        ("max_age", "0", true),
        ("acr_values", "substantial", false),
        ("acr_values", "high", true),
    ] {
        let answer = site
            .authorize(&with(good(&challenge), field, value), &cookie)
            .await;
        assert_eq!(
            (is_page(&answer), is_code(&answer)),
            (shown, !shown),
            "{field}: {value}"
        );
    }
    let mut fields = with(good(&challenge), "prompt", "none");
    fields.push(("acr_values", "high"));
    let weak = site.authorize(&fields, &cookie).await;
    assert_eq!(
        weak.sent("error").as_deref(),
        Some("unmet_authentication_requirements")
    );
    let english = site
        .authorize(&with(good(&challenge), "ui_locales", "fr en-GB az"), "")
        .await;
    assert!(
        english.location.starts_with("/en/id/login?"),
        "{}",
        english.location
    );
}

#[tokio::test]
async fn new_log_in_ends_the_one_before_in_its_browser() {
    let site = Site::open().await;
    let challenge = challenge();
    let (_, old) = site.code().await;
    let used = site.authorize(&good(&challenge), &old).await;
    assert!(used.sent("code").is_some(), "{}", used.location);
    let page = site
        .authorize(&with(good(&challenge), "prompt", "login"), &old)
        .await;
    let logged_in = site.log_in_with(&page, "OTEST01", &old).await;
    assert!(logged_in.sent("code").is_some(), "{}", logged_in.location);
    let over = site.authorize(&good(&challenge), &old).await;
    assert!(
        over.location.starts_with("/az/id/login?request="),
        "{}",
        over.location
    );
}

#[tokio::test]
async fn expired_log_in_page_leads_to_the_same_request_anew() {
    let site = Site::open().await;
    let page = site.authorize(&good(&challenge()), "").await;
    site.scene.platform.clock.advance_ms(super::super::REQUEST_MS);
    let answer = site.log_in(&page, "OTEST01").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let (_, again) = answer.body.split_once("href=\"/az/id/login?request=").unwrap();
    let again = again.split_once('"').unwrap().0;
    let page = Answer {
        location: format!("/az/id/login?request={again}"),
        ..page
    };
    let answer = site.log_in(&page, "OTEST01").await;
    assert_eq!(answer.sent("state").as_deref(), Some("st"));
    assert!(answer.sent("code").is_some(), "{}", answer.location);
}

#[tokio::test]
async fn log_in_page_takes_requests_that_the_provider_checked_only() {
    let site = Site::open().await;
    let page = site.authorize(&good(&challenge()), "").await;
    let token = page.location.split_once("request=").unwrap().1;
    let (body, code) = token.split_once('.').unwrap();
    let request = String::from_utf8(URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap();
    let elsewhere = request.replace(REDIRECT, "http://evil.example/callback");
    assert_ne!(request, elsewhere);
    for forged in [
        format!("{}.{code}", URL_SAFE_NO_PAD.encode(elsewhere)),
        body.to_owned(),
        String::new(),
    ] {
        let page = Answer {
            status: page.status,
            location: format!("/az/id/login?request={forged}"),
            cookie: None,
            body: String::new(),
        };
        let answer = site.log_in(&page, "OTEST01").await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{forged}");
        assert!(
            answer.cookie.is_none() && !answer.body.contains("request="),
            "{}",
            answer.body
        );
    }
}

#[tokio::test]
async fn language_can_be_changed_after_a_mistake() {
    let site = Site::open().await;
    let page = site.authorize(&good(&challenge()), "").await;
    let form = site
        .send(Request::get(&page.location).body(Body::empty()).unwrap())
        .await
        .body;
    let action = form
        .split_once("method=\"post\" action=\"/az/id/login")
        .unwrap()
        .1;
    let action = format!("/az/id/login{}", action.split_once('"').unwrap().0);
    let query = page.location.split_once('?').unwrap().1;
    let request = Request::post(&action)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!(
            "{query}&fin=OTEST01&code=222222&action=log-in"
        )));
    let mistake = site.send(request.unwrap()).await;
    assert_eq!(mistake.status, StatusCode::UNPROCESSABLE_ENTITY);
    let english = mistake
        .body
        .split_once("href=\"/en")
        .unwrap()
        .1
        .split_once('"')
        .unwrap()
        .0;
    let english = site
        .send(Request::get(format!("/en{english}")).body(Body::empty()).unwrap())
        .await;
    assert_eq!(english.status, StatusCode::OK, "{}", english.body);
    assert!(english.body.contains("Log in"), "{}", english.body);
}

#[tokio::test]
async fn another_site_cannot_fill_the_log_in_page_in() {
    let site = Site::open().await;
    let page = site.authorize(&good(&challenge()), "").await;
    let (path, query) = page.location.split_once('?').unwrap();
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .body(Body::from(format!("{query}&fin=OTEST01&code=111111")));
    assert_eq!(site.send(request.unwrap()).await.status, StatusCode::FORBIDDEN);
}

/// The ID token of a log-in of this person at a client.
async fn id_token(site: &Site, fin: &str) -> (String, String) {
    let page = site.authorize(&good(&challenge()), "").await;
    let answer = site.log_in(&page, fin).await;
    let cookie = answer.cookie.clone().unwrap();
    let tokens = site.token(&sound(&answer.sent("code").unwrap())).await;
    let token = tokens.json()["id_token"].as_str().unwrap().to_owned();
    (token, cookie.split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn id_token_hint_admits_only_its_citizen() {
    let site = Site::open().await;
    let challenge = challenge();
    let (of_first, first) = id_token(&site, "OTEST01").await;
    let (_, second) = id_token(&site, "OTEST02").await;
    let asked = with(good(&challenge), "id_token_hint", &of_first);
    assert!(site.authorize(&asked, &first).await.sent("code").is_some());
    // Another citizen is logged in: without a page that is an error, with one the right person may log in.
    let silent = site
        .authorize(&with(asked.clone(), "prompt", "none"), &second)
        .await;
    assert_eq!(silent.sent("error").as_deref(), Some("login_required"));
    let page = site.authorize(&asked, &second).await;
    let other = site.log_in(&page, "OTEST02").await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.cookie.is_none() && other.sent("code").is_none());
    assert!(site.log_in(&page, "OTEST01").await.sent("code").is_some());
    // A token of another client says nothing here.
    let foreign = with(asked, "client_id", "bank");
    let foreign = site.authorize(&foreign, "").await;
    assert_eq!(foreign.sent("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn fin_is_typed_hinted_or_chosen_from_the_list() {
    let site = Site::open().await;
    let challenge = challenge();
    let page = site.authorize(&good(&challenge), "").await;
    for typed in ["otest01", " OTEST01 ", "OTEST-01", "ＯＴＥＳＴ０１"] {
        let answer = site.log_in(&page, typed).await;
        assert!(answer.sent("code").is_some(), "{typed}: {}", answer.body);
    }
    for (typed, says) in [
        ("", "FİN-i yazın"),
        ("OTEST", "7 simvoldan"),
        ("OTEST0ı", "7 simvoldan"),
        ("0TEST01", "Reyestrdə bu FİN ilə heç kim yoxdur"),
    ] {
        let answer = site.log_in(&page, typed).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(answer.body.contains(says), "{typed}: {}", answer.body);
    }
    let form = |location: String| async {
        site.send(Request::get(location).body(Body::empty()).unwrap())
            .await
            .body
    };
    let listed = form(page.location.clone()).await;
    let link = format!("{}&amp;fin=OTEST0S#code", page.location);
    assert!(listed.contains(&link), "{listed}");
    let chosen = form(format!("{}&fin=OTEST0S", page.location)).await;
    assert!(
        chosen.contains("name=\"fin\" type=\"text\" value=\"OTEST0S\""),
        "{chosen}"
    );
    let hinted = site
        .authorize(&with(good(&challenge), "login_hint", "otest04"), "")
        .await;
    let hinted = form(hinted.location).await;
    assert!(hinted.contains("value=\"OTEST04\""), "{hinted}");
}

#[tokio::test]
async fn death_is_told_only_after_the_code() {
    let site = Site::open().await;
    let page = site.authorize(&good(&challenge()), "").await;
    let (path, query) = page.location.split_once('?').unwrap();
    let try_code = |code: &str| {
        Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(format!(
                "{query}&fin=OTEST06&code={code}&action=log-in"
            )))
            .unwrap()
    };
    let wrong = site.send(try_code("222222")).await;
    assert!(!wrong.body.contains("vəfat edib,"), "{}", wrong.body);
    let right = site.send(try_code("111111")).await;
    assert!(right.body.contains("vəfat edib,"), "{}", right.body);
    assert!(right.cookie.is_none() && right.sent("code").is_none());
}
