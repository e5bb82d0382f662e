//! Births and marriages: whom they are told, and what the civil registry office refuses.

use aim_gov::civil_status::{CHILDREN_MAX, CivilStatusError};
use aim_gov::identity::Gender;

use super::*;

/// The rig's citizen is married to him.
const HUSBAND: &str = "OTEST02";
const UNMARRIED_MAN: &str = "OTEST0A";
const UNMARRIED_WOMAN: &str = "OTEST0B";
const DEAD: &str = "OTEST06";

fn citizen(rig: &Rig, fin: &str) -> CitizenId {
    rig.apis.identity.citizen(fin).unwrap()
}

fn data(attempt: &Attempt) -> serde_json::Value {
    serde_json::from_slice(attempt.event.data.as_deref().unwrap()).unwrap()
}

#[tokio::test]
async fn birth_is_told_to_the_services_of_both_parents() {
    on_both(|rig| async move {
        let father = citizen(&rig, HUSBAND);
        let born = EventType::BirthRegistered;
        let (mothers, consent) = agreed_to(&rig, born, &rig.citizen, |_| ()).await;
        let (fathers, _) = agreed_to(&rig, born, &father, |service| service.id.0 = "other".to_owned()).await;
        let office = &rig.apis.civil_status;
        let before = office.family(&rig.citizen).await.unwrap();
        let names = before.children.iter().map(|child| child.given_name.as_deref());
        assert_eq!(names.collect::<Vec<_>>(), [Some("Nihad")]);

        let child = office.report_birth(&rig.citizen, Gender::Female).await.unwrap();
        for (invocation, parent) in [(&mothers, &rig.citizen), (&fathers, &father)] {
            let family = office.family(parent).await.unwrap();
            assert_eq!(family.children.last(), Some(&child));
            let attempts = round(&rig, invocation, &Scripted::default()).await;
            // An event of a service that is not loaded is looked at again later.
            rig.clock.advance_ms(2 * MINUTE_MS);
            let [attempt] = attempts.as_slice() else {
                panic!("{attempts:?}");
            };
            let told = serde_json::json!({
                "record": child.record, "born": "2026-11-21", "gender": "female",
            });
            assert_eq!(data(attempt), told);
            let event = &attempt.event;
            assert_eq!(event.event_type, born);
            let sub = rig.apis.identity.sub(&invocation.service.id, parent);
            assert_eq!(event.subject, Some(sub));
            let schema = "http://localhost/schemas/events/birth-registered-v1.json";
            assert_eq!(event.data_schema.as_deref(), Some(schema));
            assert_eq!(event.time, Timestamp(NOW.0 - 12 * HOUR_MS));
        }
        assert_eq!(rig.decisions("birth").await, ["allowed"]);
        assert_eq!(rig.decisions("birth-registered").await, ["allowed"]);
        let log = aim_gov::audit::of_citizen(&rig.db, &rig.citizen, None, 100)
            .await
            .unwrap();
        let told = log
            .iter()
            .find(|record| record.operation == "birth-registered")
            .unwrap();
        assert_eq!(told.consent_id.as_deref(), Some(consent.as_str()));
        assert_eq!(told.attributes, ["children"]);
    })
    .await;
}

#[tokio::test]
async fn father_reports_the_birth_of_his_wifes_child() {
    on_both(|rig| async move {
        let office = &rig.apis.civil_status;
        let father = citizen(&rig, HUSBAND);
        let child = office.report_birth(&father, Gender::Male).await.unwrap();
        assert_eq!(
            (child.mother.as_str(), child.father.as_deref()),
            ("OTEST01", Some(HUSBAND))
        );
        let mother = office.family(&rig.citizen).await.unwrap();
        assert_eq!(mother.children.last(), Some(&child));
    })
    .await;
}

#[tokio::test]
async fn birth_without_a_mother_or_beyond_the_limit_is_refused() {
    on_both(|rig| async move {
        let office = &rig.apis.civil_status;
        let man = citizen(&rig, UNMARRIED_MAN);
        let refused = office.report_birth(&man, Gender::Female).await;
        assert!(matches!(refused, Err(CivilStatusError::NoMother)), "{refused:?}");
        let dead = citizen(&rig, DEAD);
        let refused = office.report_birth(&dead, Gender::Female).await;
        assert!(
            matches!(refused, Err(CivilStatusError::NotRegistered)),
            "{refused:?}"
        );
        let woman = citizen(&rig, UNMARRIED_WOMAN);
        for _ in 0..CHILDREN_MAX {
            office.report_birth(&woman, Gender::Female).await.unwrap();
        }
        let refused = office.report_birth(&woman, Gender::Female).await;
        assert!(
            matches!(refused, Err(CivilStatusError::TooManyChildren)),
            "{refused:?}"
        );
        assert_eq!(office.family(&woman).await.unwrap().children.len(), CHILDREN_MAX);
    })
    .await;
}

#[tokio::test]
async fn marriage_is_told_to_the_services_of_both_spouses() {
    on_both(|rig| async move {
        let office = &rig.apis.civil_status;
        let spouses = [UNMARRIED_MAN, UNMARRIED_WOMAN];
        let married = EventType::MarriageRegistered;
        let mut services = Vec::new();
        for fin in spouses {
            let change = |service: &mut Service| service.id.0 = fin.to_lowercase();
            services.push(agreed_to(&rig, married, &citizen(&rig, fin), change).await.0);
        }
        let record = office.marry(spouses).await.unwrap();
        for invocation in &services {
            let attempts = round(&rig, invocation, &Scripted::default()).await;
            rig.clock.advance_ms(2 * MINUTE_MS);
            assert_eq!(attempts.len(), 1);
            let told = serde_json::json!({ "record": record, "since": "2026-11-21" });
            assert_eq!(data(&attempts[0]), told);
        }
        let family = office.family(&citizen(&rig, UNMARRIED_WOMAN)).await.unwrap();
        let marriage = family.marriage.unwrap();
        assert_eq!(
            (marriage.record, marriage.spouse.as_str()),
            (record, UNMARRIED_MAN)
        );
    })
    .await;
}

#[tokio::test]
async fn marriage_of_who_is_not_free_is_refused() {
    on_both(|rig| async move {
        let office = &rig.apis.civil_status;
        office.marry([UNMARRIED_MAN, UNMARRIED_WOMAN]).await.unwrap();
        for spouses in [
            [UNMARRIED_MAN, "OTEST0C"],
            ["OTEST0C", UNMARRIED_WOMAN],
            [HUSBAND, "OTEST0C"],
            ["OTEST0C", "OTEST0C"],
        ] {
            let refused = office.marry(spouses).await;
            assert!(matches!(refused, Err(CivilStatusError::NotFree)), "{spouses:?}");
        }
    })
    .await;
}
