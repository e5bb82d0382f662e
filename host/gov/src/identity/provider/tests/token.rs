use base64::engine::general_purpose::STANDARD;

use super::*;

#[tokio::test]
async fn code_becomes_tokens_bound_to_everything_that_was_asked() {
    let site = Site::open().await;
    let (code, _) = site.code().await;
    let answer = site.token(&sound(&code)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "bearer");
    assert_eq!(tokens["expires_in"], 600);
    let claims = payload(tokens["id_token"].as_str().unwrap());
    let sub = site.scene.identity.client_sub("sector-of-shop", "OTEST01");
    let now = crate::scene::NOW.seconds();
    for (field, value) in [
        ("iss", serde_json::json!("http://localhost/id")),
        ("aud", serde_json::json!(["shop"])),
        ("sub", serde_json::json!(sub)),
        ("nonce", serde_json::json!("no")),
        ("acr", serde_json::json!("substantial")),
        ("amr", serde_json::json!(["otp"])),
        ("iat", serde_json::json!(now)),
        ("exp", serde_json::json!(now + 600)),
        ("auth_time", serde_json::json!(now)),
    ] {
        assert_eq!(claims[field], value, "{field}");
    }
    assert!(claims["at_hash"].is_string());
    assert_ne!(sub, site.scene.identity.client_sub("sector-of-bank", "OTEST01"));

    let recorded = |log: &[(String, String, String)]| log.iter().any(|(what, ..)| what == "userinfo");
    assert!(!recorded(&site.scene.log("OTEST01").await));
    let about = site
        .userinfo(tokens["access_token"].as_str().unwrap())
        .await
        .json();
    assert_eq!(about["sub"], claims["sub"]);
    assert_eq!(about["name"], "Məmmədova Aygün Rəşad qızı");
    assert_eq!(about.get("address"), None, "a scope that was not asked for");
    let told = "birthdate family_name gender given_name locale middle_name name";
    let record = ("userinfo".to_owned(), "allowed".to_owned(), told.to_owned());
    assert_eq!(site.scene.log("OTEST01").await, [record]);
}

#[tokio::test]
async fn token_request_with_a_fault_gets_no_token() {
    let site = Site::open().await;
    for (field, value, error) in [
        ("grant_type", "", "invalid_request"),
        ("grant_type", "password", "unsupported_grant_type"),
        ("code", "", "invalid_request"),
        ("code", "invented", "invalid_grant"),
        ("redirect_uri", "", "invalid_grant"),
        ("redirect_uri", "http://client.example/callback/", "invalid_grant"),
        ("client_id", "", "invalid_client"),
        ("client_id", "nobody", "invalid_client"),
        ("client_id", "bank", "invalid_client"),
        ("client_secret", "", "invalid_client"),
        ("client_secret", "s3cre", "invalid_client"),
        ("code_verifier", "", "invalid_grant"),
        ("code_verifier", "short", "invalid_grant"),
        (
            "code_verifier",
            "another-verifier-of-more-than-forty-three-chars",
            "invalid_grant",
        ),
        ("code_verifier", challenge().leak(), "invalid_grant"),
    ] {
        let (code, _) = site.code().await;
        let answer = site.token(&with(sound(&code), field, value)).await;
        assert_eq!(answer.json()["error"], error, "{field}: {value}");
        let status = if error == "invalid_client" {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::BAD_REQUEST
        };
        assert_eq!(answer.status, status, "{field}: {value}");
    }
    let (code, _) = site.code().await;
    let stolen = with(with(sound(&code), "client_id", "bank"), "client_secret", "other");
    assert_eq!(site.token(&stolen).await.json()["error"], "invalid_grant");
    let (code, _) = site.code().await;
    let mut twice = sound(&code);
    twice.push(("code", &code));
    assert_eq!(site.token(&twice).await.json()["error"], "invalid_request");
    let (code, _) = site.code().await;
    site.scene.platform.clock.advance_ms(super::super::CODE_MS);
    assert_eq!(site.token(&sound(&code)).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn code_that_failed_is_gone() {
    let site = Site::open().await;
    let (code, _) = site.code().await;
    let guess = "another-verifier-of-more-than-forty-three-chars";
    site.token(&with(sound(&code), "code_verifier", guess)).await;
    assert_eq!(site.token(&sound(&code)).await.json()["error"], "invalid_grant");
}

#[tokio::test]
async fn code_used_twice_voids_the_tokens_of_its_first_use() {
    let site = Site::open().await;
    let (code, _) = site.code().await;
    let tokens = site.token(&sound(&code)).await.json();
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(site.userinfo(token).await.status, StatusCode::OK);
    assert_eq!(site.token(&sound(&code)).await.json()["error"], "invalid_grant");
    let answer = site.userinfo(token).await;
    assert_eq!(
        (answer.status, answer.json()["error"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("invalid_token"))
    );
}

#[tokio::test]
async fn one_of_many_redemptions_at_once_wins_at_most() {
    let site = Site::open().await;
    let (code, _) = site.code().await;
    let request = sound(&code);
    let answers = futures::future::join_all((0..8).map(|_| site.token(&request))).await;
    let won = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::OK)
        .count();
    assert!(won <= 1, "{won} redemptions went through");
    // The others were replays: no token of this code is good any more.
    for answer in answers.iter().filter(|answer| answer.status == StatusCode::OK) {
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(site.userinfo(&token).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn access_token_ends_by_the_hosts_clock() {
    let site = Site::open().await;
    let (code, _) = site.code().await;
    let tokens = site.token(&sound(&code)).await.json();
    let token = tokens["access_token"].as_str().unwrap();
    site.scene.platform.clock.advance_ms(super::super::TOKEN_MS);
    assert_eq!(site.userinfo(token).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(site.userinfo("invented").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn client_proves_itself_in_one_way() {
    let site = Site::open().await;
    let send = async |secret: &str, body: String| {
        let credentials = STANDARD.encode(format!("shop:{secret}"));
        let request = Request::post("/id/token")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::AUTHORIZATION, format!("Basic {credentials}"))
            .body(Body::from(body));
        site.send(request.unwrap()).await
    };
    let (code, _) = site.code().await;
    let body = |code: &str, extra: &str| {
        format!(
            "grant_type=authorization_code&code={code}&redirect_uri={REDIRECT}&code_verifier={VERIFIER}{extra}"
        )
    };
    let wrong = send("guess", body(&code, "")).await;
    assert_eq!(wrong.json()["error"], "invalid_client");
    let both = send("s3cret", body(&code, "&client_id=shop&client_secret=s3cret")).await;
    assert_eq!(both.json()["error"], "invalid_request");
    let other = send("s3cret", body(&code, "&client_id=bank")).await;
    assert_eq!(other.json()["error"], "invalid_client");
    // None of these took the code: the client was not known yet.
    assert_eq!(send("s3cret", body(&code, "")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn logout_needs_an_id_token_of_ours() {
    let site = Site::open().await;
    let (code, cookie) = site.code().await;
    let tokens = site.token(&sound(&code)).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let end = async |query: String| {
        let request = Request::get(format!("/id/end-session?{query}"))
            .header(header::COOKIE, &cookie)
            .body(Body::empty());
        site.send(request.unwrap()).await
    };
    let (head, signature) = hint.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    for query in [
        String::new(),
        "id_token_hint=nonsense".to_owned(),
        format!("id_token_hint={forged}"),
        format!("id_token_hint={hint}&post_logout_redirect_uri=http://evil.example/"),
    ] {
        assert_eq!(
            end(query.clone()).await.status,
            StatusCode::BAD_REQUEST,
            "{query}"
        );
        let still = site.authorize(&good(&challenge()), &cookie).await;
        assert!(still.sent("code").is_some(), "{query}");
    }
    // An old token will do: the citizen may have been away for days.
    site.scene.platform.clock.advance_ms(super::super::TOKEN_MS * 2);
    let bye = end(format!(
        "id_token_hint={hint}&post_logout_redirect_uri=http://client.example/bye&state=s"
    ))
    .await;
    assert_eq!(bye.location, "http://client.example/bye?state=s");
    let gone = site.authorize(&good(&challenge()), &cookie).await;
    assert!(gone.location.starts_with("/az/id/login?"), "{}", gone.location);
}

#[tokio::test]
async fn userinfo_is_refused_when_its_record_cannot_be_written() {
    let site = Site::open().await;
    let (code, _) = site.code().await;
    let tokens = site.token(&sound(&code)).await.json();
    site.scene.lose_audit_records().await;
    let answer = site.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.body.contains("Aygün"), "{}", answer.body);
}

#[tokio::test]
async fn logout_link_with_the_token_of_another_is_ignored() {
    let site = Site::open().await;
    let page = site.authorize(&good(&challenge()), "").await;
    let theirs = site.log_in(&page, "OTEST02").await.sent("code").unwrap();
    let tokens = site.token(&sound(&theirs)).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let (_, cookie) = site.code().await;
    let request = Request::get(format!("/id/end-session?id_token_hint={hint}"))
        .header(header::COOKIE, &cookie)
        .body(Body::empty());
    let answer = site.send(request.unwrap()).await;
    assert_eq!(answer.cookie, None, "the browser is told to forget the log-in");
    let still = site.authorize(&good(&challenge()), &cookie).await;
    assert!(still.sent("code").is_some());
}

#[tokio::test]
async fn over_https_a_log_in_can_be_planted_by_nobody() {
    let site = Site::at("https://aim.example", super::ONE_TIME_CODE).await;
    let (code, cookie) = site.code().await;
    let planted = cookie
        .strip_prefix("__Host-")
        .unwrap_or_else(|| panic!("{cookie}"));
    assert!(
        site.authorize(&good(&challenge()), &cookie)
            .await
            .sent("code")
            .is_some()
    );
    let page = site.authorize(&good(&challenge()), planted).await;
    assert!(page.location.starts_with("/az/id/login?"), "{}", page.location);
    let tokens = site.token(&sound(&code)).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let request = Request::get(format!("/id/end-session?id_token_hint={hint}"))
        .header(header::COOKIE, &cookie)
        .body(Body::empty());
    let gone = site.send(request.unwrap()).await.cookie.unwrap();
    assert!(
        gone.starts_with("__Host-aim_id=;") && gone.contains("Secure"),
        "{gone}"
    );
}
