//! The officers' forms.

use super::*;

#[tokio::test]
async fn two_officers_approve_and_neither_sees_the_other_before() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let (aysel, rashad) = (
        stage.staff("aysel@aim.example").await,
        stage.staff("rashad@aim.example").await,
    );
    let id = &submission.id.0;
    let page = format!("/en/staff/submissions/{id}");
    let fields = approve_fields(&submission);
    let answer = approve(&stage, &aysel, &fields, id).await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::SEE_OTHER, page.as_str())
    );

    let own = stage.get(&page, &aysel).await.body;
    assert!(
        own.contains("The evidence was read.") && !own.contains("/approve\""),
        "{own}"
    );
    let other = stage.get(&page, &rashad).await.body;
    assert!(
        !other.contains("The evidence was read.") && other.contains("Hidden until"),
        "{other}"
    );

    let again = approve(&stage, &aysel, &fields, id).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN, "{}", again.body);
    assert!(again.body.contains("must be another officer"), "{}", again.body);
    assert_eq!(
        stage.submission(&submission.id).await.state.code(),
        "first-approved"
    );

    // The empty component cannot run, so the second yes holds and the deployment fails, clearly.
    let second = approve(&stage, &rashad, &fields, id).await;
    assert_eq!(second.status, StatusCode::SERVICE_UNAVAILABLE, "{}", second.body);
    assert!(
        second.body.contains("nothing changed for citizens"),
        "{}",
        second.body
    );
    let approved = stage.submission(&submission.id).await;
    assert_eq!(approved.state.code(), "approved");
    assert_ne!(
        approved.state.live().unwrap().first.by,
        approved.state.live().unwrap().second.by
    );
    let both = stage.get(&page, &rashad).await.body;
    assert!(
        both.contains("The evidence was read.") && both.contains("must be another officer"),
        "{both}"
    );
}

#[tokio::test]
async fn a_wrong_approval_says_which_field_and_keeps_what_was_typed() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let officer = stage.staff("aysel@aim.example").await;
    let id = &submission.id.0;
    for (field, value, status, message) in [
        ("days", "999", StatusCode::UNPROCESSABLE_ENTITY, "cannot be more"),
        (
            "days",
            "5000000000",
            StatusCode::UNPROCESSABLE_ENTITY,
            "cannot be more",
        ),
        ("days", "0", StatusCode::UNPROCESSABLE_ENTITY, "at least one day"),
        ("citizens", "0", StatusCode::UNPROCESSABLE_ENTITY, "one citizen"),
        (
            "citizens",
            "many",
            StatusCode::UNPROCESSABLE_ENTITY,
            "whole number",
        ),
        ("note", " ", StatusCode::UNPROCESSABLE_ENTITY, "grounds"),
        (
            "digest",
            "sha256:other",
            StatusCode::CONFLICT,
            "Open the page again",
        ),
        ("evidence", "other", StatusCode::CONFLICT, "Open the page again"),
    ] {
        let mut fields = approve_fields(&submission);
        for known in &mut fields {
            if known.0 == field {
                value.clone_into(&mut known.1);
            }
        }
        let answer = approve(&stage, &officer, &fields, id).await;
        assert_eq!(answer.status, status, "{field}: {}", answer.body);
        assert!(
            answer.body.contains("error-summary") && answer.body.contains(message),
            "{field}: {}",
            answer.body
        );
        if matches!(field, "days" | "citizens") {
            let shown = format!("name=\"{field}\" inputmode=\"numeric\" value=\"{value}\"");
            assert!(answer.body.contains(&shown), "{field}: {}", answer.body);
            let described = format!("aria-describedby=\"{field}-hint {field}-error\" aria-invalid=\"true\"");
            assert!(answer.body.contains(&described), "{field}: {}", answer.body);
        }
    }
    assert_eq!(stage.submission(&submission.id).await.state.code(), "vetted");
}

#[tokio::test]
async fn decisions_belong_to_staff() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let id = &submission.id.0;
    let fields = approve_fields(&submission);
    for cookie in ["", &developer(&stage).await] {
        let answer = approve(&stage, cookie, &fields, id).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert!(
            answer.location().starts_with("/en/staff/login?"),
            "{}",
            answer.location()
        );
        let page = stage.get(&format!("/az/staff/submissions/{id}"), cookie).await;
        assert!(
            page.location().starts_with("/az/staff/login?return="),
            "{}",
            page.location()
        );
    }
    let director = stage.staff("nigar@aim.example").await;
    let answer = approve(&stage, &director, &fields, id).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    assert_eq!(stage.submission(&submission.id).await.state.code(), "vetted");
}

#[tokio::test]
async fn another_sites_form_is_refused() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let officer = stage.staff("aysel@aim.example").await;
    let path = format!("/en/staff/submissions/{}/reject", submission.id);
    for site in ["cross-site", "same-site"] {
        let forged = request("POST", &path)
            .header(header::COOKIE, &officer)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site)
            .body(Body::from("reason=no"))
            .unwrap();
        assert_eq!(stage.send(forged).await.status, StatusCode::FORBIDDEN, "{site}");
    }
    assert_eq!(stage.submission(&submission.id).await.state.code(), "vetted");
    let answer = stage.post_form(&path, &officer, &[("reason", "no")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(stage.submission(&submission.id).await.state.code(), "rejected");
}
