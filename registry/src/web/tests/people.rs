//! The director's page of the staff.

use secrecy::ExposeSecret as _;

use super::*;
use crate::domain::staff::StaffRole;
use crate::staff_changes::{FormError, StaffChangeError};

/// Fields of the director's form.
fn entry<'a>(role: &'a str, tax_id: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("role", role), ("tax_id", tax_id), ("active", "1")]
}

#[tokio::test]
async fn director_keeps_the_staff() {
    let stage = Stage::new().await;
    let (director, officer) = (
        stage.staff("nigar@aim.example").await,
        stage.staff("aysel@aim.example").await,
    );
    let page = "/en/staff/people";
    assert_eq!(stage.get(page, &officer).await.status, StatusCode::OK);
    assert_eq!(
        stage.post_form(page, &officer, &LEYLA).await.status,
        StatusCode::FORBIDDEN
    );
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
    let shown = stage.get(page, &director).await.body;
    assert!(
        shown.contains("The entry of Aysel Quliyeva is changed."),
        "{shown}"
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

    // Each event is kept with who did it; officers read it too.
    for lang in Locale::PAGES {
        let list = stage.get(&format!("/{lang}/staff/people"), &director).await;
        assert_eq!(list.status, StatusCode::OK);
        assert_eq!(list.body.matches("<tr><td ").count(), 2, "{}", list.body);
    }
}

const PAGE: &str = "/en/staff/people";
const LEYLA: [(&str, &str); 3] = [
    ("name", "Leyla Əhmədova"),
    ("email", "Leyla@aim.example"),
    ("role", "director"),
];
const PASSWORD: &str = "a long enough one";

/// The text between two others.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("{before} in {text}"));
    rest.split_once(after).unwrap().0
}

/// A director invites; answers the path of the link.
async fn invite(stage: &Stage, director: &str, person: &[(&str, &str)]) -> String {
    let led = stage.post_form(PAGE, director, person).await;
    assert_eq!(led.status, StatusCode::SEE_OTHER, "{}", led.body);
    assert_eq!(led.location(), "/en/staff/once");
    let shown = stage.get("/en/staff/once", director).await;
    let link = between(&shown.body, "http://localhost:8080", "<").to_owned();
    // It is shown once.
    let again = stage.get("/en/staff/once", director).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
    link
}

/// The person accepts; answers the secret of the second factor, the recovery codes, and their cookie.
async fn accept(stage: &Stage, link: &str, password: &str) -> (String, Vec<String>) {
    let page = stage.get(link, "").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let secret = between(&page.body, "secret=", "&").to_owned();
    let cookie = page.cookie();
    let code = crate::second_factor::code_at(&secret, stage.app.platform.clock.now()).unwrap();
    let fields = [
        ("password", password),
        ("again", password),
        ("code", code.as_str()),
    ];
    let led = stage.post_form(link, &cookie, &fields).await;
    assert_eq!(led.status, StatusCode::SEE_OTHER, "{}", led.body);
    let shown = stage.get(led.location(), &cookie).await.body;
    let codes = shown
        .split("<li><code>")
        .skip(1)
        .filter_map(|rest| rest.split_once('<').map(|(code, _)| code.to_owned()))
        .collect();
    (secret, codes)
}

async fn log_in(stage: &Stage, password: &str, code: &str) -> crate::testing::Answer {
    let fields = [
        ("email", "leyla@aim.example"),
        ("password", password),
        ("code", code),
    ];
    stage.post_form("/en/staff/login", "", &fields).await
}

/// The id of the one proposal that waits.
async fn waiting(stage: &Stage) -> String {
    let mut reader = stage.app.platform.db.reader().await.unwrap();
    let open = store::staff_proposal::open(&mut reader).await.unwrap();
    assert_eq!(open.len(), 1);
    open[0].id.0.clone()
}

fn code(stage: &Stage, secret: &str) -> String {
    crate::second_factor::code_at(secret, stage.app.platform.clock.now()).unwrap()
}

#[tokio::test]
async fn invited_person_is_let_in_after_the_waiting_time_and_not_before() {
    let stage = Stage::new().await;
    let director = stage.staff("nigar@aim.example").await;
    let link = invite(&stage, &director, &LEYLA).await;
    let taken = stage.post_form(PAGE, &director, &LEYLA).await;
    assert!(taken.body.contains("already"), "{}", taken.body);
    // To look spends nothing; short and common passwords, and wrong codes, do not either.
    let page = stage.get(&link, "").await;
    let cookie = page.cookie();
    for (password, again, code, message) in [
        ("short", "short", "1", "12 to 256 characters"),
        ("qwertyuiop123", "qwertyuiop123", "1", "most commonly guessed"),
        (PASSWORD, PASSWORD, "000 000", "code is not right"),
        (PASSWORD, "another long one", "1", "differ"),
    ] {
        let fields = [("password", password), ("again", again), ("code", code)];
        let wrong = stage.post_form(&link, &cookie, &fields).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains(message), "{message}: {}", wrong.body);
    }
    let (secret, codes) = accept(&stage, &link, PASSWORD).await;
    assert_eq!(codes.len(), crate::second_factor::RECOVERY_CODES);
    // The link is over.
    assert_eq!(stage.get(&link, "").await.status, StatusCode::GONE);
    let second = [("password", PASSWORD), ("again", PASSWORD), ("code", "1")];
    assert_eq!(stage.post_form(&link, "", &second).await.status, StatusCode::GONE);
    // Nobody is let in yet, and who invited confirms nothing.
    let id = waiting(&stage).await;
    let confirm = format!("/en/staff/proposals/{id}/confirm");
    assert_eq!(
        stage.post_form(&confirm, &director, &[]).await.status,
        StatusCode::FORBIDDEN
    );
    let early = log_in(&stage, PASSWORD, &code(&stage, &secret)).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", early.body);
    stage
        .app
        .platform
        .clock
        .advance_ms(crate::domain::proposal::WAIT_MS - 1);
    let early = log_in(&stage, PASSWORD, &code(&stage, &secret)).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", early.body);
    stage.app.platform.clock.advance_ms(1);
    let answer = log_in(&stage, PASSWORD, &code(&stage, &secret)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
}

#[tokio::test]
async fn first_director_is_let_in_at_once_and_then_no_other_is_added() {
    let stage = Stage::new().await;
    let add = |email| crate::staff_changes::first_director(&stage.app.platform, "Leyla", email);
    let officer = add("aysel@aim.example").await;
    assert!(matches!(officer, Err(StaffChangeError::Form(wrong)) if wrong == [FormError::EmailTaken]));
    let mut links = Vec::new();
    for _ in 0..2 {
        let secret = add("leyla@aim.example").await.unwrap();
        links.push(format!("/en/staff/invitation/{}", secret.expose_secret()));
    }
    assert_eq!(stage.get(&links[0], "").await.status, StatusCode::GONE);
    let (secret, _) = accept(&stage, &links[1], PASSWORD).await;
    stage.app.platform.clock.advance_ms(60_000);
    let answer = log_in(&stage, PASSWORD, &code(&stage, &secret)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert_eq!(stage.person("leyla@aim.example").await.role, StaffRole::Director);
    for email in ["leyla@aim.example", "other@aim.example"] {
        assert!(
            matches!(add(email).await, Err(StaffChangeError::DirectorThere)),
            "{email}"
        );
    }
}

#[tokio::test]
async fn an_invitation_ends() {
    let stage = Stage::new().await;
    let director = stage.staff("nigar@aim.example").await;
    let link = invite(&stage, &director, &LEYLA).await;
    stage
        .app
        .platform
        .clock
        .advance_ms(crate::domain::proposal::LINK_MS);
    assert_eq!(stage.get(&link, "").await.status, StatusCode::GONE);
    let fields = [("password", PASSWORD), ("again", PASSWORD), ("code", "1")];
    assert_eq!(stage.post_form(&link, "", &fields).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn second_director_confirms_and_anybody_of_the_staff_stops() {
    let stage = Stage::new().await;
    let (director, officer) = (
        stage.staff("nigar@aim.example").await,
        stage.staff("aysel@aim.example").await,
    );
    // An officer sees what waits, confirms nothing, and stops it.
    let link = invite(&stage, &director, &LEYLA).await;
    let id = waiting(&stage).await;
    let page = stage.get(PAGE, &officer).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body.contains("Leyla Əhmədova") && !page.body.contains("/confirm\""),
        "{}",
        page.body
    );
    let confirm = format!("/en/staff/proposals/{id}/confirm");
    assert_eq!(
        stage.post_form(&confirm, &officer, &[]).await.status,
        StatusCode::FORBIDDEN
    );
    let stop = format!("/en/staff/proposals/{id}/stop");
    assert_eq!(
        stage.post_form(&stop, &officer, &[]).await.status,
        StatusCode::SEE_OTHER
    );
    let shown = stage.get(PAGE, &officer).await.body;
    assert!(
        shown.contains("The proposal for Leyla Əhmədova is stopped."),
        "{shown}"
    );
    assert_eq!(stage.get(&link, "").await.status, StatusCode::GONE);
    // A second director, and what she then confirms.
    let link = invite(&stage, &director, &LEYLA).await;
    let (secret, _) = accept(&stage, &link, PASSWORD).await;
    stage
        .app
        .platform
        .clock
        .advance_ms(crate::domain::proposal::WAIT_MS);
    let second = log_in(&stage, PASSWORD, &code(&stage, &secret)).await;
    assert_eq!(second.status, StatusCode::SEE_OTHER, "{}", second.body);
    let second = second.cookie();
    let director = stage.staff("nigar@aim.example").await;
    let kamran = [
        ("name", "Kamran"),
        ("email", "kamran@aim.example"),
        ("role", "officer"),
    ];
    let link = invite(&stage, &director, &kamran).await;
    let id = waiting(&stage).await;
    let confirm = format!("/en/staff/proposals/{id}/confirm");
    let early = stage.post_form(&confirm, &second, &[]).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", early.body);
    let _ = accept(&stage, &link, PASSWORD).await;
    let done = stage.post_form(&confirm, &second, &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let shown = stage.get(PAGE, &second).await.body;
    assert!(shown.contains("The proposal for Kamran takes effect."), "{shown}");
    assert!(stage.person("kamran@aim.example").await.active);
}

#[tokio::test]
async fn another_role_waits_and_new_credentials_too() {
    let stage = Stage::new().await;
    let director = stage.staff("nigar@aim.example").await;
    let aysel = stage.person("aysel@aim.example").await;
    let path = format!("{PAGE}/{}", aysel.id);
    let answer = stage.post_form(&path, &director, &entry("director", "")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let shown = stage.get(PAGE, &director).await.body;
    assert!(
        shown.contains("for Aysel Quliyeva waits for a second director"),
        "{shown}"
    );
    let officer = crate::domain::staff::StaffRole::Officer;
    assert_eq!(stage.person("aysel@aim.example").await.role, officer);
    // One proposal at a time.
    let again = stage.post_form(&format!("{path}/reset"), &director, &[]).await;
    assert!(again.body.contains("waiting already"), "{}", again.body);
    // Who is removed meanwhile does not come back by what waited.
    let gone = [("role", "officer"), ("tax_id", "")];
    let answer = stage.post_form(&path, &director, &gone).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    stage
        .app
        .platform
        .clock
        .advance_ms(crate::domain::proposal::WAIT_MS);
    crate::staff_changes::settle(&stage.app).await.unwrap();
    let aysel = stage.person("aysel@aim.example").await;
    assert!(!aysel.active && aysel.role == officer);
    // New credentials: the old ones count until the new ones do.
    let director = stage.staff("nigar@aim.example").await;
    let rashad = stage.person("rashad@aim.example").await;
    let led = stage
        .post_form(&format!("{PAGE}/{}/reset", rashad.id), &director, &[])
        .await;
    assert_eq!(led.status, StatusCode::SEE_OTHER, "{}", led.body);
    let shown = stage.get(led.location(), &director).await;
    let link = between(&shown.body, "http://localhost:8080", "<").to_owned();
    let _ = accept(&stage, &link, PASSWORD).await;
    let old = stage.staff("rashad@aim.example").await;
    stage
        .app
        .platform
        .clock
        .advance_ms(crate::domain::proposal::WAIT_MS);
    crate::staff_changes::settle(&stage.app).await.unwrap();
    let over = stage.get("/en/staff", &old).await;
    assert!(over.location().starts_with("/en/staff/login?"), "{}", over.body);
}

#[tokio::test]
async fn proposal_of_a_director_who_left_never_counts() {
    let stage = Stage::new().await;
    let director = stage.staff("nigar@aim.example").await;
    let link = invite(&stage, &director, &LEYLA).await;
    let (secret, _) = accept(&stage, &link, PASSWORD).await;
    let nigar = stage.person("nigar@aim.example").await;
    let left = crate::domain::staff::Staff {
        active: false,
        ..nigar.clone()
    };
    let mut tx = stage.app.platform.db.begin().await.unwrap();
    assert!(store::staff::update(&mut tx, &left).await.unwrap());
    tx.commit().await.unwrap();
    let second = crate::domain::staff::Staff {
        role: crate::domain::staff::StaffRole::Director,
        ..stage.person("rashad@aim.example").await
    };
    let id = crate::domain::ProposalId(waiting(&stage).await);
    let refused = crate::staff_changes::confirm(&stage.app, &second, &id).await;
    assert!(
        matches!(refused, Err(crate::staff_changes::StaffChangeError::NotFound)),
        "{refused:?}"
    );
    stage
        .app
        .platform
        .clock
        .advance_ms(crate::domain::proposal::WAIT_MS);
    let answer = log_in(&stage, PASSWORD, &code(&stage, &secret)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    let mut reader = stage.app.platform.db.reader().await.unwrap();
    assert_eq!(store::staff_proposal::open(&mut reader).await.unwrap(), []);
    let events = store::staff::events(&mut reader).await.unwrap();
    assert!(
        events
            .iter()
            .any(|event| event.what == crate::domain::staff_event::StaffEvent::Lapsed)
    );
}
