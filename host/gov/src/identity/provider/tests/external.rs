//! Log-ins at an external provider: what its answer has to prove, and what the citizen is told where it does not.

mod foreign;
mod stage;
mod tokens;

use serde_json::{Value, json};

use self::foreign::{Foreign, at_hash};
use self::stage::{Stage, assert_logged_in, assert_refused, settings};
use super::super::external::{CallError, External, ProbeError, Settings};
use super::*;
use crate::clock::Timestamp;

const LOG_IN_FAILED: &str = "does not belong to this attempt";
const OUT_OF_REACH: &str = "out of reach";

#[tokio::test]
async fn citizen_logs_in_at_the_external_provider() {
    let stage = Stage::set().await;
    let challenge = challenge();
    let leaving = stage.leaves(&good(&challenge)).await;
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "aim"),
        ("redirect_uri", "http://localhost/id/callback"),
        ("scope", "openid profile"),
        ("code_challenge_method", "S256"),
        ("acr_values", "two signed"),
        ("max_age", "43200"),
        ("ui_locales", "en"),
    ] {
        assert_eq!(leaving.sent(name).as_deref(), Some(value), "{name}");
    }
    assert!(
        leaving
            .address
            .as_str()
            .starts_with(&format!("{}/auth?", stage.foreign.issuer))
    );
    let mut claims = stage.sound(&leaving);
    claims["at_hash"] = at_hash().into();
    stage.foreign.says(|script| script.claims = claims);
    let back = stage.comes_back(&leaving).await;
    assert_logged_in(&back);
    assert_eq!(back.sent("state").as_deref(), Some("st"));
    let (authorization, form) = stage.foreign.says(|script| script.asked.pop().unwrap());
    assert!(authorization.starts_with("Basic "), "{authorization}");
    assert_eq!(form["code"], "c0de");
    let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
    assert_eq!(leaving.sent("code_challenge"), Some(proof));
    let tokens = stage.site.token(&sound(&back.sent("code").unwrap())).await.json();
    let claims = payload(tokens["id_token"].as_str().unwrap());
    assert_eq!(
        (claims["acr"].as_str(), &claims["amr"]),
        (Some("substantial"), &json!(["pin"]))
    );
    let person = stage
        .site
        .userinfo(tokens["access_token"].as_str().unwrap())
        .await
        .json();
    assert_eq!(person["given_name"], "Aygün");
    // The log-in holds here: nobody is sent there again.
    let cookie = back.cookie.unwrap();
    let again = stage
        .site
        .authorize(&good(&challenge), cookie.split(';').next().unwrap())
        .await;
    assert!(again.sent("code").is_some(), "{}", again.location);
}

#[tokio::test]
async fn external_provider_is_not_told_what_the_citizen_wants_to_use() {
    let stage = Stage::set().await;
    let challenge = challenge();
    let leaving = stage.leaves(&good(&challenge)).await;
    let state = leaving.sent("state").unwrap();
    let sealed = state.strip_prefix("sealed-1:").unwrap();
    let bytes = base64::engine::general_purpose::STANDARD_NO_PAD
        .decode(sealed)
        .unwrap();
    let text = String::from_utf8_lossy(&bytes);
    for secret in ["client.example", "shop", "callback"] {
        assert!(!text.contains(secret) && !state.contains(secret), "{secret}");
    }
    let mut fields = good(&challenge);
    let long = "x".repeat(8_000);
    fields.retain(|(name, _)| *name != "state");
    fields.push(("state", &long));
    let answer = stage.page(&fields, "").await;
    assert_refused(
        &answer,
        StatusCode::BAD_REQUEST,
        LOG_IN_FAILED,
        "a state of 8,000 bytes",
    );
}

#[tokio::test]
async fn answer_counts_once_asked_for_in_this_browser_and_in_time() {
    let stage = Stage::set().await;
    let challenge = challenge();
    let leaving = stage.leaves(&good(&challenge)).await;
    let claims = stage.sound(&leaving);
    stage.foreign.says(|script| script.claims = claims);
    let state = leaving.sent("state").unwrap();
    let (issuer, cookie) = (stage.foreign.issuer.as_str(), leaving.cookie.as_str());
    let full = [("code", "c0de"), ("state", state.as_str()), ("iss", issuer)];
    for (case, name, value, cookie) in [
        ("another browser", "", "", "aim_external=another"),
        ("no cookie", "", "", ""),
        ("an empty cookie", "", "", "aim_external="),
        ("a state of nobody's", "state", "sealed-1:AAAA", cookie),
        ("another provider", "iss", "http://another.example", cookie),
        ("no provider although one was promised", "iss", "", cookie),
        ("no code", "code", "", cookie),
    ] {
        let mut fields = full.to_vec();
        fields.retain(|(field, _)| *field != name);
        if !value.is_empty() {
            fields.push((name, value));
        }
        let answer = stage.comes_back_with(&fields, cookie).await;
        assert_refused(&answer, StatusCode::BAD_REQUEST, LOG_IN_FAILED, case);
    }
    stage
        .site
        .scene
        .platform
        .clock
        .advance_ms(crate::identity::provider::REQUEST_MS);
    let claims = stage.sound(&leaving);
    stage.foreign.says(|script| script.claims = claims);
    let answer = stage.comes_back(&leaving).await;
    assert_refused(&answer, StatusCode::BAD_REQUEST, LOG_IN_FAILED, "too late");
    // The page leads to the same request anew.
    let again = answer
        .body
        .split("href=\"")
        .find(|part| part.starts_with("/en/id/login?request="));
    let again = again.unwrap().split('"').next().unwrap();
    assert_eq!(stage.get(again, "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn log_in_that_begins_with_an_empty_cookie_is_bound_to_its_browser() {
    let stage = Stage::set().await;
    let challenge = challenge();
    for (cookie, is_kept) in [("aim_external=", false), ("aim_external=known", true)] {
        let answer = stage.page(&good(&challenge), cookie).await;
        let given = answer.cookie.unwrap();
        let value = given
            .strip_prefix("aim_external=")
            .unwrap()
            .split(';')
            .next()
            .unwrap();
        assert_eq!(value == "known", is_kept, "{cookie}: {given}");
        assert!(!value.is_empty(), "{cookie}: {given}");
    }
}

#[tokio::test]
async fn provider_that_promises_no_issuer_may_leave_it_out() {
    let stage = Stage::set().await;
    stage.foreign.says(|script| {
        script.metadata["authorization_response_iss_parameter_supported"] = false.into();
        script.metadata["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
    });
    let challenge = challenge();
    let leaving = stage.leaves(&good(&challenge)).await;
    let claims = stage.sound(&leaving);
    stage.foreign.says(|script| script.claims = claims);
    let state = leaving.sent("state").unwrap();
    let fields = [("code", "c0de"), ("state", state.as_str())];
    let back = stage.comes_back_with(&fields, &leaving.cookie).await;
    assert_logged_in(&back);
    let (authorization, form) = stage.foreign.says(|script| script.asked.pop().unwrap());
    assert_eq!(
        (authorization.as_str(), form["client_secret"].as_str()),
        ("", "client-s3cret")
    );
}

#[tokio::test]
async fn person_whom_the_register_does_not_let_in_is_told_why() {
    let stage = Stage::set().await;
    let challenge = challenge();
    let dead = crate::identity::personas::all()
        .iter()
        .find(|persona| persona.person.died.is_some());
    let dead = dead.unwrap().person.fin.as_str();
    for (fin, says) in [("OTEST99", "has nobody with the FIN"), (dead, "has died")] {
        let answer = stage
            .tries(&good(&challenge), |claims| claims["fin"] = fin.into())
            .await;
        assert_refused(&answer, StatusCode::FORBIDDEN, says, fin);
    }
    let back = stage.tries(&good(&challenge), |_| {}).await;
    let tokens = stage.site.token(&sound(&back.sent("code").unwrap())).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let of_first = with(good(&challenge), "id_token_hint", hint);
    let answer = stage
        .tries(&of_first, |claims| claims["fin"] = "OTEST02".into())
        .await;
    assert_refused(
        &answer,
        StatusCode::FORBIDDEN,
        "another person",
        "the client's hint",
    );
}

#[tokio::test]
async fn refusal_of_the_external_provider_reaches_the_client_where_it_is_the_citizens() {
    let stage = Stage::set().await;
    let challenge = challenge();
    for (error, told) in [
        ("access_denied", Some("access_denied")),
        (
            "unmet_authentication_requirements",
            Some("unmet_authentication_requirements"),
        ),
        ("server_error", None),
        ("invalid_scope", None),
    ] {
        let leaving = stage.leaves(&good(&challenge)).await;
        let state = leaving.sent("state").unwrap();
        let fields = [
            ("error", error),
            ("state", state.as_str()),
            ("iss", &stage.foreign.issuer),
        ];
        let answer = stage.comes_back_with(&fields, &leaving.cookie).await;
        match told {
            Some(told) => assert_eq!(answer.sent("error").as_deref(), Some(told)),
            None => assert_refused(&answer, StatusCode::BAD_GATEWAY, OUT_OF_REACH, error),
        }
    }
}

#[tokio::test]
async fn external_provider_that_is_silent_or_confused_is_said_to_be_out_of_reach() {
    let challenge = challenge();
    let nowhere = Stage::of(|settings| settings.issuer = "http://127.0.0.1:1".to_owned()).await;
    let answer = nowhere.page(&good(&challenge), "").await;
    assert_refused(&answer, StatusCode::BAD_GATEWAY, OUT_OF_REACH, "nobody listens");
    let stage = Stage::set().await;
    stage
        .foreign
        .says(|script| script.metadata["issuer"] = "http://another.example".into());
    let answer = stage.page(&good(&challenge), "").await;
    assert_refused(&answer, StatusCode::BAD_GATEWAY, OUT_OF_REACH, "another issuer");
    let issuer = stage.foreign.issuer.clone();
    stage.foreign.says(|script| {
        script.metadata["issuer"] = issuer.into();
        script.metadata["padding"] = "x".repeat(256 * 1024).into();
    });
    let answer = stage.page(&good(&challenge), "").await;
    assert_refused(&answer, StatusCode::BAD_GATEWAY, OUT_OF_REACH, "a long answer");
    stage
        .foreign
        .says(|script| script.metadata["padding"] = Value::Null);
    stage.leaves(&good(&challenge)).await;
    // What was read counts while it cannot be read again.
    stage.foreign.says(|script| script.metadata = json!({}));
    stage.site.scene.platform.clock.advance_ms(2 * 60 * 60 * 1000);
    stage.leaves(&good(&challenge)).await;
}

#[tokio::test]
async fn simulated_log_in_is_closed_where_there_is_an_external_one() {
    let stage = Stage::set().await;
    let challenge = challenge();
    let page = stage.site.authorize(&good(&challenge), "").await;
    let answer = stage.site.log_in(&page, "OTEST01").await;
    assert_eq!((answer.status, answer.cookie), (StatusCode::NOT_FOUND, None));
    let simulated = Site::open().await;
    let request = Request::get("/id/callback?state=x&code=y")
        .body(Body::empty())
        .unwrap();
    assert_eq!(simulated.send(request).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn log_out_leads_over_the_external_provider() {
    let stage = Stage::set().await;
    let challenge = challenge();
    let back = stage.tries(&good(&challenge), |_| {}).await;
    let tokens = stage.site.token(&sound(&back.sent("code").unwrap())).await.json();
    let hint = tokens["id_token"].as_str().unwrap();
    let cookie = back.cookie.unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let path = format!(
        "/id/end-session?id_token_hint={hint}&post_logout_redirect_uri=http://client.example/bye&state=s"
    );
    let answer = stage.get(&path, cookie).await;
    assert!(
        answer
            .location
            .starts_with(&format!("{}/end?", stage.foreign.issuer)),
        "{}",
        answer.location
    );
    assert_eq!(answer.sent("client_id").as_deref(), Some("aim"));
    let home = answer.sent("post_logout_redirect_uri");
    assert_eq!(home.as_deref(), Some("http://localhost/id/logged-out"));
    let state: String =
        url::form_urlencoded::byte_serialize(answer.sent("state").unwrap().as_bytes()).collect();
    let on = stage.get(&format!("/id/logged-out?state={state}"), "").await;
    assert_eq!(on.location, "http://client.example/bye?state=s");
    let forged = stage.get("/id/logged-out?state=http://evil.example", "").await;
    assert_eq!(forged.location, "/");
    // Who is logged out already has nothing to end there.
    let again = stage.get(&path, cookie).await;
    assert_eq!(again.location, "http://client.example/bye?state=s");
}

#[tokio::test]
async fn probe_names_what_the_external_provider_lacks() {
    let foreign = Foreign::open().await;
    let external = External::new(settings(&foreign.issuer)).unwrap();
    external.probe().await.unwrap();
    for (name, value, lacks) in [
        (
            "code_challenge_methods_supported",
            json!(["plain"]),
            "PKCE with `S256`",
        ),
        (
            "token_endpoint_auth_methods_supported",
            json!(["none"]),
            "clients with a secret",
        ),
        ("acr_values_supported", json!(["two"]), "the `acr` value `signed`"),
        ("claims_supported", json!(["name"]), "the claim `fin`"),
        ("scopes_supported", json!(["openid"]), "the scope `profile`"),
        ("token_endpoint", Value::Null, "a token endpoint"),
    ] {
        let before = foreign.says(|script| std::mem::replace(&mut script.metadata[name], value));
        match external.probe().await.unwrap_err() {
            ProbeError::Lacks(what) => assert_eq!(what, lacks),
            error @ ProbeError::Call(_) => panic!("{name}: {error}"),
        }
        foreign.says(|script| script.metadata[name] = before);
    }
    let nowhere = External::new(settings("http://127.0.0.1:1")).unwrap();
    let error = nowhere.probe().await.unwrap_err();
    assert!(matches!(error, ProbeError::Call(CallError::Silent(_))), "{error}");
}
