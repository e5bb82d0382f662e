//! The developers' forms.

use super::*;

#[tokio::test]
async fn developer_makes_a_token_once_and_revokes_it() {
    let stage = Stage::new().await;
    let cookie = developer(&stage).await;
    let fields = [("label", "build machine"), ("lifetime", "15m")];
    // The newest comes first in the list.
    stage.app.platform.clock.advance_ms(1);
    let made = stage.post_form("/en/developers/tokens", &cookie, &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let page = made.location().to_owned();
    let made = stage.get(&page, &cookie).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    // The token is shown once; loading the page again makes nothing and shows nothing.
    let again = stage.get(&page, &cookie).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
    assert_eq!(again.location(), "/en/developers");
    let secret = made
        .body
        .split("<output")
        .nth(1)
        .unwrap()
        .split(['>', '<'])
        .nth(1)
        .unwrap()
        .to_owned();
    assert!(secret.starts_with("aim_"), "{secret}");
    let whoami = |secret: String| {
        request("GET", "/api/v1/whoami")
            .header(header::AUTHORIZATION, format!("Bearer {secret}"))
            .body(Body::empty())
            .unwrap()
    };
    let never_used = stage.get("/en/developers", &cookie).await.body;
    assert!(!never_used.contains("0.0.0.0/24"), "{never_used}");
    assert_eq!(stage.send(whoami(secret.clone())).await.status, StatusCode::OK);
    let taken = stage.post_form("/en/developers/tokens", &cookie, &fields).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        taken.body.contains("A valid token has this label already"),
        "{}",
        taken.body
    );
    let list = stage.get("/en/developers", &cookie).await.body;
    assert!(
        list.contains("build machine") && list.contains("0.0.0.0/24") && !list.contains(&secret),
        "{list}"
    );
    let id = list
        .split("/developers/tokens/")
        .nth(1)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    let path = format!("/en/developers/tokens/{id}/revoke");
    assert!(!list.contains(&format!("action=\"{path}\"")), "{list}");
    let asked = stage.get(&path, &cookie).await;
    assert_eq!(asked.status, StatusCode::OK);
    for words in [
        "Revoke this token?",
        "build machine",
        "Keep the token",
        "action=\"/en/developers/tokens/",
    ] {
        assert!(asked.body.contains(words), "{words}: {}", asked.body);
    }
    assert_eq!(stage.send(whoami(secret.clone())).await.status, StatusCode::OK);
    assert_eq!(
        stage.post_form(&path, &cookie, &[]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(stage.send(whoami(secret)).await.status, StatusCode::UNAUTHORIZED);
    let said = "You revoked the token “build machine”.";
    assert!(stage.get("/en/developers", &cookie).await.body.contains(said));
    assert!(!stage.get("/en/developers", &cookie).await.body.contains(said));
    assert_eq!(stage.get(&path, &cookie).await.status, StatusCode::NOT_FOUND);
    // A label is free again once its token is over.
    let freed = stage.post_form("/en/developers/tokens", &cookie, &fields).await;
    assert_eq!(freed.status, StatusCode::SEE_OTHER, "{}", freed.body);
    for (label, message) in [("", "1 to 60"), ("\u{202e}", "1 to 60")] {
        let answer = stage
            .post_form(
                "/en/developers/tokens",
                &cookie,
                &[("label", label), ("lifetime", "1d")],
            )
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(message), "{}", answer.body);
    }
}

#[tokio::test]
async fn withdrawn_version_is_over() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let cookie = developer(&stage).await;
    let page = format!("/en/developers/submissions/{}", submission.id);
    let path = format!("{page}/withdraw");
    let shown = stage.get(&page, &cookie).await.body;
    assert!(shown.contains(&format!("href=\"{path}\"")), "{shown}");
    assert!(!shown.contains(&format!("action=\"{path}\"")), "{shown}");
    let asked = stage.get(&path, &cookie).await.body;
    for words in [
        "Withdraw this version for good?",
        "water-meter",
        "1.0.0",
        "Keep this version",
    ] {
        assert!(asked.contains(words), "{words}: {asked}");
    }
    assert_eq!(stage.submission(&submission.id).await.state.code(), "vetted");
    assert_eq!(
        stage.post_form(&path, &cookie, &[]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(stage.submission(&submission.id).await.state.code(), "withdrawn");
    let shown = stage.get(&page, &cookie).await.body;
    assert!(
        shown.contains("You withdrew version 1.0.0 of water-meter."),
        "{shown}"
    );
    assert_eq!(stage.get(&path, &cookie).await.status, StatusCode::CONFLICT);
    assert_eq!(
        stage.post_form(&path, &cookie, &[]).await.status,
        StatusCode::CONFLICT
    );
    let officer = stage.staff("aysel@aim.example").await;
    let answer = approve(&stage, &officer, &approve_fields(&submission), &submission.id.0).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
    let log = stage
        .get(&format!("/en/staff/submissions/{}", submission.id), &officer)
        .await
        .body;
    assert!(
        log.contains("Withdrawn") && log.contains("state of the submission has changed"),
        "{log}"
    );
}

#[tokio::test]
async fn developer_sees_limits_asked_and_given_and_what_happened() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let cookie = developer(&stage).await;
    let page = format!("/en/developers/submissions/{}", submission.id);
    let mut fewer = stage.yes(&submission);
    fewer.limits.citizens_max = 100;
    let aysel = stage.person("aysel@aim.example").await;
    crate::review::approve(&stage.app, &aysel, &submission.id, fewer)
        .await
        .unwrap();
    // What one officer gave is not told before the other has decided.
    let shown = stage.get(&page, &cookie).await.body;
    assert!(
        shown.contains("<th scope=\"row\">Citizens</th><td data-label=\"Asked\">200</td></tr>"),
        "{shown}"
    );
    let rashad = stage.person("rashad@aim.example").await;
    let yes = stage.yes(&submission);
    crate::review::approve(&stage.app, &rashad, &submission.id, yes)
        .await
        .unwrap();
    let shown = stage.get(&page, &cookie).await.body;
    for words in [
        "<td data-label=\"Asked\">200</td><td data-label=\"First approval\">100</td>\
         <td data-label=\"Second approval\">200</td><td data-label=\"Applies\"><strong>100</strong></td>",
        "Component received",
        "Passed automatic vetting",
        "An officer of the Centre",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    for hidden in ["Aysel", "The evidence was read."] {
        assert!(!shown.contains(hidden), "{hidden}: {shown}");
    }
}

#[tokio::test]
async fn unverified_developer_is_told_so() {
    let stage = Stage::new().await;
    let cookie = developer(&stage).await;
    let home = stage.get("/en/developers", &cookie).await.body;
    assert!(!home.contains("not verified"), "{home}");
    stage.change("DELETE FROM organisation_verification").await;
    let home = stage.get("/en/developers", &cookie).await.body;
    assert!(home.contains("Your organisation is not verified yet"), "{home}");
}

#[tokio::test]
async fn log_is_its_organisations_alone() {
    let stage = Stage::new().await;
    let cookie = developer(&stage).await;
    let token = stage.another_organisation().await;
    let component = crate::testing::EMPTY_COMPONENT;
    stage.submitted(&manifest("water-meter", "1.0.0")).await;
    let foreign = manifest("tea-house", "1.0.0");
    stage.submitted_by(&token, &foreign, component).await;
    for (name, status) in [
        ("water-meter", StatusCode::OK),
        ("tea-house", StatusCode::NOT_FOUND),
        ("nobodys", StatusCode::NOT_FOUND),
    ] {
        let path = format!("/en/developers/services/{name}/logs");
        assert_eq!(stage.get(&path, &cookie).await.status, status, "{name}");
    }
}
