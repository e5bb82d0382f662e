//! API tokens: what they open, and their revocation.

use super::*;

#[tokio::test]
async fn token_opens_its_own_organisation_and_only_while_it_is_valid() {
    let stage = Stage::new().await;
    let path = announced(&stage, EMPTY_COMPONENT).await;
    let whoami = |secret: &str| {
        request("GET", "/api/v1/whoami")
            .header(header::AUTHORIZATION, format!("Bearer {secret}"))
            .body(Body::empty())
            .unwrap()
    };
    let answer = stage.send(whoami(&stage.secret)).await;
    assert_eq!(
        (answer.status, &answer.json()["organisation"]),
        (StatusCode::OK, &json!("Xəzər MMC"))
    );
    for wrong in ["", "aim_x", &"a".repeat(1_000)] {
        assert_problem(
            &stage.send(whoami(wrong)).await,
            StatusCode::UNAUTHORIZED,
            "token-required",
        );
    }
    let nobody = request("PUT", &path).body(Body::from(EMPTY_COMPONENT)).unwrap();
    assert_problem(
        &stage.send(nobody).await,
        StatusCode::UNAUTHORIZED,
        "token-required",
    );

    // Another organisation's submission is as good as none.
    let citizen = aim_gov::invocation::CitizenId("citizen-2".to_owned());
    let new = crate::domain::organisation::NewOrganisation::parse("Kür MMC", "1400000002").unwrap();
    let other = crate::account::register(&stage.app, &citizen, new).await.unwrap();
    let lifetime = crate::domain::token::Lifetime::QuarterHour;
    let (token, secret) =
        crate::account::create_token(&stage.app, (&citizen, "Leyla"), &other.id, "x", lifetime)
            .await
            .unwrap();
    let secret = secrecy::ExposeSecret::expose_secret(&secret).to_owned();
    let foreign = |path: &str, method: &str| {
        request(method, path)
            .header(header::AUTHORIZATION, format!("Bearer {secret}"))
            .body(Body::from(EMPTY_COMPONENT))
            .unwrap()
    };
    assert_problem(
        &stage.send(foreign(&path, "PUT")).await,
        StatusCode::NOT_FOUND,
        "not-found",
    );
    let answer = stage.send(foreign("/api/v1/services/water-meter", "GET")).await;
    assert_problem(&answer, StatusCode::NOT_FOUND, "not-found");

    crate::account::revoke_token(&stage.app, &stage.organisation.id, &stage.token.id)
        .await
        .unwrap();
    assert_problem(
        &stage.send(whoami(&stage.secret)).await,
        StatusCode::UNAUTHORIZED,
        "token-required",
    );
    assert_eq!(stage.send(whoami(&secret)).await.status, StatusCode::OK);
    stage.app.platform.clock.advance_ms(token.expires_at.0 - NOW.0);
    assert_problem(
        &stage.send(whoami(&secret)).await,
        StatusCode::UNAUTHORIZED,
        "token-required",
    );
}

#[tokio::test]
async fn token_revokes_itself_and_no_other() {
    let stage = Stage::new().await;
    let lifetime = crate::domain::token::Lifetime::QuarterHour;
    let citizen = aim_gov::invocation::CitizenId("citizen-1".to_owned());
    let (_, other) = crate::account::create_token(
        &stage.app,
        (&citizen, "Leyla"),
        &stage.organisation.id,
        "other",
        lifetime,
    )
    .await
    .unwrap();
    let other = secrecy::ExposeSecret::expose_secret(&other).to_owned();
    let ask = |method: &str, path: &str, secret: &str| {
        request(method, path)
            .header(header::AUTHORIZATION, format!("Bearer {secret}"))
            .body(Body::empty())
            .unwrap()
    };
    let ended = stage.send(ask("DELETE", "/api/v1/token", &stage.secret)).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    for (method, path) in [("GET", "/api/v1/whoami"), ("DELETE", "/api/v1/token")] {
        assert_problem(
            &stage.send(ask(method, path, &stage.secret)).await,
            StatusCode::UNAUTHORIZED,
            "token-required",
        );
    }
    let still = stage.send(ask("GET", "/api/v1/whoami", &other)).await;
    assert_eq!(still.status, StatusCode::OK);
}
