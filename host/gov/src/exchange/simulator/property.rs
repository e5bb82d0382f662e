//! The register of real estate.

use serde_json::json;

use super::people::{self, Property, registries};
use super::{Fields, Found, record};

fn owned(fin: &str) -> impl Iterator<Item = &'static Property> {
    registries()
        .property
        .iter()
        .filter(move |property| property.owner == fin)
}

pub(super) fn owns_home(fin: &str) -> Found {
    Found::yes(owned(fin).any(|property| property.kind != "land"))
}

pub(super) fn of_person(fin: &str) -> Found {
    Found::Records(owned(fin).map(fields).collect())
}

fn fields(property: &Property) -> Fields {
    let home = people::person(&property.owner).and_then(|person| person.address.formatted.clone());
    record([
        ("number", json!(property.number)),
        ("kind", json!(property.kind)),
        ("address", json!(property.address.clone().or(home))),
        ("area_m2", json!(property.area_m2)),
        ("share", json!(property.share)),
        ("registered", json!(property.registered.to_string())),
    ])
}
