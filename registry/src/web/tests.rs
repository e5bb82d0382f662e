//! The pages, asked for as a browser does: both languages, every state, every form.

use aim_gov::invocation::{Acr, Session};
use aim_gov::sessions::{Secure, layer};
use aim_gov::text::Locale;
use aim_gov::web::{Role, Who, keys};
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{StatusCode, header};
use tower::ServiceExt as _;

use crate::domain::StaffId;
use crate::domain::submission::{Approval, Live, State, Submission};
use crate::store;
use crate::testing::{NOW, Stage, manifest, request};

/// The cookie of the stage's developer, as the log-in leaves it.
async fn developer(stage: &Stage) -> String {
    let session = Session {
        citizen: stage.citizen.clone(),
        acr: Acr::Substantial,
        amr: vec!["otp".to_owned()],
        auth_time: NOW,
        locale: Locale::Az,
    };
    let who = Who {
        name: "Elçin Məmmədov".to_owned(),
        role: Role::Citizen,
    };
    let log_in = Router::new()
        .route(
            "/",
            get(move |open: tower_sessions::Session| async move {
                open.insert(keys::CITIZEN, session).await.unwrap();
                open.insert(keys::WHO, who).await.unwrap();
            }),
        )
        .layer(layer(&stage.app.platform, Secure::No));
    let response = log_in
        .oneshot(request("GET", "/").body(Body::empty()).unwrap())
        .await
        .unwrap();
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

fn approve_fields(submission: &Submission) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("digest", submission.digest.clone()),
        ("evidence", submission.state.evidence().unwrap().to_owned()),
        ("note", "The evidence was read.".to_owned()),
    ];
    for limit in crate::manifest::LimitField::ALL {
        fields.push((limit.key(), submission.manifest.limits.get(limit).to_string()));
    }
    fields
}

async fn approve(
    stage: &Stage,
    cookie: &str,
    fields: &[(&'static str, String)],
    id: &str,
) -> crate::testing::Answer {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    stage
        .post_form(&format!("/en/staff/submissions/{id}/approve"), cookie, &fields)
        .await
}

/// Puts a submission into a state past the rules, to see the page of that state.
async fn force(stage: &Stage, submission: &Submission, state: State) {
    let known = stage.submission(&submission.id).await;
    let forced = Submission { state, ..known };
    let saved: Result<bool, aim_gov::db::DbError> = stage
        .app
        .platform
        .db
        .write(move |tx| {
            futures::FutureExt::boxed(async move { store::submission::save_state(tx, &forced, NOW).await })
        })
        .await;
    assert!(saved.unwrap());
}

fn states(submission: &Submission) -> Vec<State> {
    let evidence = submission.state.evidence().unwrap().to_owned();
    let by = StaffId("stf_1".to_owned());
    let approval = Approval {
        by: by.clone(),
        digest: submission.digest.clone(),
        evidence: evidence.clone(),
        limits: submission.manifest.limits.clone(),
        note: "n".to_owned(),
        at: NOW,
    };
    let live = Live {
        evidence: evidence.clone(),
        first: approval.clone(),
        second: approval.clone(),
        grant: submission.manifest.grant(&submission.manifest.limits, NOW),
    };
    let reason = "a <b>reason</b>".to_owned();
    vec![
        State::Draft,
        State::Vetting { since: NOW },
        State::VettingFailed {
            evidence: evidence.clone(),
        },
        State::Vetted {
            evidence: evidence.clone(),
        },
        State::FirstApproved {
            evidence,
            first: approval,
        },
        State::Approved { live: live.clone() },
        State::Deployed {
            live: live.clone(),
            at: NOW,
        },
        State::Suspended {
            live,
            by: by.clone(),
            reason: reason.clone(),
            at: NOW,
        },
        State::Superseded {
            by: submission.id.clone(),
            at: NOW,
        },
        State::Withdrawn { at: NOW },
        State::Rejected { by, reason, at: NOW },
    ]
}

#[tokio::test]
async fn every_page_renders_in_every_state_and_both_languages() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let (officer, developer) = (stage.staff("aysel@aim.example").await, developer(&stage).await);
    let id = &submission.id.0;
    for state in states(&submission) {
        let code = state.code();
        let live = matches!(state, State::Deployed { .. } | State::Suspended { .. });
        force(&stage, &submission, state).await;
        for lang in Locale::PAGES {
            for (path, cookie) in [
                (format!("/{lang}/"), ""),
                (format!("/{lang}/?q=su+xezer"), ""),
                (format!("/{lang}/staff"), &officer),
                (format!("/{lang}/staff/submissions/{id}"), &officer),
                (format!("/{lang}/developers"), ""),
                (format!("/{lang}/developers"), &developer),
                (format!("/{lang}/developers/submissions/{id}"), &developer),
                (
                    format!("/{lang}/developers/services/water-meter/logs"),
                    &developer,
                ),
            ] {
                let answer = stage.get(&path, cookie).await;
                assert_eq!(answer.status, StatusCode::OK, "{code} {path}: {}", answer.body);
                assert!(
                    answer.body.contains(&format!("<html lang=\"{lang}\">")),
                    "{code} {path}"
                );
                assert_eq!(answer.body.matches("<h1").count(), 1, "{code} {path}");
                assert!(!answer.body.contains("<b>reason"), "{code} {path}");
            }
            let service = stage.get(&format!("/{lang}/services/water-meter"), "").await;
            assert_eq!(service.status == StatusCode::OK, live, "{code}: {}", service.body);
            let listed = stage
                .get(&format!("/{lang}/"), "")
                .await
                .body
                .contains("/services/water-meter");
            assert_eq!(listed, code == "deployed", "{code}");
        }
    }
}

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

/// Tries to log in from an address.
async fn try_password(stage: &Stage, source: &str, email: &str, password: &str) -> crate::testing::Answer {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("email", email)
        .append_pair("password", password)
        .finish();
    let mut request = request("POST", "/en/staff/login")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap();
    let peer = std::net::SocketAddr::new(source.parse().unwrap(), 1);
    request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    stage.send(request).await
}

#[tokio::test]
async fn wrong_passwords_lock_the_log_in_for_a_while() {
    const HERE: &str = "192.0.2.1";
    let stage = Stage::new().await;
    let max = usize::try_from(crate::staff_login::ATTEMPTS_MAX).unwrap();
    // Somebody who is not there gets the same words and the same lock; a password that is too long too.
    let long = "x".repeat(crate::staff_login::PASSWORD_BYTES_MAX + 1);
    for (email, wrong) in [
        ("aysel@aim.example", "guess"),
        ("nobody@aim.example", "guess"),
        ("rashad@aim.example", long.as_str()),
    ] {
        for _ in 0..max {
            let answer = try_password(&stage, HERE, email, wrong).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{email}");
            assert!(answer.body.contains("not right"), "{}", answer.body);
        }
        let answer = try_password(&stage, HERE, email, crate::DEVELOPMENT_PASSWORD).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{email}");
        assert!(answer.body.contains("Try again after"), "{}", answer.body);
    }
    // Who guesses elsewhere does not lock the officer out.
    let answer = try_password(
        &stage,
        "192.0.2.2",
        "aysel@aim.example",
        crate::DEVELOPMENT_PASSWORD,
    )
    .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    stage.app.platform.clock.advance_ms(crate::staff_login::LOCK_MS);
    let answer = try_password(&stage, HERE, "aysel@aim.example", crate::DEVELOPMENT_PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
}

#[tokio::test]
async fn passwords_that_are_tried_at_once_count_like_one_after_the_other() {
    const AT_ONCE: usize = 12;
    let stage = Stage::new().await;
    let tries = (0..AT_ONCE).map(|_| try_password(&stage, "192.0.2.1", "aysel@aim.example", "guess"));
    let answers = futures::future::join_all(tries).await;
    let tried = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::UNPROCESSABLE_ENTITY)
        .count();
    assert_eq!(
        i64::try_from(tried).unwrap(),
        crate::staff_login::ATTEMPTS_MAX,
        "passwords were looked at"
    );
}

#[tokio::test]
async fn one_address_cannot_try_log_ins_for_ever() {
    let stage = Stage::new().await;
    let mut refused = 0;
    for number in 0..=crate::rate::LOG_INS_BURST.get() {
        let email = format!("person-{number}@aim.example");
        // No password, so that nothing is hashed.
        let answer = stage
            .post_form("/en/staff/login", "", &[("mail", email.as_str())])
            .await;
        refused += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(refused > 0, "nobody stopped it");
    // Pages go on.
    assert_eq!(stage.get("/en/staff/login", "").await.status, StatusCode::OK);
}

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
        assert_eq!(list.body.matches("<tr><td>").count(), 3, "{}", list.body);
    }
}

#[tokio::test]
async fn what_runs_is_listed_however_much_came_to_an_end() {
    let stage = Stage::new().await;
    let running = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let deployed = states(&running)
        .into_iter()
        .find(|state| state.code() == "deployed");
    force(&stage, &running, deployed.unwrap()).await;
    let mut ended = Vec::new();
    for patch in 0..=store::submission::PAGE_MAX {
        stage.app.platform.clock.advance_ms(aim_gov::clock::DAY_MS / 100);
        let submission = stage
            .submitted(&manifest("tea-house", &format!("1.0.{patch}")))
            .await;
        let by = (&stage.citizen, "Elçin");
        crate::deploy::withdraw(&stage.app, by, &stage.organisation.id, &submission.id)
            .await
            .unwrap();
        ended.push(submission.id);
    }
    let officer = stage.staff("aysel@aim.example").await;
    let first = stage.get("/en/staff", &officer).await.body;
    assert!(first.contains(&running.id.0), "the running service is not listed");
    let oldest = &ended.first().unwrap().0;
    assert!(!first.contains(oldest));
    assert!(
        first.contains("/en/staff?waiting=0&#38;ended=1")
            || first.contains("/en/staff?waiting=0&amp;ended=1"),
        "{first}"
    );
    let second = stage.get("/en/staff?waiting=0&ended=1", &officer).await.body;
    assert!(second.contains(oldest) && second.contains(&running.id.0));
}

#[tokio::test]
async fn a_row_that_breaks_its_rules_stops_nobody_else() {
    let stage = Stage::new().await;
    let (good, stale, broken) = (
        stage.vetted(&manifest("water-meter", "1.0.0")).await,
        stage.vetted(&manifest("tea-house", "1.0.0")).await,
        stage.vetted(&manifest("bus-stop", "1.0.0")).await,
    );
    let ids = (stale.id.0.clone(), broken.id.0.clone());
    let changed: Result<(), aim_gov::db::DbError> = stage
        .app
        .platform
        .db
        .write(move |tx| {
            futures::FutureExt::boxed(async move {
                // The rules became stricter: today's would refuse this text.
                sqlx::query("UPDATE submission SET manifest = 'name = 1' WHERE id = $1")
                    .bind(ids.0)
                    .execute(&mut *tx)
                    .await?;
                sqlx::query("UPDATE submission SET manifest_data = '{}' WHERE id = $1")
                    .bind(ids.1)
                    .execute(tx)
                    .await?;
                Ok(())
            })
        })
        .await;
    changed.unwrap();
    let officer = stage.staff("aysel@aim.example").await;
    let queue = stage.get("/en/staff", &officer).await;
    assert_eq!(queue.status, StatusCode::OK);
    for (submission, listed) in [(&good, true), (&stale, true), (&broken, false)] {
        assert_eq!(
            queue.body.contains(&submission.id.0),
            listed,
            "{}",
            submission.service().0
        );
    }
    assert_eq!(stage.submission(&stale.id).await.manifest, stale.manifest);
}

#[tokio::test]
async fn a_developer_makes_a_token_once_and_revokes_it() {
    let stage = Stage::new().await;
    let cookie = developer(&stage).await;
    let fields = [("label", "build machine"), ("lifetime", "15m")];
    let made = stage.post_form("/en/developers/tokens", &cookie, &fields).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
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
    assert_eq!(stage.send(whoami(secret.clone())).await.status, StatusCode::OK);
    let list = stage.get("/en/developers", &cookie).await.body;
    assert!(
        list.contains("build machine") && !list.contains(&secret),
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
    assert_eq!(
        stage.post_form(&path, &cookie, &[]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(stage.send(whoami(secret)).await.status, StatusCode::UNAUTHORIZED);
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
async fn a_withdrawn_version_is_over() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let cookie = developer(&stage).await;
    let path = format!("/en/developers/submissions/{}/withdraw", submission.id);
    assert_eq!(
        stage.post_form(&path, &cookie, &[]).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(stage.submission(&submission.id).await.state.code(), "withdrawn");
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
        log.contains("Withdrawn") && log.contains("in another state by now"),
        "{log}"
    );
}

#[tokio::test]
async fn the_front_page_and_wrong_addresses_are_answered() {
    let stage = Stage::new().await;
    assert_eq!(stage.get("/", "").await.location(), "/az/");
    assert_eq!(stage.get("/healthz", "").await.body, "ok\n");
    assert_eq!(stage.get("/en", "").await.location(), "/en/");
    for path in [
        "/en/nothing",
        "/nothing/at/all",
        "/en/services/nothing",
        "/en/services/..%2f",
        "/favicon.ico",
        "/robots.txt",
        "/ru/",
        "/xx/staff",
        "/xx/developers",
        "/xx/services/hello",
    ] {
        let answer = stage.get(path, "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body.contains("<h1>"), "{path}: {}", answer.body);
    }
}

#[tokio::test]
async fn whatever_refuses_it_a_person_reads_a_page() {
    let stage = Stage::new().await;
    let get = |path: &str| request("GET", path).body(Body::empty()).unwrap();
    let large = request("POST", "/en/staff/login")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(vec![b'a'; 100_000]))
        .unwrap();
    for (request, status) in [
        (get("/en/?q=a&q=b"), StatusCode::BAD_REQUEST),
        (get("/en/developers/tokens"), StatusCode::METHOD_NOT_ALLOWED),
        (large, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let path = request.uri().clone();
        let answer = stage.send(request).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(
            answer.body.contains("<html lang=\"en\">") && answer.body.contains("<h1>"),
            "{path}: {}",
            answer.body
        );
        if status == StatusCode::METHOD_NOT_ALLOWED {
            assert_eq!(answer.headers[header::ALLOW], "POST");
        }
    }
}

#[tokio::test]
async fn a_page_about_our_own_fault_has_the_number_that_the_log_has() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let changed: Result<(), aim_gov::db::DbError> = stage
        .app
        .platform
        .db
        .write(|tx| {
            futures::FutureExt::boxed(async move {
                sqlx::query("UPDATE vetting_report SET content = '{}'")
                    .execute(tx)
                    .await?;
                Ok(())
            })
        })
        .await;
    changed.unwrap();
    let officer = stage.staff("aysel@aim.example").await;
    let broken = request("GET", &format!("/en/staff/submissions/{}", submission.id))
        .header(header::COOKIE, officer)
        .header("x-request-id", "chosen-by-the-client")
        .body(Body::empty())
        .unwrap();
    let answer = stage.send(broken).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    let id = answer.headers["x-request-id"].to_str().unwrap();
    assert_ne!(id, "chosen-by-the-client");
    assert!(
        answer.body.contains(&format!("<code>{id}</code>")),
        "{}",
        answer.body
    );
}
