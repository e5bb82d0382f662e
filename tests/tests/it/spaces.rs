//! A service that nobody approved, in test spaces of two organisations, through the real binary: what happens in one is
//! in no other and not on the platform, and its clock is its own.

use aim_tests::actors::citizen::{Citizen, ORDINARY};
use aim_tests::actors::developer::Developer;
use aim_tests::guests;
use aim_tests::http::Page;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::stage::Stage;

const SERVICE: &str = "reminder";

/// A citizen of the simulation whose browser the developer let into a new space.
pub async fn enter(stage: &Stage, developer: &Developer, space: &str) -> Citizen {
    let named = json!({ "name": space });
    let made = developer.spaces(Method::POST, "", Some(&named)).await.unwrap();
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    let access = developer
        .spaces(Method::POST, &format!("/{space}/access"), None)
        .await
        .unwrap();
    let pages = stage.platform.origin(&format!("space--{space}"));
    let citizen = Citizen::new(&pages, ORDINARY, "en").unwrap();
    let home = citizen
        .agent
        .get(access.text("address"))
        .await
        .unwrap()
        .ok()
        .unwrap();
    assert_eq!(home.heading(), format!("Test space {space}"));
    citizen
}

/// The citizen sets a reminder of their insurance in 30 days.
async fn set_reminder(citizen: &Citizen, origin: &str) -> Page {
    let page = citizen
        .open(&format!("{origin}/.aim/space?to={SERVICE}"))
        .await
        .unwrap();
    let form = page.form_with(&["what", "when"]).unwrap();
    let form = form
        .fill("what", "insurance")
        .unwrap()
        .fill("when", "month")
        .unwrap();
    citizen.agent.submit(&page, &form).await.unwrap().ok().unwrap()
}

/// What a page of the citizen's says, after a log-in where one is needed.
pub async fn says(citizen: &Citizen, path: &str) -> String {
    let page = citizen.page(path).await.unwrap();
    citizen.pass(page).await.unwrap().ok().unwrap().text()
}

#[tokio::test(flavor = "multi_thread")]
async fn reminder_in_a_space_comes_when_its_clock_moves_and_nowhere_else() {
    let stage = Stage::start().await;
    let folder = guests::sample(SERVICE);
    let component = guests::build(&folder).await.unwrap();
    stage.developer.publish(&folder, Some(&component)).await.unwrap();
    let other = Developer::start(&stage.platform.url, "OTEST0B", "Kür MMC", "1500000002")
        .await
        .unwrap();
    let citizen = enter(&stage, &stage.developer, "spring").await;
    let neighbour = enter(&stage, &other, "autumn").await;
    // The service is its own organisation's: the other one's space does not have it.
    let missing = neighbour.page(&format!("/services/{SERVICE}")).await.unwrap();
    missing.expect(StatusCode::NOT_FOUND).unwrap();

    let pages = stage.platform.origin("space--spring");
    let done = set_reminder(&citizen, &pages).await;
    assert!(
        done.url
            .as_str()
            .starts_with(&stage.platform.origin("reminder--spring")),
        "{done}"
    );
    let consents = says(&citizen, "/my/consents").await;
    assert!(consents.contains("Reminder"), "{consents}");
    let advance = json!({ "advance-ms": 31_u64 * 24 * 60 * 60 * 1000 });
    let moved = stage
        .developer
        .spaces(Method::PUT, "/spring/clock", Some(&advance))
        .await
        .unwrap();
    assert_eq!(moved.status, StatusCode::OK, "{:?}", moved.body);
    let inbox = says(&citizen, "/my/messages").await;
    assert!(inbox.contains("car insurance"), "{inbox}");

    // The same person elsewhere.
    let elsewhere = Citizen::new(&stage.platform.url, ORDINARY, "en").unwrap();
    for citizen in [&neighbour, &elsewhere] {
        for path in ["/my/messages", "/my/consents", "/my/log"] {
            let said = says(citizen, path).await;
            assert!(
                !said.contains("insurance") && !said.contains("Reminder"),
                "{path}: {said}"
            );
        }
    }
    // The other organisation neither gets in nor moves the clock.
    let closed = neighbour.agent.get(format!("{pages}/en/")).await.unwrap();
    closed.expect(StatusCode::FORBIDDEN).unwrap();
    for (method, path) in [
        (Method::GET, ""),
        (Method::DELETE, ""),
        (Method::POST, "/reset"),
        (Method::PUT, "/clock"),
        (Method::GET, "/people"),
        (Method::POST, "/people"),
        (Method::PUT, "/fixture"),
        (Method::POST, "/access"),
        (Method::POST, "/snapshots"),
        (Method::DELETE, "/snapshots/before"),
        (Method::POST, "/snapshots/before/restore"),
    ] {
        let body = match path {
            "/clock" => json!({ "frozen": true }),
            "/people" => json!({ "state": "new-parent", "fin": "OTEST01", "child": "female" }),
            "/fixture" => json!({}),
            _ => json!({ "name": "before" }),
        };
        let asked = other
            .spaces(method.clone(), &format!("/spring{path}"), Some(&body))
            .await;
        let asked = asked.unwrap();
        assert_eq!(
            (asked.status, asked.code()),
            (StatusCode::NOT_FOUND, "not-found"),
            "{method} {path}"
        );
    }
    stage.platform.stop().await.unwrap();
}

/// Calls of the space, newest first, as `interface.operation outcome fault`.
async fn calls(developer: &Developer, space: &str) -> Vec<String> {
    let calls = developer
        .spaces(Method::GET, &format!("/{space}/calls"), None)
        .await
        .unwrap();
    let text = |call: &serde_json::Value, name: &str| call[name].as_str().unwrap_or_default().to_owned();
    calls
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|call| {
            let [interface, operation, outcome, fault] =
                ["interface", "operation", "outcome", "fault"].map(|name| text(call, name));
            format!("{interface}.{operation} {outcome} {fault}")
        })
        .collect()
}

/// What lets a program into a space opens all of it, so that no service of the space may keep it.
#[tokio::test(flavor = "multi_thread")]
async fn token_of_a_program_does_not_reach_a_service() {
    let stage = Stage::start().await;
    let folder = guests::guest("echo");
    let component = guests::build(&folder).await.unwrap();
    stage.developer.publish(&folder, Some(&component)).await.unwrap();
    let made = json!({ "name": "spring" });
    let made = stage
        .developer
        .spaces(Method::POST, "", Some(&made))
        .await
        .unwrap();
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    let access = stage.developer.spaces(Method::POST, "/spring/access", None);
    let access = access.await.unwrap();
    let origin = stage.platform.origin("echo--spring");
    let client = aim_tests::http::plain().unwrap();
    for (name, expected) in [("aim-space", "none"), ("x-mine", "7")] {
        let request = client
            .get(format!("{origin}/header?name={name}"))
            .header("aim-space", access.text("token"))
            .header("x-mine", "7");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.text().await.unwrap(), expected, "{name}");
    }
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_a_space_meet_its_services_and_are_listed_with_their_calls() {
    let stage = Stage::start().await;
    let folder = guests::sample(SERVICE);
    let component = guests::build(&folder).await.unwrap();
    stage.developer.publish(&folder, Some(&component)).await.unwrap();
    let citizen = enter(&stage, &stage.developer, "spring").await;
    let pages = stage.platform.origin("space--spring");
    let service = format!("{pages}/.aim/space?to={SERVICE}");
    citizen.open(&service).await.unwrap().ok().unwrap();
    let set = async |plan: serde_json::Value| {
        stage
            .developer
            .spaces(Method::PUT, "/spring/faults", Some(&plan))
            .await
            .unwrap()
    };
    let rule = |interface: &str, operation: &str, fault: serde_json::Value| json!({ "rules": [{ "interface": interface, "operation": operation, "fault": fault, "percent": 100 }] });
    let down = set(rule("identity", "claims", json!("unavailable"))).await;
    assert_eq!(down.status, StatusCode::OK, "{:?}", down.body);
    let broken = citizen.open(&service).await.unwrap();
    assert!(!broken.status.is_success(), "{broken}");
    assert_eq!(
        calls(&stage.developer, "spring").await[0],
        "identity.claims storage-unavailable unavailable"
    );
    // The answer is lost after the effect: the message is there, once, however often the handler tries again.
    set(rule("notifications", "send", json!("answer-lost"))).await;
    set_reminder(&citizen, &pages).await;
    let advance = json!({ "advance-ms": 31_u64 * 24 * 60 * 60 * 1000 });
    stage
        .developer
        .spaces(Method::PUT, "/spring/clock", Some(&advance))
        .await
        .unwrap();
    let inbox = says(&citizen, "/my/messages").await;
    assert_eq!(inbox.matches("car insurance").count(), 1, "{inbox}");
    let sent = "notifications.send provider-silent answer-lost".to_owned();
    let heard = calls(&stage.developer, "spring").await;
    assert!(
        heard.iter().filter(|call| **call == sent).count() > 1,
        "{heard:?}"
    );
    // An event that was handled comes a second time; the message is the same.
    set(json!({ "events_twice_percent": 100 })).await;
    set_reminder(&citizen, &pages).await;
    stage
        .developer
        .spaces(Method::PUT, "/spring/clock", Some(&advance))
        .await
        .unwrap();
    let inbox = says(&citizen, "/my/messages").await;
    assert_eq!(inbox.matches("car insurance").count(), 2, "{inbox}");
    let heard = calls(&stage.developer, "spring").await;
    let sent = "notifications.send allowed ".to_owned();
    assert!(
        heard.iter().filter(|call| **call == sent).count() > 1,
        "{heard:?}"
    );
    // An attempt that is lost is made again later: first nothing comes, then all that was lost, in whatever order.
    set(json!({ "events_twice_percent": 0, "events_lost_percent": 100 })).await;
    set_reminder(&citizen, &pages).await;
    stage
        .developer
        .spaces(Method::PUT, "/spring/clock", Some(&advance))
        .await
        .unwrap();
    let inbox = says(&citizen, "/my/messages").await;
    assert_eq!(inbox.matches("car insurance").count(), 2, "{inbox}");
    set(json!({ "events_twice_percent": 0 })).await;
    let later = json!({ "advance-ms": 60_000 });
    stage
        .developer
        .spaces(Method::PUT, "/spring/clock", Some(&later))
        .await
        .unwrap();
    let inbox = says(&citizen, "/my/messages").await;
    assert_eq!(inbox.matches("car insurance").count(), 3, "{inbox}");
    for (plan, code) in [
        (
            rule("identity", "claims", json!("answer-lost")),
            "faults-no-outcome",
        ),
        (
            rule("identity", "claims", json!({ "delay-ms": 10_001 })),
            "faults-delay",
        ),
        (json!({ "rules": [], "other": 1 }), "bad-request"),
        (rule("weather", "now", json!("unavailable")), "bad-request"),
    ] {
        let refused = set(plan).await;
        assert_eq!(refused.code(), code, "{:?}", refused.body);
    }
    stage.platform.stop().await.unwrap();
}
