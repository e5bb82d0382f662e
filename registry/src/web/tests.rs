//! The pages, asked for as a browser does: both languages, every state, every form.

mod addresses;
mod approvals;
mod decisions;
mod developers;
mod login;
mod people;
mod portal;
mod queue;
mod reserve;
mod second_factor;
mod sites;
mod states;

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
use crate::domain::public_reason::PublicReason;
use crate::domain::submission::{Approval, Live, State, Submission};
use crate::manifest::LimitField;
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
    let english = Locale::En;
    for limit in LimitField::ALL.iter().copied() {
        let asked = submission.manifest.limits.get(limit);
        fields.push((limit.key(), crate::web::words::amount(limit, asked, english)));
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
    let path = format!("/en/staff/submissions/{id}/approve");
    confirmed(stage, &path, cookie, &fields).await
}

/// Sends a form, and the page that asks whether it is meant so; answers what came of it.
async fn confirmed(
    stage: &Stage,
    path: &str,
    cookie: &str,
    fields: &[(&str, &str)],
) -> crate::testing::Answer {
    let asked = stage.post_form(path, cookie, fields).await;
    if !asked.body.contains("name=\"confirm\"") {
        return asked;
    }
    // The page sends everything again.
    for (name, _) in fields {
        let hidden = format!("<input type=\"hidden\" name=\"{name}\"");
        assert!(asked.body.contains(&hidden), "{name}: {}", asked.body);
    }
    let fields = [fields, &[("confirm", "yes")]].concat();
    stage.post_form(path, cookie, &fields).await
}

/// Puts a submission into a state past the rules, to see the page of that state.
async fn force(stage: &Stage, submission: &Submission, state: State) {
    let known = stage.submission(&submission.id).await;
    let forced = Submission { state, ..known };
    let mut tx = stage.app.platform.db.begin().await.unwrap();
    let saved = store::submission::save_state(&mut tx, &forced, NOW).await;
    tx.commit().await.unwrap();
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
        start: NOW,
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
            grounds: reason.clone(),
            public_reason: PublicReason::parse(&reason).unwrap(),
            at: NOW,
        },
        State::Superseded {
            by: submission.id.clone(),
            newer: true,
            at: NOW,
        },
        State::Superseded {
            by: submission.id.clone(),
            newer: false,
            at: NOW,
        },
        State::Withdrawn { at: NOW },
        State::Rejected { by, reason, at: NOW },
    ]
}

/// Tries to log in from an address.
async fn try_password(stage: &Stage, source: &str, email: &str, password: &str) -> crate::testing::Answer {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("email", email)
        .append_pair("password", password)
        .append_pair("code", crate::DEVELOPMENT_CODE)
        .finish();
    let mut request = request("POST", "/en/staff/login")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body))
        .unwrap();
    let peer = std::net::SocketAddr::new(source.parse().unwrap(), 1);
    request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
    stage.send(request).await
}
