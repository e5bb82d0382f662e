//! The director's page of the staff.

use super::*;

/// Fields of the director's form.
fn entry<'a>(role: &'a str, tax_id: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("role", role), ("tax_id", tax_id), ("active", "1")]
}

#[tokio::test]
async fn a_director_keeps_the_staff() {
    let stage = Stage::new().await;
    let (director, officer) = (
        stage.staff("nigar@aim.example").await,
        stage.staff("aysel@aim.example").await,
    );
    let page = "/en/staff/people";
    assert_eq!(stage.get(page, &officer).await.status, StatusCode::FORBIDDEN);
    let id = |email: &'static str| async {
        let person = stage.person(email).await;
        format!("{page}/{}", person.id)
    };
    // Nobody changes their own entry, and officers nobody's.
    let own = id("nigar@aim.example").await;
    let tied = entry("officer", "1400000001");
    assert_eq!(
        stage.post_form(&own, &director, &tied).await.status,
        StatusCode::FORBIDDEN
    );
    let aysel = id("aysel@aim.example").await;
    assert_eq!(
        stage.post_form(&aysel, &officer, &tied).await.status,
        StatusCode::FORBIDDEN
    );
    // Tied to the publisher, she decides nothing about it.
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let wrong = stage
        .post_form(&aysel, &director, &entry("officer", "1999999999"))
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains("No organisation with this VÖEN"),
        "{}",
        wrong.body
    );
    assert_eq!(
        stage.post_form(&aysel, &director, &tied).await.status,
        StatusCode::SEE_OTHER
    );
    let fields = approve_fields(&submission);
    let refused = approve(&stage, &officer, &fields, &submission.id.0).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    // Who left is not let in, nor goes on.
    let left = [("role", "officer"), ("tax_id", "")];
    assert_eq!(
        stage.post_form(&aysel, &director, &left).await.status,
        StatusCode::SEE_OTHER
    );
    let gone = stage.get("/en/staff", &officer).await;
    assert!(
        gone.location().starts_with("/en/staff/login?"),
        "{}",
        gone.location()
    );
    let again = try_password(
        &stage,
        "192.0.2.1",
        "aysel@aim.example",
        crate::DEVELOPMENT_PASSWORD,
    )
    .await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);

    let short = [
        ("name", "Leyla"),
        ("email", "leyla@aim.example"),
        ("password", "short"),
        ("role", "officer"),
    ];
    let wrong = stage.post_form(page, &director, &short).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("12 to 256 characters"), "{}", wrong.body);
    let new = [
        ("name", "Leyla"),
        ("email", "Leyla@aim.example"),
        ("password", "a long enough one"),
        ("role", "officer"),
    ];
    assert_eq!(
        stage.post_form(page, &director, &new).await.status,
        StatusCode::SEE_OTHER
    );
    let answer = try_password(&stage, "192.0.2.1", "leyla@aim.example", "a long enough one").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let taken = stage.post_form(page, &director, &new).await;
    assert!(taken.body.contains("already"), "{}", taken.body);
    // Each change is kept with who made it.
    for lang in Locale::PAGES {
        let list = stage.get(&format!("/{lang}/staff/people"), &director).await;
        assert_eq!(list.status, StatusCode::OK);
        assert_eq!(list.body.matches("<tr><td ").count(), 3, "{}", list.body);
    }
}
