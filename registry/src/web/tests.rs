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
        both.contains("The evidence was read.") && both.contains("same-officer"),
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

#[tokio::test]
async fn wrong_passwords_lock_the_log_in_for_a_while() {
    let stage = Stage::new().await;
    let wrong = [("email", "aysel@aim.example"), ("password", "guess")];
    for _ in 0..crate::staff_login::ATTEMPTS_MAX {
        let answer = stage.post_form("/en/staff/login", "", &wrong).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("not right"), "{}", answer.body);
    }
    let right = [
        ("email", "aysel@aim.example"),
        ("password", crate::DEVELOPMENT_PASSWORD),
    ];
    let answer = stage.post_form("/en/staff/login", "", &right).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{}", answer.body);
    stage.app.platform.clock.advance_ms(crate::staff_login::LOCK_MS);
    stage.staff("aysel@aim.example").await;
    // Somebody who is not there gets the same words.
    let nobody = [("email", "nobody@aim.example"), ("password", "guess")];
    let answer = stage.post_form("/en/staff/login", "", &nobody).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("not right"), "{}", answer.body);
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
    assert!(log.contains("Withdrawn") && log.contains("wrong-state"), "{log}");
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
    ] {
        let answer = stage.get(path, "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body.contains("<h1>"), "{path}: {}", answer.body);
    }
}
