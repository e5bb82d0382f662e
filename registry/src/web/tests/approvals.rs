//! The officers' form for an approval.

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
        [150, 5_050, 50_000, 500_000, 0, 0, 0, 0, 0, 180, 600]
    );
}
