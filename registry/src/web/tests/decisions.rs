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
async fn wrong_approval_says_which_field_and_keeps_what_was_typed() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let officer = stage.staff("aysel@aim.example").await;
    let id = &submission.id.0;
    const WRONG: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
    for (field, value, status, message) in [
        (
            "days",
            "999",
            WRONG,
            "“Length of the test in days” cannot be more than was asked for: 180",
        ),
        (
            "days",
            "5000000000",
            WRONG,
            "“Length of the test in days” cannot be more",
        ),
        (
            "days",
            "0",
            WRONG,
            "“Length of the test in days” must be at least 1",
        ),
        ("citizens", "0", WRONG, "“Citizens” must be at least 1"),
        ("citizens", "many", WRONG, "“Citizens” must be a whole number"),
        ("citizens", "", WRONG, "Write the limit “Citizens”"),
        (
            "amount-per-payment",
            "1000,01",
            WRONG,
            "“One payment” cannot be more than was asked for: AZN",
        ),
        (
            "amount-per-payment",
            "1.234",
            WRONG,
            "“One payment”: the separator may be one of thousands",
        ),
        (
            "amount-total",
            "a lot",
            WRONG,
            "“All payments together” must be an amount in manats",
        ),
        (
            "amount-total",
            "",
            WRONG,
            "Write the limit “All payments together”",
        ),
        ("note", " ", WRONG, "Write the grounds of your approval"),
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
        if status == WRONG && field != "note" {
            let shown = format!("autocomplete=\"off\" value=\"{value}\"");
            assert!(answer.body.contains(&shown), "{field}: {}", answer.body);
            let described = format!("aria-describedby=\"{field}-hint {field}-error\" aria-invalid=\"true\"");
            assert!(answer.body.contains(&described), "{field}: {}", answer.body);
        }
    }
    assert_eq!(stage.submission(&submission.id).await.state.code(), "vetted");
}

#[tokio::test]
async fn empty_approval_names_every_field_at_once() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let officer = stage.staff("aysel@aim.example").await;
    let page = format!("/en/staff/submissions/{}", submission.id);
    // Nothing is filled in beforehand; what was asked for stands beside.
    let form = stage.get(&page, &officer).await.body;
    assert!(form.contains("<span id=\"citizens-asked\">200</span>"), "{form}");
    assert_eq!(
        form.matches("autocomplete=\"off\" value=\"\"").count(),
        6,
        "{form}"
    );
    let fields = [
        ("digest", submission.digest.as_str()),
        ("evidence", submission.state.evidence().unwrap()),
        ("days", "30"),
    ];
    let answer = stage
        .post_form(&format!("{page}/approve"), &officer, &fields)
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for message in [
        "Write the limit “Citizens”",
        "Write the limit “One payment”",
        "Write the limit “One citizen&#39;s payments together”",
        "Write the limit “All payments together”",
        "Write the limit “Calls of government APIs in a minute”",
        "Write the grounds of your approval",
    ] {
        assert_eq!(
            answer.body.matches(message).count(),
            2,
            "{message}: {}",
            answer.body
        );
    }
    assert!(answer.body.contains("value=\"30\""), "{}", answer.body);
}

#[tokio::test]
async fn amounts_are_typed_in_manats() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let officer = stage.staff("aysel@aim.example").await;
    let mut fields = approve_fields(&submission);
    for (name, value) in [
        ("citizens", "1 50"),
        ("amount-per-payment", "50,5"),
        ("amount-per-citizen", "AZN 500.00"),
        ("amount-total", "5\u{a0}000,00"),
    ] {
        let known = fields.iter_mut().find(|known| known.0 == name).unwrap();
        value.clone_into(&mut known.1);
    }
    let answer = approve(&stage, &officer, &fields, &submission.id.0).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let approved = stage.submission(&submission.id).await;
    let limits = &approved.approvals()[0].limits;
    assert_eq!(
        LimitField::ALL
            .iter()
            .map(|field| limits.get(*field))
            .collect::<Vec<_>>(),
        [150, 5_050, 50_000, 500_000, 0, 0, 180, 600]
    );
}

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
