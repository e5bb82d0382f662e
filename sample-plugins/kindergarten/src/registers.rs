//! What other agencies answer.

use aim_sdk::exchange::{self, Answer, Context};
use aim_sdk::prelude::*;

use crate::PURPOSE;

/// The service's own number of the case: it keeps none, and each look is the same.
const ISSUE: &str = "look-up";
/// Pages of the list of institutions that are read at most.
const PAGES_MAX: usize = 5;
/// The kind of institutions that are shown.
const KINDERGARTEN: &str = "kindergarten";

#[derive(serde::Deserialize)]
struct Records<T> {
    records: Vec<T>,
}

#[derive(serde::Deserialize)]
struct Residence {
    region: Option<String>,
}

/// An institution of the register of education.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Institution {
    pub code: String,
    pub name: String,
    kind: String,
    region: String,
}

/// The records of an answer.
fn records<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<Vec<T>, Error> {
    let read: Result<Records<T>, _> = serde_json::from_slice(&answer.body);
    read.map(|read| read.records).map_err(|_| unreadable())
}

fn unreadable() -> Error {
    Error::refused(
        502,
        Localised::new(
            "Reyestrin cavabı anlaşılmadı",
            "The register's answer was not understood",
        ),
        Localised::new("Bir azdan yenidən cəhd edin.", "Try again in a moment."),
    )
}

/// The region where the citizen is registered; `None` where the register has none. The number of the message is added
/// to `messages`.
pub fn region(messages: &mut Vec<String>) -> Result<Option<String>, Error> {
    let residence = Context::current("population.residence", PURPOSE, ISSUE);
    let answer = match exchange::read(&residence, &["region"], None) {
        Err(GovError::NotFound) => return Ok(None),
        answer => answer?,
    };
    messages.push(answer.evidence.message_id.clone());
    let found: Vec<Residence> = records(&answer)?;
    Ok(found.into_iter().find_map(|residence| residence.region))
}

/// Whether the citizen's average income is below this amount; `None` if they keep that to themselves.
pub fn earns_below(manats: u32) -> Result<Option<bool>, Error> {
    if !consent::shares(PURPOSE, "income_below")? {
        return Ok(None);
    }
    let question = Context::current("income.below", PURPOSE, ISSUE);
    let below = exchange::exists(&question.parameter("amount", &manats.to_string()))?;
    Ok(Some(below))
}

/// The kindergartens of a region.
pub fn kindergartens(region: &str, messages: &mut Vec<String>) -> Result<Vec<Institution>, Error> {
    let list = Context::object("education.institutions", PURPOSE, ISSUE).parameter("name", region);
    let mut found = Vec::new();
    let mut cursor = None;
    for _ in 0..PAGES_MAX {
        let fields = ["code", "name", "kind", "region"];
        let answer = match exchange::read(&list, &fields, cursor.as_deref()) {
            Err(GovError::NotFound) => break,
            answer => answer?,
        };
        messages.push(answer.evidence.message_id.clone());
        found.extend(of_region(records(&answer)?, region));
        match answer.cursor {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    Ok(found)
}

fn of_region(found: Vec<Institution>, region: &str) -> impl Iterator<Item = Institution> {
    found
        .into_iter()
        .filter(move |institution| institution.kind == KINDERGARTEN && institution.region == region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kindergartens_of_the_region_are_chosen() {
        let body = r#"{"records":[
            {"code":"1","name":"a","kind":"kindergarten","region":"Bakı"},
            {"code":"2","name":"b","kind":"university","region":"Bakı"},
            {"code":"3","name":"Bakı","kind":"kindergarten","region":"Quba"}]}"#;
        let read: Records<Institution> = serde_json::from_str(body).unwrap();
        let chosen: Vec<_> = of_region(read.records, "Bakı").map(|one| one.code).collect();
        assert_eq!(chosen, ["1"]);
    }
}
