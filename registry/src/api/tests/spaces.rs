//! Test spaces by the API: each answer is compared with the description by the stage.

use axum::body::Body;
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::assert_problem;
use crate::domain::space::SPACES_MAX;
use crate::testing::{Answer, Stage, request};

async fn ask(stage: &Stage, method: &str, path: &str, body: &Value) -> Answer {
    let request = request(method, &format!("/api/v1/spaces{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", stage.secret))
        .header(header::CONTENT_TYPE, "application/json");
    let body = match body {
        Value::Null => Body::empty(),
        body => Body::from(body.to_string()),
    };
    stage.send(request.body(body).unwrap()).await
}

/// What people's entries of the list say about one FIN.
async fn person(stage: &Stage, fin: &str) -> Value {
    let people = ask(stage, "GET", "/spring/people", &Value::Null).await.json();
    let people = people.as_array().unwrap().iter();
    people
        .clone()
        .find(|person| person["fin"] == fin)
        .unwrap()
        .clone()
}

#[tokio::test]
async fn fixture_fills_an_empty_space() {
    let stage = Stage::new().await;
    ask(&stage, "POST", "", &json!({ "name": "spring" })).await;
    let moved = json!({ "state": "moved", "fin": "OTEST0A", "place": "Bakı", "street": "Nizami küçəsi 14" });
    let brought = ask(&stage, "POST", "/spring/people", &moved).await;
    assert_eq!(brought.status, StatusCode::NO_CONTENT, "{}", brought.body);
    assert_eq!(
        person(&stage, "OTEST0A").await["address"],
        "Bakı, Nizami küçəsi 14"
    );
    let plan = json!({ "seed": 3, "events_twice_percent": 0, "events_lost_percent": 20, "rules": [] });
    let fixture = json!({
        "people": [
            { "state": "married", "fin": "OTEST0A", "with": "OTEST0B" },
            { "state": "new-parent", "fin": "OTEST0A", "child": "female" },
            { "state": "deceased", "fin": "OTEST02" },
        ],
        "advance-ms": 86_400_000,
        "frozen": true,
        "faults": plan,
    });
    let before = ask(&stage, "GET", "/spring", &Value::Null).await.json();
    let filled = ask(&stage, "PUT", "/spring/fixture", &fixture).await;
    assert_eq!(filled.status, StatusCode::OK, "{}", filled.body);
    let filled = filled.json();
    assert_eq!((&filled["frozen"], &filled["faults"]), (&json!(true), &plan));
    assert_ne!(filled["shows"], before["shows"]);
    // What was there before is gone.
    let husband = person(&stage, "OTEST0A").await;
    assert_ne!(husband["address"], "Bakı, Nizami küçəsi 14");
    let wife = person(&stage, "OTEST0B").await;
    assert_eq!(
        (&husband["spouse"], &wife["spouse"]),
        (&json!("OTEST0B"), &json!("OTEST0A"))
    );
    assert_eq!(wife["children"].as_array().unwrap().len(), 1);
    assert_eq!(wife["children"], husband["children"]);
    assert_eq!(person(&stage, "OTEST02").await["died"], true);
    let widow = person(&stage, "OTEST01").await;
    assert_eq!((&widow["died"], widow.get("spouse")), (&json!(false), None));
}

#[tokio::test]
async fn state_that_nobody_can_be_in_is_refused_with_its_place() {
    let stage = Stage::new().await;
    ask(&stage, "POST", "", &json!({ "name": "spring" })).await;
    let street = "x".repeat(101);
    for (state, code) in [
        (
            json!({ "state": "new-parent", "fin": "OTEST99", "child": "male" }),
            "person-unknown",
        ),
        (
            json!({ "state": "new-parent", "fin": "OTEST0A", "child": "male" }),
            "no-mother",
        ),
        (
            json!({ "state": "new-parent", "fin": "OTEST06", "child": "male" }),
            "not-registered",
        ),
        (json!({ "state": "deceased", "fin": "OTEST06" }), "not-registered"),
        (
            json!({ "state": "married", "fin": "OTEST0A", "with": "OTEST01" }),
            "not-free",
        ),
        (
            json!({ "state": "moved", "fin": "OTEST0A", "place": "Atlantida", "street": "1" }),
            "place-unknown",
        ),
        (
            json!({ "state": "moved", "fin": "OTEST0A", "place": "Bakı", "street": street }),
            "street-malformed",
        ),
    ] {
        let one = ask(&stage, "POST", "/spring/people", &state).await;
        assert_problem(&one, StatusCode::UNPROCESSABLE_ENTITY, code);
        let born = json!({ "state": "new-parent", "fin": "OTEST01", "child": "male" });
        let fixture = json!({ "people": [born, state] });
        let all = ask(&stage, "PUT", "/spring/fixture", &fixture).await;
        assert_problem(&all, StatusCode::UNPROCESSABLE_ENTITY, code);
        assert!(all.body.contains("state 2"), "{}", all.body);
    }
    let births = vec![json!({ "state": "new-parent", "fin": "OTEST01", "child": "male" }); 19];
    let full = ask(&stage, "PUT", "/spring/fixture", &json!({ "people": births })).await;
    assert_eq!(full.status, StatusCode::OK, "{}", full.body);
    let one_more = json!({ "state": "new-parent", "fin": "OTEST01", "child": "male" });
    let refused = ask(&stage, "POST", "/spring/people", &one_more).await;
    assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "too-many-children");
    let many = vec![one_more; crate::domain::fixture::STATES_MAX + 1];
    let refused = ask(&stage, "PUT", "/spring/fixture", &json!({ "people": many })).await;
    assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "states-too-many");
    for (ms, code) in [(-1_i64, "clock-back"), (31_622_400_001, "clock-too-far")] {
        let refused = ask(&stage, "PUT", "/spring/fixture", &json!({ "advance-ms": ms })).await;
        assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, code);
    }
    // What was refused before it began changed nothing.
    let mother = person(&stage, "OTEST01").await;
    assert_eq!(mother["children"].as_array().unwrap().len(), 20);
    for unknown in [
        json!({ "people": [], "colour": 1 }),
        json!({ "people": [{ "state": "rich", "fin": "OTEST01" }] }),
        json!({ "people": [{ "state": "new-parent", "fin": "OTEST01", "child": "male", "colour": 1 }] }),
    ] {
        let refused = ask(&stage, "PUT", "/spring/fixture", &unknown).await;
        assert_problem(&refused, StatusCode::UNPROCESSABLE_ENTITY, "bad-request");
    }
}

#[tokio::test]
async fn space_is_made_changed_and_deleted() {
    let stage = Stage::new().await;
    let made = ask(&stage, "POST", "", &json!({ "name": "spring" })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(made.headers[header::LOCATION], "/api/v1/spaces/spring");
    assert_eq!(
        ask(&stage, "GET", "", &Value::Null).await.json()[0]["name"],
        "spring"
    );
    let rule =
        json!({ "interface": "payments", "operation": "create", "fault": "answer-lost", "percent": 20 });
    let plan = json!({ "seed": 7, "events_twice_percent": 0, "events_lost_percent": 0, "rules": [rule, { "interface": "identity", "fault": { "delay-ms": 50 }, "percent": 1 }] });
    let faulty = ask(&stage, "PUT", "/spring/faults", &plan).await;
    assert_eq!(faulty.json()["faults"], plan, "{}", faulty.body);
    let frozen = ask(&stage, "PUT", "/spring/clock", &json!({ "frozen": true })).await;
    assert_eq!(frozen.json()["frozen"], true);
    let set = ask(
        &stage,
        "PUT",
        "/spring/clock",
        &json!({ "set": "2027-01-01T00:00:00Z" }),
    )
    .await;
    assert_eq!(set.json()["shows"], "2027-01-01T00:00:00Z", "{}", set.body);
    let taken = ask(
        &stage,
        "POST",
        "/spring/snapshots",
        &json!({ "name": "new-year" }),
    )
    .await;
    assert_eq!(taken.json()["stood_at"], "2027-01-01T00:00:00Z", "{}", taken.body);
    let reset = ask(&stage, "POST", "/spring/reset", &Value::Null).await;
    assert_eq!(
        (&reset.json()["frozen"], &reset.json()["faults"]),
        (&json!(false), &plan)
    );
    let restored = ask(&stage, "POST", "/spring/snapshots/new-year/restore", &Value::Null).await;
    assert_eq!(
        restored.json()["shows"],
        "2027-01-01T00:00:00Z",
        "{}",
        restored.body
    );
    let access = ask(&stage, "POST", "/spring/access", &Value::Null).await;
    assert_eq!(access.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(
        ask(&stage, "GET", "/spring/calls", &Value::Null).await.json(),
        json!([])
    );
    let gone = ask(&stage, "DELETE", "/spring/snapshots/new-year", &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(
        ask(&stage, "GET", "/spring", &Value::Null).await.json()["snapshots"],
        json!([])
    );
    let gone = ask(&stage, "DELETE", "/spring", &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_problem(
        &ask(&stage, "GET", "/spring", &Value::Null).await,
        StatusCode::NOT_FOUND,
        "not-found",
    );
}

#[tokio::test]
async fn what_cannot_be_done_with_a_space_is_refused_with_its_code() {
    let stage = Stage::new().await;
    for number in 1..=SPACES_MAX {
        ask(&stage, "POST", "", &json!({ "name": format!("space-{number}") })).await;
    }
    let (unprocessable, conflict) = (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::CONFLICT);
    let rule = |rule: Value| json!({ "rules": [rule] });
    let fault = |interface: &str, fault: Value, percent: u8| {
        rule(json!({ "interface": interface, "fault": fault, "percent": percent }))
    };
    let many = fault("payments", json!("unavailable"), 1)["rules"][0].clone();
    for (method, path, body, status, code) in [
        ("POST", "", json!({ "name": "a--b" }), unprocessable, "not-a-name"),
        (
            "POST",
            "",
            json!({ "name": "one-more" }),
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-spaces",
        ),
        (
            "POST",
            "",
            json!({ "name": "one-more", "people": 3 }),
            unprocessable,
            "bad-request",
        ),
        ("POST", "", json!([1]), unprocessable, "bad-request"),
        (
            "PUT",
            "/space-1/clock",
            json!({ "advance-ms": -1 }),
            unprocessable,
            "clock-back",
        ),
        (
            "PUT",
            "/space-1/clock",
            json!({ "advance-ms": i64::MAX }),
            unprocessable,
            "clock-too-far",
        ),
        (
            "PUT",
            "/space-1/clock",
            json!({ "set": "tomorrow" }),
            unprocessable,
            "bad-request",
        ),
        (
            "PUT",
            "/space-1/clock",
            json!({ "frozen": true, "set": "now" }),
            StatusCode::BAD_REQUEST,
            "bad-request",
        ),
        (
            "PUT",
            "/space-1/faults",
            fault("payments", json!("unavailable"), 0),
            unprocessable,
            "faults-percent",
        ),
        (
            "PUT",
            "/space-1/faults",
            fault("payments", json!({ "delay-ms": 0 }), 1),
            unprocessable,
            "faults-delay",
        ),
        (
            "PUT",
            "/space-1/faults",
            fault("identity", json!("answer-lost"), 1),
            unprocessable,
            "faults-no-outcome",
        ),
        (
            "PUT",
            "/space-1/faults",
            json!({ "rules": vec![many; 21] }),
            unprocessable,
            "faults-too-many",
        ),
        (
            "PUT",
            "/space-1/faults",
            fault("weather", json!("unavailable"), 1),
            unprocessable,
            "bad-request",
        ),
        (
            "PUT",
            "/space-1/faults",
            json!({ "events_lost_percent": 101 }),
            unprocessable,
            "faults-lost",
        ),
        (
            "PUT",
            "/space-1/faults",
            json!({ "events_twice_percent": 101 }),
            unprocessable,
            "faults-twice",
        ),
        (
            "PUT",
            "/space-1/faults",
            json!({ "rules": [], "more": 1 }),
            unprocessable,
            "bad-request",
        ),
        (
            "POST",
            "/space-1/snapshots",
            json!({ "name": "" }),
            unprocessable,
            "not-a-name",
        ),
        (
            "POST",
            "/space-1/snapshots/never/restore",
            Value::Null,
            StatusCode::NOT_FOUND,
            "no-snapshot",
        ),
        (
            "DELETE",
            "/space-1/snapshots/never",
            Value::Null,
            StatusCode::NOT_FOUND,
            "no-snapshot",
        ),
        (
            "POST",
            "/nobody/reset",
            Value::Null,
            StatusCode::NOT_FOUND,
            "not-found",
        ),
        (
            "POST",
            "/Not%20a%20name/access",
            Value::Null,
            StatusCode::NOT_FOUND,
            "not-found",
        ),
    ] {
        let refused = ask(&stage, method, path, &body).await;
        assert_problem(&refused, status, code);
    }
    // Twenty years ahead is the end.
    for _ in 0..19 {
        let year = json!({ "advance-ms": 366_u64 * 24 * 60 * 60 * 1000 });
        let moved = ask(&stage, "PUT", "/space-1/clock", &year).await;
        assert_eq!(moved.status, StatusCode::OK, "{}", moved.body);
    }
    let year = json!({ "advance-ms": 366_u64 * 24 * 60 * 60 * 1000 });
    let far = ask(&stage, "PUT", "/space-1/clock", &year).await;
    assert_problem(&far, unprocessable, "clock-too-far-ahead");
    ask(&stage, "DELETE", "/space-2", &Value::Null).await;
    let taken = ask(&stage, "POST", "", &json!({ "name": "space-1" })).await;
    assert_problem(&taken, conflict, "name-taken");
    let name = json!({ "name": "again" });
    ask(&stage, "POST", "/space-1/snapshots", &name).await;
    let taken = ask(&stage, "POST", "/space-1/snapshots", &name).await;
    assert_problem(&taken, conflict, "name-taken");
}
