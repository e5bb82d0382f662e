//! The register of education: diplomas, and the institutions that award them.

use serde_json::json;

use super::people::{Diploma, registries};
use super::{Fields, Found, record};

fn held(fin: &str) -> impl Iterator<Item = &'static Diploma> {
    registries()
        .diploma
        .iter()
        .filter(move |diploma| diploma.holder == fin)
}

pub(super) fn has_diploma(fin: &str, number: &str) -> Found {
    Found::yes(held(fin).any(|diploma| diploma.number == number))
}

pub(super) fn diplomas(fin: &str) -> Found {
    Found::Records(held(fin).map(fields).collect())
}

fn fields(diploma: &Diploma) -> Fields {
    let awarding = registries()
        .institution
        .iter()
        .find(|institution| institution.code == diploma.institution);
    record([
        ("number", json!(diploma.number)),
        (
            "institution",
            json!(awarding.map(|institution| &institution.name)),
        ),
        ("level", json!(diploma.level)),
        ("field", json!(diploma.field)),
        ("awarded", json!(diploma.awarded.to_string())),
    ])
}

/// The institutions whose name has this text, or whose kind or region it is; `*` for all.
pub(super) fn institutions(name: &str) -> Found {
    let wanted = name.to_lowercase();
    let found = registries().institution.iter().filter(|institution| {
        name == "*"
            || institution.kind == name
            || institution.region == name
            || institution.name.to_lowercase().contains(&wanted)
    });
    let records = found.map(|institution| {
        record([
            ("code", json!(institution.code)),
            ("name", json!(institution.name)),
            ("kind", json!(institution.kind)),
            ("region", json!(institution.region)),
        ])
    });
    Found::Records(records.collect())
}
