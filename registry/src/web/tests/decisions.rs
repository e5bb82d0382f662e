//! The officers' forms.

use super::*;

#[tokio::test]
async fn far_reaching_acts_are_confirmed_and_say_what_happened() {
    let stage = Stage::with_compiler().await;
    let (officer, other, director) = (
        stage.staff("aysel@aim.example").await,
        stage.staff("rashad@aim.example").await,
        stage.staff("nigar@aim.example").await,
    );
    let vetted = stage
        .vetted_with(&manifest("water-meter", "1.0.0"), &crate::testing::answering("1"))
        .await;
    let page = format!("/en/staff/submissions/{}", vetted.id);
    let owned = approve_fields(&vetted);
    let fields: Vec<_> = owned
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let act =
        async |path: &str, cookie: &str, fields: &[(&str, &str)], before: &str, asked: &str, after: &str| {
            let path = format!("{page}/{path}");
            let question = stage.post_form(&path, cookie, fields).await;
            assert_eq!(question.status, StatusCode::OK, "{}", question.body);
            assert!(question.body.contains(asked), "{asked}: {}", question.body);
            // Nothing has happened yet.
            assert_eq!(stage.submission(&vetted.id).await.state.code(), before);
            let done = confirmed(&stage, &path, cookie, fields).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
            let shown = stage.get(done.location(), cookie).await.body;
            assert!(
                shown.contains("role=\"alert\"") && shown.contains(after),
                "{after}: {shown}"
            );
            let again = stage.get(done.location(), cookie).await.body;
            assert!(!again.contains(after), "{again}");
        };
    // The first approval changes nothing for citizens.
    let first = stage
        .post_form(&format!("{page}/approve"), &officer, &fields)
        .await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
    let shown = stage.get(&page, &officer).await.body;
    assert!(shown.contains("A second officer decides next"), "{shown}");
    act(
        "approve",
        &other,
        &fields,
        "first-approved",
        "It goes live at once",
        "water-meter 1.0.0 is running.",
    )
    .await;
    let suspend = [
        ("reason", "complaints"),
        ("public_reason", "It showed wrong amounts."),
    ];
    act(
        "suspend",
        &officer,
        &suspend,
        "deployed",
        "until a director lifts",
        "water-meter is suspended.",
    )
    .await;
    let lift = [("reason", "fixed")];
    act(
        "resume",
        &director,
        &lift,
        "suspended",
        "runs again",
        "The suspension of water-meter is lifted.",
    )
    .await;
}

#[tokio::test]
async fn confirmed_rejection_ends_a_version() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let officer = stage.staff("aysel@aim.example").await;
    let path = format!("/en/staff/submissions/{}/reject", submission.id);
    let question = stage
        .post_form(&path, &officer, &[("reason", "unclear <b>")])
        .await;
    assert_eq!(question.status, StatusCode::OK);
    assert!(
        question.body.contains("The version ends for good") && question.body.contains("unclear &#60;b&#62;"),
        "{}",
        question.body
    );
    assert_eq!(stage.submission(&submission.id).await.state.code(), "vetted");
    let done = confirmed(&stage, &path, &officer, &[("reason", "unclear <b>")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(stage.submission(&submission.id).await.state.code(), "rejected");
}

#[tokio::test]
async fn unverified_organisation_is_verified_before_its_first_approval() {
    let stage = Stage::new().await;
    let token = stage.another_organisation().await;
    let submission = stage
        .submitted_by(
            &token,
            &manifest("tea-house", "1.0.0"),
            crate::testing::EMPTY_COMPONENT,
        )
        .await;
    let submission = stage.pass(&submission).await;
    let officer = stage.staff("aysel@aim.example").await;
    let director = stage.staff("nigar@aim.example").await;
    let queue = stage.get("/en/staff", &officer).await.body;
    assert!(queue.contains("Organisation not verified"), "{queue}");
    let page = format!("/en/staff/submissions/{}", submission.id);
    let refused = approve(&stage, &officer, &approve_fields(&submission), &submission.id.0).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert!(refused.body.contains("is not verified yet"), "{}", refused.body);
    let verify = format!("{page}/verify");
    for (cookie, evidence, status) in [
        (&officer, " ", StatusCode::UNPROCESSABLE_ENTITY),
        (&director, "seen", StatusCode::FORBIDDEN),
        (
            &officer,
            "Extract 77, signed by the director",
            StatusCode::SEE_OTHER,
        ),
        (&officer, "again", StatusCode::CONFLICT),
    ] {
        let answer = stage.post_form(&verify, cookie, &[("evidence", evidence)]).await;
        assert_eq!(answer.status, status, "{evidence}: {}", answer.body);
    }
    let shown = stage.get(&page, &officer).await.body;
    for words in [
        "is recorded as verified",
        "Extract 77, signed by the director",
        "Aysel Quliyeva",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let approved = approve(&stage, &officer, &approve_fields(&submission), &submission.id.0).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.body);
}

#[tokio::test]
async fn log_names_person_organisation_and_token() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let officer = stage.staff("aysel@aim.example").await;
    let fields = approve_fields(&submission);
    approve(&stage, &officer, &fields, &submission.id.0).await;
    let page = stage
        .get(&format!("/en/staff/submissions/{}", submission.id), &officer)
        .await
        .body;
    for words in [
        "Elçin Məmmədov, Xəzər MMC, with the token “laptop”",
        "Citizens: 200",
        "The citizen&#39;s consent",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("Your consent"), "{page}");
    // What an officer gave is hidden from the second one, as the grounds are.
    let other = stage.staff("rashad@aim.example").await;
    let hidden = stage
        .get(&format!("/en/staff/submissions/{}", submission.id), &other)
        .await
        .body;
    assert!(!hidden.contains("Citizens: 200"), "{hidden}");
}

#[tokio::test]
async fn officers_are_told_that_a_version_is_older_than_what_runs() {
    let stage = Stage::with_compiler().await;
    let older = stage
        .approved(&manifest("water-meter", "1.0.0"), &crate::testing::answering("1"))
        .await;
    let newer = stage
        .approved(&manifest("water-meter", "2.0.0"), &crate::testing::answering("2"))
        .await;
    let officer = stage.person("aysel@aim.example").await;
    crate::deploy::deploy(&stage.app, &officer, &newer.id)
        .await
        .unwrap();
    let cookie = stage.staff("aysel@aim.example").await;
    let page = format!("/en/staff/submissions/{}", older.id);
    let shown = stage.get(&page, &cookie).await.body;
    assert!(
        shown.contains("older than version 2.0.0, which runs now"),
        "{shown}"
    );
    let queue = stage.get("/en/staff", &cookie).await.body;
    assert!(queue.contains("Older than the running version"), "{queue}");
    let path = format!("{page}/deploy");
    let question = stage.post_form(&path, &cookie, &[]).await.body;
    assert!(
        question.contains("citizens go back to an earlier state"),
        "{question}"
    );
    confirmed(&stage, &path, &cookie, &[]).await;
    let replaced = stage
        .get(&format!("/en/staff/submissions/{}", newer.id), &cookie)
        .await
        .body;
    assert!(
        replaced.contains("Replaced by another version") && !replaced.contains("Replaced by a newer"),
        "{replaced}"
    );
}

#[tokio::test]
async fn page_says_which_approval_is_missing_and_why() {
    let stage = Stage::with_compiler().await;
    let submission = stage
        .approved(&manifest("water-meter", "1.0.0"), &crate::testing::answering("1"))
        .await;
    let officer = stage.person("rashad@aim.example").await;
    crate::deploy::deploy(&stage.app, &officer, &submission.id)
        .await
        .unwrap();
    let (cookie, director) = (
        stage.staff("rashad@aim.example").await,
        stage.staff("nigar@aim.example").await,
    );
    let aysel = stage.person("aysel@aim.example").await;
    let left = [("role", "officer"), ("tax_id", "")];
    stage
        .post_form(&format!("/en/staff/people/{}", aysel.id), &director, &left)
        .await;
    let page = format!("/en/staff/submissions/{}", submission.id);
    for (runs, words) in [
        (true, "it goes on, but it will not be loaded again"),
        (false, "The platform has not loaded it"),
    ] {
        if !runs {
            stage.app.runtime.remove(submission.service());
            crate::deploy::align_all(&stage.app).await.unwrap();
        }
        let shown = stage.get(&page, &cookie).await.body;
        assert!(
            shown.contains("Aysel Quliyeva has left: this approval does not count any more")
                && shown.contains(words),
            "{words}: {shown}"
        );
    }
    // Another officer renews it, and the service is loaded.
    stage.hire("leyla@aim.example").await;
    let leyla = stage.staff("leyla@aim.example").await;
    let known = stage.submission(&submission.id).await;
    let renewed = approve(&stage, &leyla, &approve_fields(&known), &submission.id.0).await;
    assert_eq!(renewed.status, StatusCode::SEE_OTHER, "{}", renewed.body);
    assert!(stage.app.runtime.service(submission.service()).is_some());
    let shown = stage.get(&page, &leyla).await.body;
    assert!(!shown.contains("does not count any more"), "{shown}");
}

#[tokio::test]
async fn page_names_what_differs_in_an_edited_record() {
    let stage = Stage::with_compiler().await;
    let submission = stage
        .approved(&manifest("water-meter", "1.0.0"), &crate::testing::answering("1"))
        .await;
    let mut wider = submission.manifest.clone();
    wider.limits.days = 365;
    let edit = sqlx::query("UPDATE submission SET manifest_data = $1").bind(wider.kept());
    stage.app.platform.db.run(edit).await.unwrap();
    let officer = stage.staff("aysel@aim.example").await;
    let page = format!("/en/staff/submissions/{}", submission.id);
    let shown = stage.get(&page, &officer).await.body;
    assert!(
        shown.contains("The kept manifest differs from the vetted one: <code>limits</code>"),
        "{shown}"
    );
    let refused = confirmed(&stage, &format!("{page}/deploy"), &officer, &[]).await;
    assert_eq!(
        refused.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        refused.body
    );
    assert!(refused.body.contains("is inconsistent"), "{}", refused.body);
    assert_eq!(stage.submission(&submission.id).await.state.code(), "approved");
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
    let answer = confirmed(&stage, &path, &officer, &[("reason", "no")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(stage.submission(&submission.id).await.state.code(), "rejected");
}
