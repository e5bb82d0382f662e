//! What the tokens of the external provider have to prove.

use super::*;

#[tokio::test]
async fn id_token_that_breaks_a_rule_is_refused() {
    let stage = Stage::set().await;
    let challenge = challenge();
    let now = stage.now().seconds();
    let set = |name: &'static str, value: Value| (name, value);
    for (name, value) in [
        set("nonce", json!("another")),
        set("nonce", Value::Null),
        set("aud", json!("another")),
        set("aud", json!(["aim", "another"])),
        set("iss", json!("http://another.example")),
        set("exp", json!(now - 1)),
        set("at_hash", json!("AAAA")),
        set("auth_time", Value::Null),
        set("auth_time", json!(now + 120)),
    ] {
        let answer = stage
            .tries(&good(&challenge), |claims| claims[name] = value.clone())
            .await;
        let case = format!("{name}: {value}");
        assert_refused(&answer, StatusCode::BAD_REQUEST, LOG_IN_FAILED, &case);
    }
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"alg": "ES256", "kid": "one"}),
    ] {
        stage.foreign.says(|script| script.header = header.clone());
        let answer = stage.tries(&good(&challenge), |_| {}).await;
        assert_refused(
            &answer,
            StatusCode::BAD_REQUEST,
            LOG_IN_FAILED,
            &header.to_string(),
        );
    }
    stage
        .foreign
        .says(|script| script.header = json!({"alg": "EdDSA", "kid": "one"}));
    stage.foreign.says(|script| script.signed_by = [9; 32]);
    let answer = stage.tries(&good(&challenge), |_| {}).await;
    assert_refused(
        &answer,
        StatusCode::BAD_REQUEST,
        LOG_IN_FAILED,
        "a forged signature",
    );
    stage.foreign.says(|script| {
        script.signed_by = [1; 32];
        script.refusal = Some("invalid_grant");
    });
    let answer = stage.tries(&good(&challenge), |_| {}).await;
    assert_refused(&answer, StatusCode::BAD_REQUEST, LOG_IN_FAILED, "a refused code");
    stage.foreign.says(|script| script.refusal = None);
    assert_logged_in(&stage.tries(&good(&challenge), |_| {}).await);
}

#[tokio::test]
async fn log_in_has_the_level_and_age_that_were_asked_for() {
    let stage = Stage::set().await;
    let challenge = challenge();
    let now = stage.now().seconds();
    let high = with(good(&challenge), "acr_values", "high");
    let leaving = stage.leaves(&high).await;
    assert_eq!(leaving.sent("acr_values").as_deref(), Some("signed"));
    let says = "weaker or older";
    for (case, fields, name, value) in [
        ("two factors for high", &high, "acr", json!("two")),
        (
            "a level that does not count",
            &good(&challenge),
            "acr",
            json!("one"),
        ),
        ("no level", &good(&challenge), "acr", Value::Null),
        (
            "older than a day",
            &good(&challenge),
            "auth_time",
            json!(now - 86_400),
        ),
        (
            "older than asked for",
            &with(good(&challenge), "max_age", "300"),
            "auth_time",
            json!(now - 400),
        ),
        (
            "not a new one",
            &with(good(&challenge), "prompt", "login"),
            "auth_time",
            json!(now - 100),
        ),
    ] {
        let answer = stage.tries(fields, |claims| claims[name] = value).await;
        assert_refused(&answer, StatusCode::FORBIDDEN, says, case);
    }
    let back = stage.tries(&high, |claims| claims["acr"] = "signed".into()).await;
    assert_logged_in(&back);
    let tokens = stage.site.token(&sound(&back.sent("code").unwrap())).await.json();
    assert_eq!(payload(tokens["id_token"].as_str().unwrap())["acr"], "high");
    let new = with(good(&challenge), "prompt", "login");
    let leaving = stage.leaves(&with(new, "login_hint", "OTEST01")).await;
    assert_eq!(leaving.sent("prompt").as_deref(), Some("login"));
    assert_eq!(leaving.sent("max_age").as_deref(), Some("0"));
    assert_eq!(leaving.sent("login_hint").as_deref(), Some("OTEST01"));
}

#[tokio::test]
async fn levels_without_a_name_are_every_log_in_and_none() {
    let stage = Stage::of(|settings| {
        settings.acr_substantial = None;
        settings.acr_high = None;
    })
    .await;
    let challenge = challenge();
    let leaving = stage.leaves(&good(&challenge)).await;
    assert_eq!(leaving.sent("acr_values"), None);
    assert_logged_in(
        &stage
            .tries(&good(&challenge), |claims| claims["acr"] = Value::Null)
            .await,
    );
    let refused = stage
        .page(&with(good(&challenge), "acr_values", "high"), "")
        .await;
    let error = refused.sent("error");
    assert_eq!(
        error.as_deref(),
        Some("unmet_authentication_requirements"),
        "{}",
        refused.location
    );
}

#[tokio::test]
async fn fin_comes_from_the_id_token_or_from_userinfo_about_the_same_person() {
    let stage = Stage::set().await;
    let challenge = challenge();
    let no_fin = |claims: &mut Value| claims["fin"] = Value::Null;
    for (case, userinfo) in [
        ("somebody else", json!({"sub": "another", "fin": "OTEST01"})),
        ("no FIN", json!({"sub": "them"})),
        ("a number", json!({"sub": "them", "fin": 7})),
        ("not a FIN", json!({"sub": "them", "fin": "OTEST0"})),
    ] {
        stage.foreign.says(|script| script.userinfo = userinfo);
        let answer = stage.tries(&good(&challenge), no_fin).await;
        assert_refused(&answer, StatusCode::BAD_REQUEST, LOG_IN_FAILED, case);
    }
    stage
        .foreign
        .says(|script| script.userinfo = json!({"sub": "them", "fin": "OTEST01"}));
    assert_logged_in(&stage.tries(&good(&challenge), no_fin).await);
}

#[tokio::test]
async fn keys_that_changed_are_read_again_but_not_for_every_forged_token() {
    let stage = Stage::set().await;
    let challenge = challenge();
    assert_logged_in(&stage.tries(&good(&challenge), |_| {}).await);
    stage.foreign.says(|script| {
        script.key = ([2; 32], "two");
        script.signed_by = [2; 32];
        script.header["kid"] = "two".into();
    });
    let answer = stage.tries(&good(&challenge), |_| {}).await;
    assert_refused(&answer, StatusCode::BAD_REQUEST, LOG_IN_FAILED, "within a minute");
    stage.site.scene.platform.clock.advance_ms(60_000);
    assert_logged_in(&stage.tries(&good(&challenge), |_| {}).await);
}
