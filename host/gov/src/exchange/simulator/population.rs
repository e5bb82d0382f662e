//! The register of the population: where somebody is registered.

use serde_json::json;

use super::{Found, people, record};

pub(super) fn residence(fin: &str) -> Found {
    let Some(person) = people::person(fin) else {
        return Found::Missing;
    };
    let address = &person.address;
    Found::Records(vec![record([
        ("formatted", json!(address.formatted)),
        ("locality", json!(address.locality)),
        ("region", json!(address.region)),
        ("postal_code", json!(address.postal_code)),
        ("country", json!(address.country)),
        ("updated", json!(person.updated.to_string())),
    ])])
}
