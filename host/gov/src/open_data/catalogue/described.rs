//! The file that describes a folder of data sets.

use std::collections::HashMap;

use crate::open_data::language::Language;
use crate::open_data::reading::SEPARATORS;
use crate::text::Localised;

/// `catalogue.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Described {
    pub(super) title: Localised,
    pub(super) description: Localised,
    pub(super) publisher: String,
    pub(super) dataset: Vec<DescribedDataset>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DescribedDataset {
    pub(super) identifier: String,
    pub(super) title: Localised,
    pub(super) description: Localised,
    pub(super) publisher: String,
    #[serde(default)]
    pub(super) theme: Vec<String>,
    #[serde(default)]
    pub(super) keyword: Vec<String>,
    pub(super) license: String,
    pub(super) accrual_periodicity: Option<String>,
    pub(super) issued: String,
    pub(super) modified: String,
    pub(super) distribution: Vec<DescribedDistribution>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DescribedDistribution {
    pub(super) id: String,
    pub(super) title: Option<Localised>,
    pub(super) file: String,
    /// Needed only if a file is a table under more than one separator.
    pub(super) separator: Option<Separator>,
    #[serde(default)]
    pub(super) languages: HashMap<String, Language>,
}

/// One of [`SEPARATORS`], as text.
#[derive(Clone, Copy)]
pub(super) struct Separator(pub(super) u8);

impl<'de> serde::Deserialize<'de> for Separator {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_bytes() {
            [byte] if SEPARATORS.contains(byte) => Ok(Self(*byte)),
            _ => Err(serde::de::Error::custom(
                "`separator` is one of \",\", \";\", \"\\t\" and \"|\"",
            )),
        }
    }
}
