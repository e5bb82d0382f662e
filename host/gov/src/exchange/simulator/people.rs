//! What the registries have about the simulated people beside the register of the population. The table is data
//! (`data/registries.toml`); a test compares it with the people.

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::identity::{Person, personas};

/// What the simulated agencies other than the register of the population know.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Registries {
    pub(super) vehicle: Vec<Vehicle>,
    pub(super) property: Vec<Property>,
    pub(super) income: Vec<Income>,
    pub(super) diploma: Vec<Diploma>,
    pub(super) institution: Vec<Institution>,
}

/// A registered vehicle.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Vehicle {
    /// As on the plate: `10-AA-123`.
    pub(super) plate: String,
    pub(super) owner: String,
    pub(super) make: String,
    pub(super) model: String,
    pub(super) year: i16,
    pub(super) fuel: String,
    #[serde(deserialize_with = "date")]
    pub(super) registered: Date,
    pub(super) mileage_km: u32,
}

/// A share of a property.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Property {
    /// Of the register.
    pub(super) number: String,
    pub(super) owner: String,
    /// `flat`, `house` or `land`.
    pub(super) kind: String,
    /// Where it lies; absent for the owner's registered address.
    pub(super) address: Option<String>,
    pub(super) area_m2: u32,
    /// Such as `1/2`.
    pub(super) share: String,
    #[serde(deserialize_with = "date")]
    pub(super) registered: Date,
}

/// Where somebody's income comes from.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Income {
    pub(super) fin: String,
    pub(super) payer: String,
    /// `pay`, `pension` or `business`.
    pub(super) kind: String,
    /// What comes in a month, before tax, in qəpik.
    pub(super) gross_qepik: u64,
    /// The first month.
    #[serde(deserialize_with = "date")]
    pub(super) since: Date,
}

/// A diploma.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Diploma {
    pub(super) number: String,
    pub(super) holder: String,
    /// The code of an institution.
    pub(super) institution: String,
    /// `bachelor`, `master`, `college`.
    pub(super) level: String,
    pub(super) field: String,
    #[serde(deserialize_with = "date")]
    pub(super) awarded: Date,
}

/// An institution of education.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Institution {
    pub(super) code: String,
    pub(super) name: String,
    /// `university`, `college` or `kindergarten`.
    pub(super) kind: String,
    pub(super) region: String,
}

#[allow(
    clippy::expect_used,
    reason = "the table is part of the program, and a test reads it"
)]
static REGISTRIES: LazyLock<Registries> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../data/registries.toml")).expect("the table of the registries parses")
});

pub(super) fn registries() -> &'static Registries {
    &REGISTRIES
}

pub(super) fn person(fin: &str) -> Option<&'static Person> {
    personas::by_fin(fin).map(|persona| &persona.person)
}

/// A date in TOML's text form.
pub(super) fn date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}
