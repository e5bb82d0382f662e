//! The register of civil status, and what parents send in there and to the social fund.

use aim_gov::clock::DAY_MS;
use aim_gov::exchange::{Failure, Status, Submission};
use aim_gov::identity::Gender;

use super::submissions::{JSON, after, now, said};
use super::*;

/// The rig's citizen is married to him.
const HUSBAND: &str = "OTEST02";
const STRANGER: &str = "OTEST04";
const NAME: &str = "civil-status.child-name";
const BENEFIT: &str = "social.child-benefit";

/// A child of the rig's citizen that is born today.
async fn born(rig: &Rig) -> String {
    let office = &rig.apis.civil_status;
    let child = office.report_birth(&rig.citizen, Gender::Female).await.unwrap();
    child.record
}

/// What this parent sends in about the child of this birth.
async fn send(
    rig: &Rig,
    parent: &Invocation,
    key: &str,
    (operation, record): (&str, &str),
    body: &Value,
) -> Submission {
    rig.clock.advance_ms(1);
    let context = about(operation, &[("record", record)]);
    let body = body.to_string().into_bytes();
    let sent = rig.apis.exchange.submit(parent, key, &context, JSON, &body);
    sent.await.unwrap()
}

/// The code of the agency's refusal.
fn refusal(submission: &Submission) -> String {
    assert_eq!(submission.status, Status::Failed);
    assert_eq!(submission.failure, Some(Failure::AgencyRefused));
    said(submission)["error"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn family_is_read_as_it_is_registered_now() {
    everywhere(async |rig: Rig| {
        let invocation = agreed(&rig, ORDINARY).await;
        let children = about("civil-status.children", &[]);
        let fields = ["record", "born", "gender", "family_name", "given_name"];
        let before = read(&rig, &invocation, &children, &fields).await.unwrap();
        let nihad = json!({
            "record": "birth-sim-0001", "born": "2012-06-18", "gender": "male",
            "family_name": "Məmmədov", "given_name": "Nihad",
        });
        assert_eq!(records(&before), json!([nihad]));
        let record = born(&rig).await;
        let after = read(&rig, &invocation, &children, &["record", "given_name"]).await;
        let newborn = json!({ "record": record, "given_name": null });
        assert_eq!(records(&after.unwrap())[1], newborn);
        let marriage = about("civil-status.marriage", &[]);
        let answer = read(&rig, &invocation, &marriage, &["record", "since"])
            .await
            .unwrap();
        let registered = json!([{ "record": "marriage-sim-0001", "since": "2011-06-10" }]);
        assert_eq!(records(&answer), registered);
        let single = agreed(&rig, STRANGER).await;
        for (operation, field) in [(&children, "record"), (&marriage, "since")] {
            let missing = read(&rig, &single, operation, &[field]).await;
            assert_eq!(missing.unwrap_err(), GovError::NotFound);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn address_is_read_as_it_is_after_a_move() {
    everywhere(async |rig: Rig| {
        let invocation = agreed(&rig, ORDINARY).await;
        let office = &rig.apis.residence;
        office
            .move_to(&rig.citizen, "Bakı", "Nizami küçəsi 14")
            .await
            .unwrap();
        let residence = about("population.residence", &[]);
        let answer = read(&rig, &invocation, &residence, &["formatted"]).await.unwrap();
        assert_eq!(
            records(&answer),
            json!([{ "formatted": "Bakı, Nizami küçəsi 14" }])
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn child_is_named_once_by_a_parent() {
    everywhere(async |rig: Rig| {
        let mother = agreed(&rig, ORDINARY).await;
        let father = agreed(&rig, HUSBAND).await;
        let stranger = agreed(&rig, STRANGER).await;
        let record = born(&rig).await;
        let about = (NAME, record.as_str());
        let named = json!({ "given_name": "Nərgiz" });
        let foreign = send(&rig, &stranger, "1", about, &named).await;
        assert_eq!(refusal(&foreign), "child-unknown");
        let unknown = send(&rig, &mother, "2", (NAME, "birth-sim-0009"), &named).await;
        assert_eq!(refusal(&unknown), "child-unknown");
        for (key, bad) in [("3", "N"), ("4", "N3rgiz"), ("5", &"n".repeat(51))] {
            let unfit = send(&rig, &mother, key, about, &json!({ "given_name": bad })).await;
            assert_eq!(refusal(&unfit), "name-unfit", "{bad}");
        }
        let done = send(&rig, &mother, "6", about, &named).await;
        assert_eq!(done.status, Status::Success);
        let answer = said(&done);
        assert_eq!(
            (&answer["record"], &answer["given_name"]),
            (&json!(record), &json!("Nərgiz"))
        );
        let same = send(&rig, &father, "7", about, &named).await;
        assert_eq!(same.status, Status::Success);
        let other = send(&rig, &father, "8", about, &json!({ "given_name": "Aynur" })).await;
        assert_eq!(refusal(&other), "named-already");
        let family = rig.apis.civil_status.family(&rig.citizen).await.unwrap();
        let names = family.children.iter().map(|child| child.given_name.as_deref());
        assert_eq!(names.collect::<Vec<_>>(), [Some("Nihad"), Some("Nərgiz")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn benefit_is_assigned_after_five_days_and_once() {
    everywhere(async |rig: Rig| {
        let mother = agreed(&rig, ORDINARY).await;
        let father = agreed(&rig, HUSBAND).await;
        let record = born(&rig).await;
        let about = (BENEFIT, record.as_str());
        let nothing = json!({});
        let early = send(&rig, &mother, "1", about, &nothing).await;
        assert_eq!(refusal(&early), "child-unnamed");
        let foreign = send(&rig, &mother, "2", (BENEFIT, "birth-sim-0009"), &nothing).await;
        assert_eq!(refusal(&foreign), "child-unknown");
        let name = json!({ "given_name": "Nərgiz" });
        send(&rig, &mother, "3", (NAME, record.as_str()), &name).await;
        // Both apply; the first application is decided first.
        for (parent, key) in [(&mother, "4"), (&father, "5")] {
            let sent = send(&rig, parent, key, about, &nothing).await;
            assert_eq!(sent.status, Status::Submitted);
        }
        after(&rig, 4 * DAY_MS).await;
        assert_eq!(now(&rig, &mother, "4").await.unwrap().status, Status::Submitted);
        after(&rig, DAY_MS).await;
        let mut decided = Vec::new();
        for (parent, key) in [(&mother, "4"), (&father, "5")] {
            decided.push(now(&rig, parent, key).await.unwrap());
        }
        decided.sort_by_key(|sent| sent.status != Status::Success);
        let [assigned, refused] = decided.as_slice() else {
            panic!("{decided:?}");
        };
        assert_eq!(assigned.status, Status::Success);
        let answer = said(assigned);
        assert_eq!(
            (&answer["qepik_a_month"], &answer["from"]),
            (&json!(12_000), &json!("2026-12-01"))
        );
        assert_eq!(refusal(refused), "assigned-already");
        let late = send(&rig, &mother, "6", about, &nothing).await;
        assert_eq!(refusal(&late), "assigned-already");
    })
    .await;
}
