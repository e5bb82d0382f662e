//! `license_list`: the known licences, and others that data sets have.

use serde_json::{Value as Json, json};

use super::ActionResult;
use super::arguments::Arguments;
use crate::open_data::Catalogue;
use crate::open_data::licence::{self, KNOWN, Licence};

pub(super) fn list(catalogue: &Catalogue, arguments: Arguments) -> ActionResult {
    arguments.only(&[], &[])?;
    let mut licences = KNOWN.to_vec();
    for dataset in catalogue.datasets() {
        let used = licence::of(&dataset.license);
        if !licences.contains(&used) {
            licences.push(used);
        }
    }
    Ok(licences.iter().map(described).collect())
}

fn described(licence: &Licence<'_>) -> Json {
    let conformance = if licence.is_open {
        "approved"
    } else {
        "not reviewed"
    };
    json!({
        "id": licence.id,
        "title": licence.title,
        "url": licence.url.unwrap_or_default(),
        "status": "active",
        "od_conformance": conformance,
        "is_okd_compliant": licence.is_open,
        "family": "",
        "maintainer": "",
    })
}
