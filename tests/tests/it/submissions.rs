//! An application to another agency, from its form to the decision, through the real binary in a test space whose clock
//! moves.

use aim_gov::clock::Timestamp;
use aim_tests::guests;
use reqwest::Method;
use serde_json::json;

use crate::spaces::{enter, says};
use crate::stage::Stage;

const SERVICE: &str = "kindergarten";
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

#[tokio::test(flavor = "multi_thread")]
async fn parent_applies_and_is_told_of_the_decision_ten_days_later() {
    let stage = Stage::start().await;
    let folder = guests::sample(SERVICE);
    let component = guests::build(&folder).await.unwrap();
    stage.developer.publish(&folder, Some(&component)).await.unwrap();
    let citizen = enter(&stage, &stage.developer, "spring").await;
    let pages = stage.platform.origin("space--spring");
    let home = format!("{pages}/.aim/space?to={SERVICE}");
    let mut list = citizen.open(&home).await.unwrap().ok().unwrap();
    assert!(list.text().contains("You have not applied."), "{list}");
    let space = stage
        .developer
        .spaces(Method::GET, "/spring", None)
        .await
        .unwrap();
    let shows = Timestamp::parse(space.text("shows")).unwrap();
    let day = |days: u32| shows.plus_days(days).in_baku().unwrap().date().to_string();
    let born = format!("{}-01-01", shows.in_baku().unwrap().year() - 3);
    for (kindergarten, child) in [("SM-K-03", "Nərgiz"), ("SM-K-01", "Kənan")] {
        let form = citizen
            .agent
            .follow(&list, &format!("kindergarten={kindergarten}"))
            .await
            .unwrap()
            .ok()
            .unwrap();
        let filled = form
            .form_to("/apply")
            .unwrap()
            .fill("child_name", child)
            .unwrap()
            .fill("child_birthdate", &born)
            .unwrap()
            .fill("from", &day(30))
            .unwrap();
        // A second click sends nothing new.
        citizen.agent.submit(&form, &filled).await.unwrap().ok().unwrap();
        list = citizen.agent.submit(&form, &filled).await.unwrap().ok().unwrap();
    }
    assert_eq!(
        list.text().matches("the agency is looking at it").count(),
        2,
        "{list}"
    );
    let move_clock = async |days: u64| {
        let advance = json!({ "advance-ms": days * DAY_MS });
        let moved = stage
            .developer
            .spaces(Method::PUT, "/spring/clock", Some(&advance))
            .await
            .unwrap();
        assert!(moved.status.is_success(), "{:?}", moved.body);
    };
    move_clock(9).await;
    let list = citizen.open(&home).await.unwrap().ok().unwrap();
    assert_eq!(
        list.text().matches("the agency is looking at it").count(),
        2,
        "{list}"
    );
    move_clock(1).await;
    let list = citizen.open(&home).await.unwrap().ok().unwrap();
    for said in [
        "a place is yours: SM-K-03",
        "it was refused. This kindergarten has no free place.",
    ] {
        assert!(list.text().contains(said), "no `{said}` in {list}");
    }
    let inbox = says(&citizen, "/my/messages").await;
    assert!(inbox.contains("a place is yours: SM-K-03"), "{inbox}");
    assert!(inbox.contains("no free place"), "{inbox}");
    let log = says(&citizen, "/my/log").await;
    for said in [
        "Sent something to another agency for you: Application for a place in a kindergarten",
        "The agency answered what was sent to it for you: Application for a place in a kindergarten",
        "The agency refused",
        "Was told that what it sent to another agency for you has another state",
    ] {
        assert!(log.contains(said), "no `{said}` in {log}");
    }
    stage.platform.stop().await.unwrap();
}
