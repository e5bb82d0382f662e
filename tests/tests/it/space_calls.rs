//! The log of calls of a test space, through the real binary and a service that reads registers, sends in an application
//! and is told of the decision: arguments without data of citizens, and the limits that each call counted against.

use aim_gov::clock::Timestamp;
use aim_gov::identity::personas;
use aim_tests::actors::citizen::{Citizen, ORDINARY};
use aim_tests::guests;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::spaces::enter;
use crate::stage::Stage;

const SERVICE: &str = "kindergarten";
const CHILD: &str = "Nərgiz";
const TEN_DAYS_MS: u64 = 10 * 24 * 60 * 60 * 1000;

async fn log(stage: &Stage) -> Vec<Value> {
    let calls = stage.developer.spaces(Method::GET, "/spring/calls", None);
    let calls = calls.await.unwrap();
    assert_eq!(calls.status, StatusCode::OK, "{:?}", calls.body);
    calls.body.as_array().unwrap().clone()
}

/// The calls of one operation, newest first.
fn of<'a>(log: &'a [Value], interface: &str, operation: &str) -> Vec<&'a Value> {
    let is_it = |call: &&Value| call["interface"] == interface && call["operation"] == operation;
    log.iter().filter(is_it).collect()
}

fn limit<'a>(call: &'a Value, name: &str) -> &'a Value {
    let mut limits = call["limits"].as_array().unwrap().iter();
    limits
        .find(|one| one["limit"] == name)
        .unwrap_or_else(|| panic!("no {name} in {call}"))
}

/// Applies for a place from that day on, for the child, who was born on the other.
async fn apply(citizen: &Citizen, home: &str, from: &str, born: &str) {
    let list = citizen.open(home).await.unwrap().ok().unwrap();
    let form = citizen.agent.follow(&list, "kindergarten=SM-K-03").await;
    let form = form.unwrap().ok().unwrap();
    let filled = form.form_to("/apply").unwrap();
    let filled = filled
        .fill("child_name", CHILD)
        .unwrap()
        .fill("child_birthdate", born)
        .unwrap()
        .fill("from", from)
        .unwrap();
    citizen.agent.submit(&form, &filled).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_logged_with_harmless_arguments_and_the_limits_that_they_used() {
    let stage = Stage::start().await;
    let folder = guests::sample(SERVICE);
    let component = guests::build(&folder).await.unwrap();
    stage.developer.publish(&folder, Some(&component)).await.unwrap();
    let citizen = enter(&stage, &stage.developer, "spring").await;
    let home = format!(
        "{}/.aim/space?to={SERVICE}",
        stage.platform.origin("space--spring")
    );
    let space = stage.developer.spaces(Method::GET, "/spring", None);
    let shows = Timestamp::parse(space.await.unwrap().text("shows")).unwrap();
    let from = shows.plus_days(30).in_baku().unwrap().date().to_string();
    let born = format!("{}-01-01", shows.in_baku().unwrap().year() - 3);
    apply(&citizen, &home, &from, &born).await;
    let advance = json!({ "advance-ms": TEN_DAYS_MS });
    let moved = stage
        .developer
        .spaces(Method::PUT, "/spring/clock", Some(&advance));
    assert_eq!(moved.await.unwrap().status, StatusCode::OK);
    let calls = log(&stage).await;

    // A visitor who is not logged in: what is refused has its arguments too, and counts for the request alone.
    let stranger = calls.last().unwrap();
    assert_eq!(stranger["outcome"], "login-required");
    assert_eq!(stranger["arguments"], json!({}));
    let only = json!([{ "limit": "calls-per-request", "used": 1, "most": 256, "window": "request" }]);
    assert_eq!(stranger["limits"], only);

    let read = of(&calls, "exchange", "read");
    let residence = read
        .iter()
        .find(|call| call["arguments"]["c"]["operation"] == "population.residence");
    let context = json!({
        "operation": "population.residence",
        "subject": "current",
        "parameters": [],
        "purpose": "place",
        "issue": "look-up",
    });
    let expected = json!({ "c": context, "fields": ["region"], "cursor": null });
    assert_eq!(residence.unwrap()["arguments"], expected);
    assert!(
        read.iter().any(|call| call["outcome"] == "consent-required"),
        "{read:?}"
    );
    let list = read
        .iter()
        .find(|call| call["arguments"]["c"]["operation"] == "education.institutions");
    // The service asks for the kindergartens of the region that it read before.
    let region = &list.unwrap()["arguments"]["c"]["parameters"][0]["name"];
    assert_eq!(region["redacted"], "text");

    let sent = of(&calls, "exchange", "submit");
    let [sent] = sent[..] else { panic!("{sent:?}") };
    let arguments = &sent["arguments"];
    assert_eq!(arguments["c"]["issue"], "place-1");
    assert_eq!(arguments["content-type"], "application/json");
    assert_eq!(arguments["body"]["redacted"], "bytes");
    let used = limit(sent, "registry-calls");
    assert_eq!((&used["most"], &used["window"]), (&json!(10_000), &json!("test")));
    assert!(used["used"].as_i64().unwrap() >= 3, "{used}");
    assert_eq!(limit(sent, "calls-per-minute")["most"], 600);
    // By its key the application is found again.
    let key = &arguments["key"]["fingerprint"];
    let found = of(&calls, "exchange", "find");
    assert!(
        key.is_string()
            && found
                .iter()
                .any(|call| call["arguments"]["key"]["fingerprint"] == *key)
    );

    let told = of(&calls, "notifications", "send");
    let message = &told[0]["arguments"]["m"];
    assert_eq!(
        (&message["template-id"], &message["to"]["redacted"]),
        (&json!("decided"), &json!("text"))
    );
    assert_eq!(
        message["personalisation"][0]["outcome"]["text"]["redacted"],
        "text"
    );
    assert_eq!(limit(told[0], "messages")["used"], 1);

    // Nothing that is known of the citizen, or that they typed, is in it.
    let person = &personas::all()
        .iter()
        .find(|one| one.person.fin == ORDINARY)
        .unwrap()
        .person;
    let address = &person.address;
    let claims = [
        Some(person.fin.clone()),
        Some(person.given_name.clone()),
        person.middle_name.clone(),
        Some(person.family_name.clone()),
        Some(person.birthdate.to_string()),
        Some(person.nationalities.concat()),
        Some(person.household.clone()),
        address.formatted.clone(),
        address.locality.clone(),
        address.region.clone(),
        address.postal_code.clone(),
        Some(CHILD.to_owned()),
        Some(born),
    ];
    let whole = Value::Array(calls).to_string();
    for claim in claims.into_iter().flatten() {
        assert!(!whole.contains(&claim), "`{claim}` in {whole}");
    }

    // A call that meets a fault has its arguments too.
    let rule =
        json!({ "interface": "exchange", "operation": "read", "fault": "unavailable", "percent": 100 });
    let faults = json!({ "rules": [rule] });
    let set = stage
        .developer
        .spaces(Method::PUT, "/spring/faults", Some(&faults));
    assert_eq!(set.await.unwrap().status, StatusCode::OK);
    citizen.open(&home).await.unwrap();
    let failed = &log(&stage).await[0];
    assert_eq!(
        (&failed["outcome"], &failed["arguments"]),
        (&json!("storage-unavailable"), &expected)
    );

    // The log goes with the space that it is of.
    let reset = stage.developer.spaces(Method::POST, "/spring/reset", None);
    assert_eq!(reset.await.unwrap().status, StatusCode::OK);
    assert_eq!(log(&stage).await, Vec::<Value>::new());
    stage.platform.stop().await.unwrap();
}
