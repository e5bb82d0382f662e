//! What groups of data sets are.

use std::collections::BTreeMap;

use crate::open_data::{Catalogue, Dataset, publisher};

/// CKAN's two kinds of groups: here the themes and the publishers of data sets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Group,
    Organization,
}

impl Kind {
    /// The argument that selects some of the list.
    pub(super) fn selection(self) -> &'static str {
        match self {
            Self::Group => "groups",
            Self::Organization => "organizations",
        }
    }

    /// The groups of a data set, by name.
    pub(super) fn names(self, dataset: &Dataset) -> Vec<String> {
        match self {
            Self::Group => dataset.theme.iter().map(|code| code.to_lowercase()).collect(),
            Self::Organization => vec![publisher::name(&dataset.publisher)],
        }
    }

    /// Every group, by name, with its data sets.
    pub(super) fn all(self, catalogue: &Catalogue) -> BTreeMap<String, Vec<&Dataset>> {
        let mut all: BTreeMap<String, Vec<&Dataset>> = BTreeMap::new();
        for dataset in catalogue.datasets() {
            for name in self.names(dataset) {
                all.entry(name).or_default().push(dataset);
            }
        }
        all
    }
}
