//! The registries agree with the people, and answer the same in each run.

use std::collections::BTreeSet;

use super::people::{person, registries};
use super::*;

const TODAY: &str = "2026-11-21";

fn today() -> Date {
    TODAY.parse().unwrap()
}

/// The records of a question.
fn records(code: &str, fin: &str) -> Vec<Fields> {
    let operation = Operation::find(code).unwrap();
    let question = Question {
        fin: Some(fin.to_owned()),
        parameters: BTreeMap::new(),
        fields: operation.all_fields().map(str::to_owned).collect(),
        cursor: None,
    };
    match found(operation, &question, today()) {
        Found::Records(records) => records,
        _ => Vec::new(),
    }
}

#[test]
fn registries_know_only_the_population_and_what_its_age_allows() {
    let all = registries();
    for vehicle in &all.vehicle {
        let owner = person(&vehicle.owner).unwrap();
        let age = vehicle.registered.year() - owner.birthdate.year();
        assert!(
            age > 18 && vehicle.registered.year() >= vehicle.year,
            "{vehicle:?}"
        );
        assert_ne!(vehicle.owner, "OTEST0B", "{vehicle:?}");
    }
    for property in &all.property {
        let owner = person(&property.owner).unwrap();
        assert!(property.registered > owner.birthdate, "{property:?}");
        assert!(
            property.address.is_some() || owner.address.formatted.is_some(),
            "{property:?}"
        );
    }
    for income in &all.income {
        let earner = person(&income.fin).unwrap();
        let age = income.since.year() - earner.birthdate.year();
        let least = if income.kind == "pension" { 55 } else { 18 };
        assert!(age > least && income.since < today(), "{income:?}");
    }
    let codes: BTreeSet<_> = all.institution.iter().map(|one| &one.code).collect();
    assert_eq!(codes.len(), all.institution.len());
    for diploma in &all.diploma {
        let holder = person(&diploma.holder).unwrap();
        assert!(
            diploma.awarded.year() - holder.birthdate.year() > 17,
            "{diploma:?}"
        );
        assert!(codes.contains(&diploma.institution), "{diploma:?}");
    }
    let plates: BTreeSet<_> = all.vehicle.iter().map(|one| &one.plate).collect();
    assert_eq!(plates.len(), all.vehicle.len());
}

#[test]
fn shares_of_a_property_add_up_to_no_more_than_all_of_it() {
    let share = |text: &str| -> (u32, u32) {
        let (over, under) = text.split_once('/').unwrap_or((text, "1"));
        (over.parse().unwrap(), under.parse().unwrap())
    };
    for property in &registries().property {
        let shares = registries()
            .property
            .iter()
            .filter(|one| one.number == property.number);
        let sum: f64 = shares
            .map(|one| share(&one.share))
            .map(|(over, under)| f64::from(over) / f64::from(under))
            .sum();
        assert!(sum <= 1.0, "{property:?}");
    }
}

#[test]
fn income_ends_with_a_life_and_pages_are_the_same_in_each_run() {
    let newest = |fin: &str| {
        records("income.monthly", fin)
            .first()
            .map(|month| month["month"].clone())
    };
    assert_eq!(newest("OTEST06"), Some(json!("2026-02")));
    assert_eq!(newest("OTEST01"), Some(json!("2026-10")));
    assert_eq!(newest("OTEST03"), None);
    assert_eq!(
        records("income.monthly", "OTEST01"),
        records("income.monthly", "OTEST01")
    );
    assert_eq!(
        records("income.monthly", "OTEST01").len(),
        usize::try_from(income::MONTHS).unwrap()
    );
}

#[tokio::test]
async fn records_have_each_field_of_their_operation() {
    let scene = crate::scene::Scene::set().await;
    let mut reader = scene.platform.db.reader().await.unwrap();
    for operation in Operation::all().iter().filter(|one| one.verb == Verb::Read) {
        let parameters = operation.parameters.iter().map(|name| {
            let value = if name == "plate" { "10-SM-001" } else { "*" };
            (name.clone(), value.to_owned())
        });
        let question = Question {
            fin: Some("OTEST01".to_owned()),
            parameters: parameters.collect(),
            fields: operation.all_fields().map(str::to_owned).collect(),
            cursor: None,
        };
        let changing = found_now(&mut reader, operation, &question).await.unwrap();
        let found = changing.unwrap_or_else(|| found(operation, &question, today()));
        let Found::Records(records) = found else {
            panic!("{} has no records", operation.code);
        };
        let (status, page) = page(&question, records);
        assert_eq!(status, 200, "{}", operation.code);
        for field in operation.all_fields() {
            assert!(
                page["records"][0].get(field).is_some(),
                "{} {field}",
                operation.code
            );
        }
    }
}
